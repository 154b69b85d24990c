//! `noctule up` with the model at hand: from the start of the process to readiness.

use std::time::Instant;

use noctule_tests::{Fleet, Member, Shape};

use crate::{
    context::Context,
    latencies::Latencies,
    row::{Figure, Row, Target, Unit},
};

/// Odd, so that the median is one of them.
const STARTS: usize = 5;

/// The first start on an empty folder, and starts on one that is in use.
pub(crate) fn measure(context: &Context) -> anyhow::Result<Vec<Row>> {
    let mut first_starts = Vec::new();
    for _ in 0..context.times(STARTS) {
        let options = Context::fleet(Shape::Embedded)?;
        let begin = Instant::now();
        let _fleet = Fleet::start(options)?;
        first_starts.push(begin.elapsed());
    }
    let mut fleet = Fleet::start(Context::fleet(Shape::Embedded)?)?;
    let mut restarts = Vec::new();
    for _ in 0..context.times(STARTS) {
        fleet.stop(Member::Up)?;
        let begin = Instant::now();
        fleet.restart(Member::Up)?;
        restarts.push(begin.elapsed());
    }
    let median = |times: Vec<_>| times.into_iter().collect::<Latencies>().millis(50) / 1e3;
    Ok(vec![Row::new(
        "start",
        vec![
            Figure::new("empty folder", median(first_starts), Unit::Seconds)
                .target(Target::Below(3.0)),
            Figure::new("known folder", median(restarts), Unit::Seconds).target(Target::Below(3.0)),
        ],
    )])
}
