//! `POST /api/logs`: single lines, each durable before it is answered.

use noctule_tests::{Fleet, Shape};

use super::{
    alone::{Alone, settle},
    sender::post_all,
};
use crate::{
    bare,
    context::Context,
    load::Load,
    messages::{self, Line},
    requests,
    row::{Figure, Row, Target, Unit},
};

const CONNECTIONS: usize = 64;
const ACCEPTED: u16 = 201;
/// Requests before the clock runs: connections to the database are opened, plans are made.
const WARM_UP: usize = 2_000;
const REQUESTS: usize = 30_000;
/// Rows that bare Postgres and bare SQLite insert; SQLite waits for the disk for each.
const BARE_POSTGRES: usize = 15_000;
const BARE_SQLITE: usize = 2_000;
const P99_TARGET: Target = Target::Below(60.0);

/// What it is measured against.
struct Comparator {
    what: String,
    load: Load,
}

/// On Postgres: with all workers, and the API alone.
pub(crate) fn on_postgres(context: &Context) -> anyhow::Result<Vec<Row>> {
    let mut alone = Alone::start(Shape::Distributed)?;
    settle(context, &mut alone.fleet)?;
    let alone_load = post(context, &alone.fleet)?;
    let url = alone.fleet.postgres().map(|server| server.url()).unwrap_or_default();
    let bare = bare::postgres::single_inserts(&url, CONNECTIONS, lines(context, BARE_POSTGRES));
    let bare = Comparator {
        what: format!("one INSERT a commit, {CONNECTIONS} connections"),
        load: context.runtime.block_on(bare)?,
    };
    drop(alone);
    let with_workers = with_workers(context, "post_single_postgres", Shape::Distributed)?;
    Ok(vec![
        with_workers.row(&bare, 3_000.0),
        row("post_single_postgres, API alone", &alone_load, &bare, 3_000.0),
    ])
}

/// On SQLite: `noctule up`, and the API alone.
pub(crate) fn on_sqlite(context: &Context) -> anyhow::Result<Vec<Row>> {
    let alone = Alone::start(Shape::Embedded)?;
    let alone_load = post(context, &alone.fleet)?;
    drop(alone);
    let bare = bare::sqlite::inserts(lines(context, BARE_SQLITE), 1);
    let bare = Comparator {
        what: "one INSERT a commit, one writer".to_owned(),
        load: context.runtime.block_on(bare)?,
    };
    let with_workers = with_workers(context, "post_single_sqlite", Shape::Embedded)?;
    Ok(vec![
        with_workers.row(&bare, 2_000.0),
        row("post_single_sqlite, API alone", &alone_load, &bare, 2_000.0),
    ])
}

/// What a whole fleet did.
struct WithWorkers {
    name: String,
    load: Load,
    /// Lines judged in a second, from the first post to the last verdict.
    judged: f64,
}

fn with_workers(context: &Context, name: &str, shape: Shape) -> anyhow::Result<WithWorkers> {
    let mut fleet = Fleet::start(Context::fleet(shape)?)?;
    settle(context, &mut fleet)?;
    let begin = std::time::Instant::now();
    let load = post(context, &fleet)?;
    fleet.client.drain()?;
    let count = WARM_UP + context.times(REQUESTS);
    let judged = count as f64 / begin.elapsed().as_secs_f64();
    Ok(WithWorkers { name: format!("{name}, with workers"), load, judged })
}

impl WithWorkers {
    fn row(&self, bare: &Comparator, target: f64) -> Row {
        let mut row = row(&self.name, &self.load, bare, target);
        if let crate::row::Outcome::Measured(figures) = &mut row.outcome {
            figures.push(Figure::new("accepted and judged", self.judged, Unit::PerSecond("lines")));
        }
        row
    }
}

fn row(name: &str, load: &Load, bare: &Comparator, target: f64) -> Row {
    let accepted = Figure::new("accepted", load.rate(1), Unit::PerSecond("requests"))
        .target(Target::AtLeast(target))
        .beside(&bare.what, bare.load.rate(1));
    let times = &bare.load.latencies;
    let p50 = load.latencies.p50().beside("the same", times.millis(50));
    let p99 = load.latencies.p99().target(P99_TARGET).beside("the same", times.millis(99));
    Row::new(name, vec![accepted, p50, p99, load.errors()])
}

fn post(context: &Context, fleet: &Fleet) -> anyhow::Result<Load> {
    let server = requests::address_of(&fleet.client)?;
    let lines = messages::lines(WARM_UP + context.times(REQUESTS));
    let requests: Vec<_> =
        lines.iter().map(|line| requests::post_line(server, line)).collect::<Result<_, _>>()?;
    let load = post_all(server, CONNECTIONS, requests, (WARM_UP, ACCEPTED));
    context.runtime.block_on(load)
}

fn lines(context: &Context, count: usize) -> Vec<Line> {
    messages::lines(context.times(count))
}
