//! Ending an attempt: one transaction that writes what it found and where the job stands now.
//!
//! Every write is fenced by the lease: if the job's row does not carry the token any more, nothing
//! of the attempt is stored. So a job may run twice and still takes effect once.

use std::{collections::HashSet, sync::Arc, time::Duration};

use noctule_domain::JobId;
use uuid::Uuid;

use super::lease::{Lease, micros};
use crate::{
    Store, StoreError,
    database::Database,
    groups::GroupWork,
    scoring::{Effects, write_effects},
    session::Session,
    sql::sql,
};

/// What an attempt writes.
#[derive(Debug)]
pub enum JobWrite {
    /// The job is done.
    Succeed {
        /// The right to say so.
        lease: Lease,
        /// A JSON document for `/api/task-status`, if the effects do not say it all.
        result: Option<String>,
        /// What it found.
        effects: Effects,
    },
    /// A part of the job is done; the job goes on under the same lease.
    Checkpoint {
        /// The right to say so.
        lease: Lease,
        /// How far it got, the part included.
        progress: Progress,
        /// What it found in this part.
        effects: Effects,
    },
    /// The attempt failed; the job waits for another.
    Retry {
        /// The right to say so.
        lease: Lease,
        /// How long to wait.
        delay: Duration,
        /// Whether the attempt counts. It does not when a dependency was away or the worker was
        /// asked to stop.
        counts: bool,
        /// What happened, with causes.
        error: String,
    },
    /// The job failed for good.
    Fail {
        /// The right to say so.
        lease: Lease,
        /// `exhausted`, `fatal`, `decode`, `timeout`.
        reason: &'static str,
        /// What happened, with causes.
        error: String,
    },
}

/// How far a job has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Units done.
    pub done: i64,
    /// Units in all.
    pub total: i64,
}

impl JobWrite {
    /// The lease that the write is made under.
    #[must_use]
    pub const fn lease(&self) -> Lease {
        match self {
            Self::Succeed { lease, .. }
            | Self::Checkpoint { lease, .. }
            | Self::Retry { lease, .. }
            | Self::Fail { lease, .. } => *lease,
        }
    }

    const fn effects(&self) -> Option<&Effects> {
        match self {
            Self::Succeed { effects, .. } | Self::Checkpoint { effects, .. } => Some(effects),
            Self::Retry { .. } | Self::Fail { .. } => None,
        }
    }
}

impl Store {
    /// Ends an attempt, or a part of it. Attempts that end together share a commit.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when another worker has the job now: nothing was stored.
    /// [`StoreError::AlreadyScored`] when one of the lines got a verdict meanwhile: nothing was
    /// stored. [`StoreError::Unavailable`] when it is unknown whether it was stored.
    pub async fn write_job(&self, write: Arc<JobWrite>) -> Result<(), StoreError> {
        if self.job_writes().submit(write).await? { Ok(()) } else { Err(StoreError::LeaseLost) }
    }
}

/// Commits the ends of attempts in groups.
pub(crate) struct JobWrites {
    pub(crate) database: Database,
}

impl GroupWork for JobWrites {
    type Item = Arc<JobWrite>;
    /// Whether the lease was still held.
    type Outcome = bool;

    fn weight(write: &Arc<JobWrite>) -> usize {
        1 + write.effects().map_or(0, |effects| effects.lines.len())
    }

    async fn run(&self, writes: &[Arc<JobWrite>]) -> Result<Vec<bool>, StoreError> {
        let mut session = self.database.write().await?;
        let mut held = succeed(&mut session, writes).await?;
        for write in writes {
            if apply_alone(&mut session, write).await? {
                held.insert(write.lease().job_id);
            }
        }
        let is_held = |write: &Arc<JobWrite>| held.contains(&write.lease().job_id);
        let effects =
            writes.iter().filter(|write| is_held(write)).filter_map(|write| write.effects());
        write_effects(&mut session, &effects.collect::<Vec<_>>()).await?;
        session.commit().await?;
        Ok(writes.iter().map(is_held).collect())
    }
}

/// Marks all jobs of `Succeed` writes as done in one statement; returns those that were held.
async fn succeed(
    session: &mut Session,
    writes: &[Arc<JobWrite>],
) -> Result<HashSet<JobId>, StoreError> {
    let done: Vec<_> = writes
        .iter()
        .filter_map(|write| match &**write {
            JobWrite::Succeed { lease, result, .. } => Some((*lease, result.clone())),
            _ => None,
        })
        .collect();
    if done.is_empty() {
        return Ok(HashSet::new());
    }
    let mut statement =
        sql("UPDATE jobs SET state = 4, lease_token = NULL, lease_until_us = NULL, error = NULL, \
         finished_us = c.now_us, result = v.column3, progress_done = progress_total \
         FROM db_clock AS c, (");
    statement.push_rows(done, |(lease, result), values| {
        values.extend([lease.job_id.0.into(), lease.token.into(), result.into()]);
    });
    statement.push(
        ") AS v WHERE jobs.id = v.column1 AND jobs.lease_token = v.column2 AND jobs.state = 3 \
         RETURNING jobs.id",
    );
    let rows: Vec<(Uuid,)> = session.fetch_all(statement).await?;
    Ok(rows.into_iter().map(|(id,)| JobId(id)).collect())
}

/// Applies every other kind of write; tells whether its lease was held.
async fn apply_alone(session: &mut Session, write: &JobWrite) -> Result<bool, StoreError> {
    let statement = match write {
        JobWrite::Succeed { .. } => return Ok(false),
        JobWrite::Checkpoint { progress, .. } => {
            sql("UPDATE jobs SET progress_done = ?, progress_total = ? \
                 WHERE id = ? AND lease_token = ? AND state = 3")
            .bind(progress.done)
            .bind(progress.total)
        }
        JobWrite::Retry { delay, counts, error, .. } => {
            sql("UPDATE jobs SET state = 2, lease_token = NULL, lease_until_us = NULL, \
             run_us = (SELECT now_us FROM db_clock) + ?, hinted_us = 0, \
             attempts = attempts - ?, error = ? \
             WHERE id = ? AND lease_token = ? AND state = 3")
            .bind(micros(*delay))
            .bind(i32::from(!counts))
            .bind(error.as_str())
        }
        JobWrite::Fail { reason, error, .. } => {
            sql("UPDATE jobs SET state = 5, lease_token = NULL, lease_until_us = NULL, \
                 finished_us = (SELECT now_us FROM db_clock), reason = ?, error = ? \
                 WHERE id = ? AND lease_token = ? AND state = 3")
            .bind(*reason)
            .bind(error.as_str())
        }
    };
    let lease = write.lease();
    let touched = session.execute(statement.bind(lease.job_id.0).bind(lease.token)).await?;
    Ok(touched == 1)
}
