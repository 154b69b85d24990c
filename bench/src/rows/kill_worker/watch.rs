//! Looking into the store while workers die: what is judged, and who holds which job.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use noctule_test_servers::wait_until;
use sqlx::{Connection, PgConnection};

use crate::context::Context;

const RUNNING: i16 = 3;
const SUCCEEDED: i16 = 4;

const JUDGED: &str = "SELECT count(*) FROM results";
const JOBS: &str = "SELECT id::text, state, lease_token FROM jobs WHERE kind = 'analyze_batch'";
const COUNTS: &str = "SELECT (SELECT count(*) FROM log_lines), (SELECT count(*) FROM results), \
    (SELECT count(DISTINCT log_id) FROM results), (SELECT count(*) FROM anomalies), \
    (SELECT count(DISTINCT log_id) FROM anomalies), \
    (SELECT coalesce(sum(lines), 0)::bigint FROM line_counts WHERE basis = 1)";

type Job = (String, i16, Option<i64>);

/// Looks into the store of a fleet.
pub(super) struct Watch<'c> {
    context: &'c Context,
    connection: RefCell<PgConnection>,
    orphans: Vec<Orphan>,
    resumed: Vec<Duration>,
}

/// A job whose worker was killed.
struct Orphan {
    job: String,
    token: Option<i64>,
    killed: Instant,
}

/// What is in the store at the end.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) lines: i64,
    pub(super) results: i64,
    pub(super) judged_lines: i64,
    pub(super) anomalies: i64,
    pub(super) anomalous_lines: i64,
    /// Judged lines by the statistics that the dashboard shows.
    pub(super) counted: i64,
}

impl<'c> Watch<'c> {
    pub(super) fn new(context: &'c Context, url: &str) -> anyhow::Result<Self> {
        let connection = context.runtime.block_on(PgConnection::connect(url))?;
        let connection = RefCell::new(connection);
        Ok(Self { context, connection, orphans: Vec::new(), resumed: Vec::new() })
    }

    /// Waits until so many lines are judged.
    pub(super) fn until_judged(&mut self, count: i64, patience: Duration) -> anyhow::Result<()> {
        wait_until(patience, &format!("{count} lines to be judged"), || {
            self.note_resumed()
                .and_then(|()| self.judged())
                .map_or_else(|error| Some(Err(error)), |judged| (judged >= count).then_some(Ok(())))
        })?
    }

    /// The judged lines, once a commit that a dead worker left under way has ended.
    pub(super) fn settled_judged(&self) -> anyhow::Result<i64> {
        let mut connection = self.connection.borrow_mut();
        self.context.runtime.block_on(async {
            let mut transaction = connection.begin().await?;
            // This lock is had only when nobody is writing results.
            sqlx::query("LOCK TABLE results IN SHARE MODE").execute(&mut *transaction).await?;
            let (count,) = sqlx::query_as(JUDGED).fetch_one(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(count)
        })
    }

    /// Remembers the jobs that the killed worker held.
    pub(super) fn note_orphans(&mut self, killed: Instant) -> anyhow::Result<()> {
        let held = self.jobs()?.into_iter().filter(|(_, state, _)| *state == RUNNING);
        for (job, _, token) in held {
            // One that waits since an earlier kill is still that one.
            if !self.orphans.iter().any(|orphan| orphan.job == job && orphan.token == token) {
                self.orphans.push(Orphan { job, token, killed });
            }
        }
        Ok(())
    }

    /// Waits until all killed jobs have been taken up again, and gives how long each waited.
    pub(super) fn until_resumed(&mut self, patience: Duration) -> anyhow::Result<Vec<Duration>> {
        wait_until(patience, "killed jobs to be taken up again", || match self.note_resumed() {
            Ok(()) => self.orphans.is_empty().then_some(Ok(())),
            Err(error) => Some(Err(error)),
        })??;
        Ok(std::mem::take(&mut self.resumed))
    }

    pub(super) fn counts(&self) -> anyhow::Result<Counts> {
        let (lines, results, judged_lines, anomalies, anomalous_lines, counted) = self
            .context
            .runtime
            .block_on(sqlx::query_as(COUNTS).fetch_one(&mut *self.connection.borrow_mut()))?;
        Ok(Counts { lines, results, judged_lines, anomalies, anomalous_lines, counted })
    }

    /// Notes the orphans that have found a new holder.
    fn note_resumed(&mut self) -> anyhow::Result<()> {
        if self.orphans.is_empty() {
            return Ok(());
        }
        let jobs = self.jobs()?;
        let is_resumed = |orphan: &Orphan| {
            jobs.iter().any(|(id, state, token)| {
                let is_held_anew = *state == RUNNING && *token != orphan.token;
                *id == orphan.job && (is_held_anew || *state == SUCCEEDED)
            })
        };
        let resumed = &mut self.resumed;
        self.orphans.retain(|orphan| {
            let is_over = is_resumed(orphan);
            if is_over {
                resumed.push(orphan.killed.elapsed());
            }
            !is_over
        });
        Ok(())
    }

    fn judged(&self) -> anyhow::Result<i64> {
        let count = sqlx::query_as(JUDGED);
        let mut connection = self.connection.borrow_mut();
        let (count,) = self.context.runtime.block_on(count.fetch_one(&mut *connection))?;
        Ok(count)
    }

    fn jobs(&self) -> anyhow::Result<Vec<Job>> {
        let jobs = sqlx::query_as(JOBS);
        let mut connection = self.connection.borrow_mut();
        self.context
            .runtime
            .block_on(jobs.fetch_all(&mut *connection))
            .context("cannot read the jobs")
    }
}
