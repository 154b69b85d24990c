//! Which ready jobs nobody may know of.

use std::time::Duration;

use noctule_domain::JobId;
use noctule_jobs::Queue;
use uuid::Uuid;

use super::lease::micros;
use crate::{Store, StoreError, sql::sql};

/// A job that is ready to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReadyJob {
    /// The job.
    pub id: JobId,
    /// Its queue.
    pub queue: Queue,
}

impl Store {
    /// Picks ready jobs that were not hinted for `silence`, longest ready first, and marks them
    /// as hinted now. Selecting by state and not by a last-seen id misses none, however
    /// transactions overlap.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn take_unhinted(
        &self,
        queue: Queue,
        silence: Duration,
        limit: usize,
    ) -> Result<Vec<JobId>, StoreError> {
        let mut statement = sql("WITH picked AS (SELECT id FROM jobs WHERE state < 3 \
             AND run_us <= (SELECT now_us FROM db_clock) AND queue = ");
        statement.push_bind(queue.code());
        statement.push(" AND hinted_us < (SELECT now_us FROM db_clock) - ");
        statement.push_bind(micros(silence));
        statement.push(" ORDER BY run_us, id LIMIT ");
        statement.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        if !self.is_embedded() {
            statement.push(" FOR UPDATE SKIP LOCKED");
        }
        statement.push(
            ") UPDATE jobs SET hinted_us = c.now_us FROM picked, db_clock AS c \
             WHERE jobs.id = picked.id RETURNING jobs.id",
        );
        let rows: Vec<(Uuid,)> = self.lease().await?.fetch_all(statement).await?;
        Ok(rows.into_iter().map(|(id,)| JobId(id)).collect())
    }
}
