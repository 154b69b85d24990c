//! One posted line to its verdict, on a fleet that has nothing else to do.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use noctule_test_servers::Redis;
use noctule_tests::{Fleet, Shape};
use serde_json::Value;

use crate::{
    bare,
    context::Context,
    http::Connection,
    latencies::Latencies,
    messages::{self, Line},
    requests,
    row::{Figure, Row, Target},
};

const KNOWN: usize = 300;
const UNKNOWN: usize = 100;
/// Lines before the clock runs.
const WARM_UP: usize = 20;
/// The time between two lines, so that each meets an idle fleet.
const PAUSE: Duration = Duration::from_millis(20);
/// Long polls for one task; each waits up to 20 seconds.
const MAX_POLLS: usize = 3;
const BARE: usize = 1_000;

/// What a hint and a commit cost at least.
struct Raw {
    wake_up: Latencies,
    postgres: Latencies,
    sqlite: Latencies,
}

/// On both fleets.
pub(crate) fn measure(context: &Context) -> anyhow::Result<Vec<Row>> {
    let mut fleet = Fleet::start(Context::fleet(Shape::Distributed)?)?;
    let distributed = Times::measure(context, &fleet)?;
    let url = fleet.postgres().map(|server| server.url()).unwrap_or_default();
    let raw = Raw::measure(context, &url)?;
    drop(fleet);
    let up = Fleet::start(Context::fleet(Shape::Embedded)?)?;
    let embedded = Times::measure(context, &up)?;
    let on_postgres = ("commit of one row in Postgres", &raw.postgres);
    let on_sqlite = ("commit of one row in SQLite", &raw.sqlite);
    Ok(vec![
        distributed.row("pickup, distributed", &[("Redis push to pop", &raw.wake_up), on_postgres]),
        embedded.row("pickup, embedded", &[on_sqlite]),
    ])
}

impl Raw {
    fn measure(context: &Context, postgres: &str) -> anyhow::Result<Self> {
        let redis = Redis::start()?;
        let lines = messages::lines(context.times(BARE));
        context.runtime.block_on(async {
            let wake_up = bare::redis::wake_up(&redis.url(), context.times(BARE)).await?;
            let inserts = bare::postgres::single_inserts(postgres, 1, lines.clone()).await?;
            let sqlite = bare::sqlite::inserts(lines, 1).await?.latencies;
            Ok(Self { wake_up, postgres: inserts.latencies, sqlite })
        })
    }
}

/// From the post to the verdict.
struct Times {
    known: Latencies,
    unknown: Latencies,
}

impl Times {
    fn measure(context: &Context, fleet: &Fleet) -> anyhow::Result<Self> {
        let server = requests::address_of(&fleet.client)?;
        let (known, unknown) = (context.times(KNOWN), context.times(UNKNOWN));
        let lines = messages::lines(WARM_UP * 2 + known);
        context.runtime.block_on(async {
            let mut connection = Connection::open(server).await?;
            // The kinds of lines repeat after 40, so that none of the measured ones is new.
            let (warm_up, measured) = lines.split_at(WARM_UP * 2);
            one_by_one(&mut connection, server, warm_up).await?;
            let known = one_by_one(&mut connection, server, measured).await?;
            let strange: Vec<_> = (0..unknown).map(strange_line).collect();
            let unknown = one_by_one(&mut connection, server, &strange).await?;
            Ok(Self { known, unknown })
        })
    }

    fn row(&self, name: &str, raw: &[(&str, &Latencies)]) -> Row {
        let beside = |figure: Figure, percent| {
            let all = raw.iter();
            all.fold(figure, |figure, (what, times)| figure.beside(*what, times.millis(percent)))
        };
        let named = |figure: Figure, name| Figure { name, ..figure };
        Row::new(
            name,
            vec![
                beside(named(self.known.p50(), "known template, p50"), 50),
                beside(named(self.known.p99(), "known template, p99"), 99)
                    .target(Target::Below(50.0)),
                named(self.unknown.p50(), "new template, p50"),
                named(self.unknown.p99(), "new template, p99").target(Target::Below(150.0)),
            ],
        )
    }
}

async fn one_by_one(
    connection: &mut Connection,
    server: SocketAddr,
    lines: &[Line],
) -> anyhow::Result<Latencies> {
    let mut times = Vec::with_capacity(lines.len());
    for line in lines {
        tokio::time::sleep(PAUSE).await;
        let request = requests::post_line(server, line)?;
        let begin = Instant::now();
        post_and_wait(connection, server, &request).await?;
        times.push(begin.elapsed());
    }
    Ok(times.into_iter().collect())
}

/// Posts a line and waits for its verdict.
pub(super) async fn post_and_wait(
    connection: &mut Connection,
    server: SocketAddr,
    request: &[u8],
) -> anyhow::Result<()> {
    let answer = connection.exchange(request).await?;
    let posted: Value = serde_json::from_slice(answer.body)?;
    let task_id = posted["analysis_task_id"].as_str().with_context(|| format!("{posted}"))?;
    let wait = requests::wait_for_task(server, task_id);
    for _ in 0..MAX_POLLS {
        let answer = connection.exchange(&wait).await?;
        let task: Value = serde_json::from_slice(answer.body)?;
        match task["status"].as_str() {
            Some("SUCCESS") => return Ok(()),
            Some("PENDING" | "STARTED" | "RETRY") => {}
            _ => bail!("not judged: {task}"),
        }
    }
    bail!("task {task_id} has not ended after {MAX_POLLS} long polls")
}

/// A line of a kind that nobody has seen: its words are made up.
fn strange_line(number: usize) -> Line {
    const SYLLABLES: [&str; 10] = ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu"];
    let word = |digits: usize| {
        let place = |power| SYLLABLES[digits / 10_usize.pow(power) % SYLLABLES.len()];
        (0..3).rev().map(place).collect::<String>()
    };
    let message = format!(
        "module {} refused to hand over {} because the {} was not settled in time",
        word(number * 7 + 3),
        word(number),
        word(number * 3 + 1)
    );
    Line { timestamp: 1_767_603_600_000, severity: "WARNING", service: "shop", message }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn strange_lines_have_templates_of_their_own() {
        let mask = |number| noctule_template_miner::masked(&strange_line(number).message);
        let templates: HashSet<_> = (0..400).map(mask).collect();
        assert_eq!(templates.len(), 400);
    }
}
