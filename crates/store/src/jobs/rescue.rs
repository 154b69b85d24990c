//! Giving the jobs of silent workers to others.

use std::time::Duration;

use noctule_domain::JobId;
use noctule_jobs::{MAX_CRASHES, Queue};
use uuid::Uuid;

use super::{hint::ReadyJob, lease::micros};
use crate::{Store, StoreError, sql::sql};

/// The most jobs that one pass rescues; the next pass takes the rest.
const MAX_RESCUED: i64 = 100;
/// A lease that ends later than this was set before the database's clock was put back.
const LONGEST_LEASE: Duration = Duration::from_mins(2);

impl Store {
    /// Ends all leases, so that the next rescue takes their jobs. Only for a process that has the
    /// database for itself: at its start every lease belongs to a process that is gone.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn end_all_leases(&self) -> Result<(), StoreError> {
        let end = sql("UPDATE jobs SET lease_until_us = 0 WHERE state = 3");
        self.lease().await?.execute(end).await?;
        Ok(())
    }

    /// Makes jobs ready again whose lease has ended, and returns them.
    ///
    /// A lease that is renewed is never touched, however long its job takes. The attempt does
    /// not count, the crash does: after [`MAX_CRASHES`] of them the job is taken for their cause
    /// and fails with the reason `poison`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn rescue_jobs(&self) -> Result<Vec<ReadyJob>, StoreError> {
        let mut statement = sql("WITH picked AS (SELECT id FROM jobs WHERE state = 3 \
             AND (lease_until_us <= (SELECT now_us FROM db_clock) \
             OR lease_until_us > (SELECT now_us FROM db_clock) + ");
        statement.push_bind(micros(LONGEST_LEASE)).push(") LIMIT ").push_bind(MAX_RESCUED);
        if !self.is_embedded() {
            statement.push(" FOR UPDATE SKIP LOCKED");
        }
        statement.push(") UPDATE jobs SET state = CASE WHEN crashes + 1 >= ");
        statement
            .push_bind(MAX_CRASHES)
            .push(" THEN 5 ELSE 1 END, reason = CASE WHEN crashes + 1 >= ");
        statement
            .push_bind(MAX_CRASHES)
            .push(" THEN 'poison' END, finished_us = CASE WHEN crashes + 1 >= ");
        statement.push_bind(MAX_CRASHES).push(
            " THEN c.now_us END, crashes = crashes + 1, attempts = attempts - 1, \
             error = 'the worker ' || lease_owner || ' fell silent', lease_token = NULL, \
             lease_until_us = NULL, run_us = c.now_us, hinted_us = c.now_us \
             FROM picked, db_clock AS c WHERE jobs.id = picked.id \
             RETURNING jobs.id, queue, state",
        );
        let rows: Vec<(Uuid, i16, i16)> = self.lease().await?.fetch_all(statement).await?;
        let ready = |(id, queue, state): (Uuid, i16, i16)| {
            let queue = Queue::from_code(queue)?;
            (state == 1).then_some(ReadyJob { id: JobId(id), queue })
        };
        Ok(rows.into_iter().filter_map(ready).collect())
    }
}
