//! `noctule send` of a real log with the real model: from the first byte to the last verdict.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use noctule_template_miner::{mask, masked};
use noctule_tests::{Fleet, HMAC_KEY, Shape, TOKEN};
use serde_json::Value;

use super::embedding::{embedder, texts_per_second};
use crate::{
    context::Context,
    dataset,
    row::{Figure, Row, Target, Unit},
};

const LINES: Unit = Unit::PerSecond("lines");
/// Lines of the file that the model is given by itself.
const SAMPLE: usize = 1_280;
const SAMPLE_TIME: Duration = Duration::from_secs(3);

/// HDFS on both fleets, and the memory of `noctule up` afterwards.
pub(crate) fn hdfs(context: &Context) -> anyhow::Result<Vec<Row>> {
    let file = context.data_set("hdfs_2pct_first60.jsonl.gz")?;
    let raw = Raw::measure(&file)?;
    let up = Fleet::start(Context::fleet(Shape::Embedded)?)?;
    let embedded = send(context, &up, &file)?.row("end_to_end_hdfs, embedded", &raw);
    let memory = memory(&up)?;
    drop(up);
    let fleet = Fleet::start(Context::fleet(Shape::Distributed)?)?;
    let distributed = send(context, &fleet, &file)?.row("end_to_end_hdfs, distributed", &raw);
    Ok(vec![embedded, distributed, memory])
}

/// `OpenStack` on the embedded fleet.
pub(crate) fn openstack(context: &Context) -> anyhow::Result<Vec<Row>> {
    let file = context.data_set("openstack_fi_dev.jsonl.gz")?;
    let raw = Raw::measure(&file)?;
    let up = Fleet::start(Context::fleet(Shape::Embedded)?)?;
    Ok(vec![send(context, &up, &file)?.row("end_to_end_openstack, embedded", &raw), memory(&up)?])
}

/// The command that sends a file to a fleet, waits, and prints a summary as JSON.
pub(super) fn send_command(fleet: &Fleet, file: &Path) -> anyhow::Result<Command> {
    let mut command = fleet.command("noctule")?;
    command.env("NOCTULE_HMAC_KEY", HMAC_KEY).env("NOCTULE_TOKEN", TOKEN);
    command.args(["send", "--json"]).arg(file);
    Ok(command)
}

/// The raw cost of the two steps that a line goes through.
struct Raw {
    /// Lines masked in a second, by one core.
    masked: f64,
    /// Lines embedded in a second, by all cores: what is left without the template cache.
    embedded: f64,
}

impl Raw {
    fn measure(file: &Path) -> anyhow::Result<Self> {
        let messages = dataset::messages(file)?;
        let mut out = String::new();
        let begin = Instant::now();
        for message in &messages {
            mask(std::hint::black_box(message), &mut out);
        }
        let masked_rate = messages.len() as f64 / begin.elapsed().as_secs_f64();
        let step = messages.len().div_ceil(SAMPLE).max(1);
        let sample: Vec<_> = messages.iter().step_by(step).map(|line| masked(line)).collect();
        let embedder = embedder(&Context::model()?)?;
        let embedded = texts_per_second(&embedder, &sample, SAMPLE_TIME)?;
        Ok(Self { masked: masked_rate, embedded })
    }
}

/// What came of a file that was sent once or several times.
#[derive(Default)]
struct Sent {
    /// Lines that could not be used, such as those without a message.
    bad: f64,
    accepted: f64,
    accepted_seconds: f64,
    judged: f64,
    judged_seconds: f64,
    /// Accepted lines that the dashboard does not count as judged, or counts twice.
    difference: f64,
    failed_tasks: f64,
    anomalies: f64,
}

fn send(context: &Context, fleet: &Fleet, file: &Path) -> anyhow::Result<Sent> {
    let mut sent = Sent::default();
    for _ in 0..context.times(1) {
        let output = send_command(fleet, file)?.output().context("cannot run noctule")?;
        let errors = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "noctule send failed: {errors}");
        sent.add(&serde_json::from_slice(&output.stdout)?)?;
    }
    fleet.client.drain()?;
    sent.difference = (sent.accepted - judged_lines(fleet)?).abs();
    Ok(sent)
}

/// The judged lines that the dashboard counts.
fn judged_lines(fleet: &Fleet) -> anyhow::Result<f64> {
    let dashboard = fleet.client.get("/api/dashboard")?.body;
    let counts = dashboard["severity_distribution_24h"].as_object();
    let counts = counts.with_context(|| format!("not a dashboard: {dashboard}"))?;
    Ok(counts.values().filter_map(Value::as_f64).sum())
}

impl Sent {
    /// Adds the summary of one sending.
    fn add(&mut self, summary: &Value) -> anyhow::Result<()> {
        let number = |name: &str| {
            summary[name].as_f64().with_context(|| format!("the summary has no number {name}"))
        };
        self.bad += number("bad")?;
        self.accepted += number("accepted")?;
        self.judged += number("judged")?;
        self.accepted_seconds += number("accepted_seconds")?;
        self.judged_seconds += number("judged_seconds")?;
        self.failed_tasks += summary["failed_tasks"].as_array().map_or(0, Vec::len) as f64;
        self.anomalies += number("anomalies")?;
        Ok(())
    }

    fn row(&self, name: &str, raw: &Raw) -> Row {
        let judged = Figure::new("judged", self.judged / self.judged_seconds, LINES)
            .target(Target::AtLeast(10_000.0))
            .beside("the masker alone, one core", raw.masked)
            .beside("the model alone, every line", raw.embedded);
        let lines = Unit::Count("lines");
        Row::new(
            name,
            vec![
                judged,
                Figure::new("accepted", self.accepted / self.accepted_seconds, LINES),
                Figure::new("accepted", self.accepted, lines),
                Figure::new("not usable", self.bad, lines),
                Figure::new("accepted and not judged once", self.difference, lines)
                    .target(Target::Exactly(0.0)),
                Figure::new("failed tasks", self.failed_tasks, Unit::Count("tasks"))
                    .target(Target::Exactly(0.0)),
                Figure::new("anomalies", self.anomalies, lines),
            ],
        )
    }
}

/// The memory that `noctule up` has in use.
fn memory(fleet: &Fleet) -> anyhow::Result<Row> {
    let pid = fleet.process(fleet.api())?.pid();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("no /proc")?;
    let megabytes = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let number: Option<f64> =
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        // The kernel counts in units of 1,024 bytes.
        number.map(|kib| kib * 1.024 / 1e3).with_context(|| format!("no {field} in {status}"))
    };
    let resident = Figure::new("resident", megabytes("VmRSS:")?, Unit::Megabytes);
    Ok(Row::new(
        "memory, embedded fleet after that file",
        vec![
            resident.target(Target::Below(600.0)),
            Figure::new("at most", megabytes("VmHWM:")?, Unit::Megabytes),
        ],
    ))
}
