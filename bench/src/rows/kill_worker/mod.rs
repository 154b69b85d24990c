//! `kill -9` of the batch worker, five times in the middle of a file; then everything is counted
//! in the store.

mod watch;

use std::{
    process::{Child, Output, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use noctule_tests::{Fleet, Shape};
use serde_json::Value;

use super::end_to_end::send_command;
use crate::{
    context::Context,
    row::{Figure, Row, Target, Unit},
};
use watch::{Counts, Watch};

const KILLS: i64 = 5;
/// Roughly the lines of the file, to spread the kills over it.
const LINES: i64 = 144_000;
/// How long a worker may stay silent before its jobs are given to others.
const LEASE_SECONDS: f64 = 20.0;
/// The lease, and the second within which somebody looks for leases that have ended.
const RESUMED_SECONDS: f64 = LEASE_SECONDS + 1.0;
/// The longest that anything here may take.
const PATIENCE: Duration = Duration::from_mins(4);

/// `noctule send`, which ends with this value.
struct Sending(Option<Child>);

/// Kills the worker while it judges HDFS, and counts.
pub(crate) fn measure(context: &Context) -> anyhow::Result<Vec<Row>> {
    let file = context.data_set("hdfs_2pct_first60.jsonl.gz")?;
    let mut fleet = Fleet::start(Context::fleet(Shape::Distributed)?)?;
    let url = fleet.postgres().map(|server| server.url()).context("no Postgres")?;
    let mut watch = Watch::new(context, &url)?;
    let begin = Instant::now();
    let child = send_command(&fleet, &file)?.stdout(Stdio::piped()).spawn();
    let sending = Sending(Some(child.context("cannot run noctule")?));
    let mut silences = Vec::new();
    for kill in 1..=KILLS {
        watch.until_judged(LINES * kill / (KILLS + 2), PATIENCE)?;
        silences.push(kill_and_restart(&mut fleet, &mut watch)?);
    }
    // Before the end of the file is waited for, so that nothing is noticed late.
    let resumed = watch.until_resumed(PATIENCE)?;
    let output = sending.finish()?;
    let summary: Value = serde_json::from_slice(&output.stdout)?;
    let elapsed = begin.elapsed();
    fleet.client.drain()?;
    let counts = watch.counts()?;
    let failed = summary["failed_tasks"].as_array().map_or(0, Vec::len);
    let longest = |times: &[Duration]| times.iter().max().map_or(0.0, Duration::as_secs_f64);
    let mut figures = vec![
        Figure::new("kill to next progress, longest", longest(&silences), Unit::Seconds)
            .target(Target::Below(LEASE_SECONDS)),
        Figure::new("kill to the job's next attempt, longest", longest(&resumed), Unit::Seconds)
            .target(Target::Below(RESUMED_SECONDS)),
        Figure::new("jobs that were killed", resumed.len() as f64, Unit::Count("jobs")),
        Figure::new("whole file, five kills included", elapsed.as_secs_f64(), Unit::Seconds),
        Figure::new("failed tasks", failed as f64, Unit::Count("tasks"))
            .target(Target::Exactly(0.0)),
    ];
    let accepted = summary["accepted"].as_i64().context("the summary has no accepted")?;
    figures.extend(figures_of(&counts, accepted));
    Ok(vec![Row::new("kill_worker", figures)])
}

/// Kills the worker, starts it again at once, and gives the time from the kill until the next
/// line was judged.
fn kill_and_restart(fleet: &mut Fleet, watch: &mut Watch<'_>) -> anyhow::Result<Duration> {
    let worker = fleet.batch_judge();
    let killed = Instant::now();
    fleet.kill(worker)?;
    watch.note_orphans(killed)?;
    let before = watch.settled_judged()?;
    fleet.restart(worker)?;
    watch.until_judged(before + 1, PATIENCE)?;
    Ok(killed.elapsed())
}

fn figures_of(counts: &Counts, accepted: i64) -> Vec<Figure> {
    let none = |name, count: i64| {
        Figure::new(name, count as f64, Unit::Count("lines")).target(Target::Exactly(0.0))
    };
    vec![
        Figure::new("accepted", accepted as f64, Unit::Count("lines")),
        none("lost", (accepted - counts.lines.min(counts.judged_lines)).max(0)),
        none("stored twice", (counts.lines - accepted).max(0)),
        none("results beyond one a line", counts.results - counts.judged_lines),
        none("anomalies beyond one a line", counts.anomalies - counts.anomalous_lines),
        none("difference of the dashboard's counts", (counts.counted - accepted).abs()),
    ]
}

impl Sending {
    fn finish(mut self) -> anyhow::Result<Output> {
        let child = self.0.take().context("it is there until now")?;
        let output = child.wait_with_output()?;
        anyhow::ensure!(output.status.success(), "noctule send failed ({})", output.status);
        Ok(output)
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
