//! Taking jobs: one statement that takes up to the free slots and sets their leases.

use std::time::Duration;

use noctule_domain::{JobId, TenantId, TenantScope};
use noctule_jobs::Queue;
use uuid::Uuid;

use super::lease::{Lease, micros};
use crate::{
    Store, StoreError,
    sql::{Sql, sql},
};

/// Who wants jobs, how many, and for how long.
#[derive(Debug, Clone)]
pub struct Claim<'c> {
    /// The queue.
    pub queue: Queue,
    /// The worker's name, shown to operators.
    pub owner: &'c str,
    /// How long the lease lasts without renewal.
    pub lease: Duration,
    /// The number of free slots.
    pub limit: usize,
}

/// A job that the caller now holds.
#[derive(Debug, Clone, PartialEq)]
pub struct LeasedJob {
    /// The right to work on it.
    pub lease: Lease,
    /// Whose job it is.
    pub tenant_id: TenantId,
    /// The queue that it came from.
    pub queue: Queue,
    /// The encoded job.
    pub payload: String,
    /// Which attempt this is; the first is 1.
    pub attempt: i32,
    /// How many attempts it has.
    pub max_attempts: i32,
    /// How far an earlier attempt got.
    pub progress_done: i64,
}

impl LeasedJob {
    /// The right to touch the job's tenant's data.
    #[must_use]
    pub const fn scope(&self) -> TenantScope {
        TenantScope::of(self.tenant_id)
    }
}

type Row = (Uuid, i64, i64, String, i32, i32, Option<i64>);

const READY: &str = "state < 3 AND run_us <= (SELECT now_us FROM db_clock)";

impl Store {
    /// Takes the jobs that hints name, as far as they are still ready.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn claim_hinted(
        &self,
        claim: &Claim<'_>,
        ids: &[JobId],
    ) -> Result<Vec<LeasedJob>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = sql("WITH picked AS (SELECT id FROM jobs WHERE id IN ");
        statement.push_list(ids.iter().map(|id| id.0)).push(" AND queue = ");
        statement.push_bind(claim.queue.code()).push(" AND ").push(READY);
        self.claim(claim, statement).await
    }

    /// Takes the jobs that have been ready longest.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn claim_next(&self, claim: &Claim<'_>) -> Result<Vec<LeasedJob>, StoreError> {
        let mut statement = sql("WITH picked AS (SELECT id FROM jobs WHERE queue = ");
        statement.push_bind(claim.queue.code()).push(" AND ").push(READY);
        statement.push(" ORDER BY run_us, id LIMIT ");
        statement.push_bind(i64::try_from(claim.limit).unwrap_or(i64::MAX));
        self.claim(claim, statement).await
    }

    /// Finishes a statement that has begun with the jobs to pick.
    ///
    /// The pick is a common table expression, because as a plain sub-select Postgres may run it
    /// again for each row and so take more than the limit. Two workers never pick the same row:
    /// Postgres skips locked ones, and SQLite has one writer.
    async fn claim(
        &self,
        claim: &Claim<'_>,
        mut statement: Sql,
    ) -> Result<Vec<LeasedJob>, StoreError> {
        let token = i64::from_le_bytes(rand::random());
        if !self.is_embedded() {
            statement.push(" FOR UPDATE SKIP LOCKED");
        }
        statement.push(") UPDATE jobs SET state = 3, lease_token = ").push_bind(token);
        statement.push(", lease_owner = ").push_bind(claim.owner);
        statement.push(", lease_until_us = c.now_us + ").push_bind(micros(claim.lease));
        statement.push(
            ", attempts = attempts + 1, started_us = COALESCE(started_us, c.now_us) \
             FROM picked, db_clock AS c WHERE jobs.id = picked.id \
             RETURNING jobs.id, lease_token, tenant_id, payload, attempts, max_attempts, \
             progress_done",
        );
        let rows: Vec<Row> = self.lease().await?.fetch_all(statement).await?;
        let mut jobs: Vec<_> = rows.into_iter().map(|row| leased_job(claim.queue, row)).collect();
        // Neither database returns updated rows in the order of the pick.
        jobs.sort_unstable_by_key(|job| job.lease.job_id);
        Ok(jobs)
    }
}

fn leased_job(queue: Queue, row: Row) -> LeasedJob {
    let (id, token, tenant_id, payload, attempt, max_attempts, progress_done) = row;
    LeasedJob {
        lease: Lease { job_id: JobId(id), token },
        tenant_id: TenantId(tenant_id),
        queue,
        payload,
        attempt,
        max_attempts,
        progress_done: progress_done.unwrap_or(0),
    }
}
