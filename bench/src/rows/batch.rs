//! `POST /api/batch-analysis`: batches of 500 lines, durable before they are answered.

use noctule_tests::{Fleet, Shape};

use super::{
    alone::{Alone, settle},
    sender::post_all,
};
use crate::{
    bare,
    context::Context,
    load::Load,
    messages, requests,
    row::{Figure, Row, Target, Unit},
};

const CONNECTIONS: usize = 4;
const ACCEPTED: u16 = 202;
const BATCH: usize = 500;
/// Batches before the clock runs.
const WARM_UP: usize = 20;
const BATCHES: usize = 600;

/// On Postgres: with all workers, and the API alone.
pub(crate) fn on_postgres(context: &Context) -> anyhow::Result<Vec<Row>> {
    let mut alone = Alone::start(Shape::Distributed)?;
    settle(context, &mut alone.fleet)?;
    let alone_load = post(context, &alone.fleet)?;
    let url = alone.fleet.postgres().map(|server| server.url()).unwrap_or_default();
    let lines = messages::lines(context.times(BATCHES) * BATCH);
    let copies = bare::postgres::copies(&url, CONNECTIONS, &lines, BATCH);
    let copies = context.runtime.block_on(copies)?.rate(BATCH);
    drop(alone);
    let what = format!("COPY of {BATCH} rows a commit, {CONNECTIONS} connections");
    let (load, judged) = with_workers(context, Shape::Distributed)?;
    let target = 60_000.0;
    Ok(vec![
        row("batch_postgres, with workers", &load, target, (&what, copies), Some(judged)),
        row("batch_postgres, API alone", &alone_load, target, (&what, copies), None),
    ])
}

/// On SQLite: `noctule up`, and the API alone.
pub(crate) fn on_sqlite(context: &Context) -> anyhow::Result<Vec<Row>> {
    let alone = Alone::start(Shape::Embedded)?;
    let alone_load = post(context, &alone.fleet)?;
    drop(alone);
    let lines = messages::lines(context.times(BATCHES) * BATCH);
    let inserts = context.runtime.block_on(bare::sqlite::inserts(lines, BATCH))?.rate(BATCH);
    let what = format!("{BATCH} rows a commit, one writer");
    let (load, judged) = with_workers(context, Shape::Embedded)?;
    let target = 50_000.0;
    Ok(vec![
        row("batch_sqlite, with workers", &load, target, (&what, inserts), Some(judged)),
        row("batch_sqlite, API alone", &alone_load, target, (&what, inserts), None),
    ])
}

/// Also gives the lines judged in a second, from the first post to the last verdict.
fn with_workers(context: &Context, shape: Shape) -> anyhow::Result<(Load, f64)> {
    let mut fleet = Fleet::start(Context::fleet(shape)?)?;
    settle(context, &mut fleet)?;
    let begin = std::time::Instant::now();
    let load = post(context, &fleet)?;
    fleet.client.drain()?;
    let count = (WARM_UP + context.times(BATCHES)) * BATCH;
    Ok((load, count as f64 / begin.elapsed().as_secs_f64()))
}

fn row(
    name: &str,
    load: &Load,
    target: f64,
    (what, bare): (&str, f64),
    judged: Option<f64>,
) -> Row {
    let accepted = Figure::new("accepted", load.rate(BATCH), Unit::PerSecond("lines"))
        .target(Target::AtLeast(target))
        .beside(what, bare);
    let mut figures = vec![accepted, load.latencies.p50(), load.latencies.p99(), load.errors()];
    let judged =
        judged.map(|rate| Figure::new("accepted and judged", rate, Unit::PerSecond("lines")));
    figures.extend(judged);
    Row::new(name, figures)
}

fn post(context: &Context, fleet: &Fleet) -> anyhow::Result<Load> {
    let server = requests::address_of(&fleet.client)?;
    let lines = messages::lines((WARM_UP + context.times(BATCHES)) * BATCH);
    let batches = lines.chunks(BATCH).map(|batch| requests::post_batch(server, batch));
    let requests: Vec<_> = batches.collect::<Result<_, _>>()?;
    context.runtime.block_on(post_all(server, CONNECTIONS, requests, (WARM_UP, ACCEPTED)))
}
