//! Redis alone: what a hint costs at least. It says nothing about Noctule.

use noctule_test_servers::Redis;

use crate::{
    bare,
    context::Context,
    row::{Figure, Row, Unit},
};

/// Pushes and pops by one client.
const ONE_BY_ONE: usize = 5_000;
/// Pushes and pops by many clients over one connection.
const TOGETHER: usize = 50_000;
const CLIENTS: usize = 64;
/// Pushes that somebody waits for.
const WAKE_UPS: usize = 1_000;

/// Redis alone: one after the other, and many at the same time.
pub(crate) fn measure(context: &Context) -> anyhow::Result<Vec<Row>> {
    let redis = Redis::start()?;
    let url = redis.url();
    let push_and_pop = |clients, times| {
        let load = bare::redis::push_and_pop(&url, clients, context.times(times));
        context.runtime.block_on(load)
    };
    let one_by_one = push_and_pop(1, ONE_BY_ONE)?;
    let together = push_and_pop(CLIENTS, TOGETHER)?;
    let wake_up = context.runtime.block_on(bare::redis::wake_up(&url, context.times(WAKE_UPS)))?;
    let pairs = Unit::PerSecond("push and pop");
    Ok(vec![Row::new(
        "redis_push_pop, Redis alone",
        vec![
            Figure::new("one client", one_by_one.rate(1), pairs),
            Figure::new("64 clients on a connection", together.rate(1), pairs),
            Figure { name: "push to a waiting pop, p50", ..wake_up.p50() },
            Figure { name: "push to a waiting pop, p99", ..wake_up.p99() },
            together.errors(),
        ],
    )])
}
