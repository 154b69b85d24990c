//! A fleet whose Redis is not there for the whole run: lines come steadily, and all are judged.

use std::time::Duration;

use noctule_tests::{Fleet, FleetOptions, Shape};
use tokio::{task::JoinSet, time::Instant};

use super::pickup::post_and_wait;
use crate::{
    context::Context,
    http::Connection,
    messages, requests,
    row::{Figure, Row, Target, Unit},
};

/// The time between two lines: 50 in a second.
const INTERVAL: Duration = Duration::from_millis(20);
const LINES: usize = 500;

/// Lines at a steady pace, each waited for.
pub(crate) fn measure(context: &Context) -> anyhow::Result<Vec<Row>> {
    let options = FleetOptions { has_redis: false, ..Context::fleet(Shape::Distributed)? };
    let fleet = Fleet::start(options)?;
    let server = requests::address_of(&fleet.client)?;
    let lines = messages::lines(context.times(LINES));
    let mut requests = Vec::with_capacity(lines.len());
    for line in &lines {
        requests.push(requests::post_line(server, line)?);
    }
    let times = context.runtime.block_on(async {
        let (begin, mut running) = (Instant::now(), JoinSet::new());
        for (number, request) in (0..).zip(requests) {
            // The clock of each line starts when it is due, so a late client counts as well.
            let due = begin + INTERVAL * number;
            running.spawn(async move {
                tokio::time::sleep_until(due).await;
                let mut connection = Connection::open(server).await?;
                post_and_wait(&mut connection, server, &request).await?;
                anyhow::Ok(due.elapsed())
            });
        }
        Ok::<_, anyhow::Error>(running.join_all().await)
    })?;
    let (judged, lost): (Vec<_>, Vec<_>) = times.into_iter().partition(Result::is_ok);
    if let Some(Err(error)) = lost.first() {
        eprintln!("one of {} lines without a verdict: {error:#}", lost.len());
    }
    let times: crate::latencies::Latencies = judged.into_iter().flatten().collect();
    Ok(vec![Row::new(
        "redis_absent, 50 lines/s",
        vec![
            times.p50(),
            times.p99().target(Target::Below(3_000.0)),
            Figure::new("without a verdict", lost.len() as f64, Unit::Count("lines"))
                .target(Target::Exactly(0.0)),
        ],
    )])
}
