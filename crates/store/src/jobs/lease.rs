//! The right to work on a job, and its renewal.

use std::{collections::HashSet, time::Duration};

use noctule_domain::JobId;
use uuid::Uuid;

use crate::{Store, StoreError, sql::sql};

/// The right to work on a job for a while. Every write for the job names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The job.
    pub job_id: JobId,
    /// A random number that the claim put on the job's row.
    pub token: i64,
}

impl Store {
    /// Prolongs leases by `span` from now, by the database's clock.
    ///
    /// Returns those that are still held; the others were lost to a rescue, and their holders
    /// should stop.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away; the leases then run on until they
    /// end by themselves.
    pub async fn renew_leases(
        &self,
        leases: &[Lease],
        span: Duration,
    ) -> Result<HashSet<Lease>, StoreError> {
        if leases.is_empty() {
            return Ok(HashSet::new());
        }
        let mut statement = sql("UPDATE jobs SET lease_until_us = c.now_us + ");
        statement.push_bind(micros(span));
        statement.push(" FROM db_clock AS c, (");
        statement.push_rows(leases, |lease, values| {
            values.extend([lease.job_id.0.into(), lease.token.into()]);
        });
        statement.push(
            ") AS v WHERE jobs.id = v.column1 AND jobs.lease_token = v.column2 \
             AND jobs.state = 3 RETURNING jobs.id, jobs.lease_token",
        );
        let rows: Vec<(Uuid, i64)> = self.lease().await?.fetch_all(statement).await?;
        Ok(rows.into_iter().map(|(id, token)| Lease { job_id: JobId(id), token }).collect())
    }
}

/// A span in whole microseconds.
pub(super) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX / 4)
}
