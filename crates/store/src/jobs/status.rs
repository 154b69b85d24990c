//! Where a job stands, for `/api/task-status`.

use noctule_domain::{JobId, TenantScope, Timestamp};
use noctule_jobs::{JobState, Queue};
use uuid::Uuid;

use super::Progress;
use crate::{
    Store, StoreError,
    sql::{Sql, sql},
};

/// A job as the store holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskStatus {
    /// The job.
    pub id: JobId,
    /// Its queue.
    pub queue: Queue,
    /// The name of the deed.
    pub kind: String,
    /// The encoded job.
    pub payload: String,
    /// Where it stands.
    pub state: JobState,
    /// How many attempts have begun, those that do not count left out.
    pub attempts: i32,
    /// How many it has.
    pub max_attempts: i32,
    /// How far it has got, for jobs that report it.
    pub progress: Option<Progress>,
    /// The result, as JSON.
    pub result: Option<String>,
    /// The last error, with causes.
    pub error: Option<String>,
    /// Why it failed for good.
    pub reason: Option<String>,
    /// The worker that holds or held it.
    pub worker: Option<String>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its first attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended for good.
    pub finished_at: Option<Timestamp>,
    /// When its next attempt is due, while it waits for one.
    pub next_run_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    queue: i16,
    kind: String,
    payload: String,
    state: i16,
    attempts: i32,
    max_attempts: i32,
    progress_done: Option<i64>,
    progress_total: Option<i64>,
    result: Option<String>,
    error: Option<String>,
    reason: Option<String>,
    lease_owner: Option<String>,
    created_us: i64,
    started_us: Option<i64>,
    finished_us: Option<i64>,
    run_us: i64,
}

const COLUMNS: &str = "SELECT id, queue, kind, payload, state, attempts, max_attempts, \
    progress_done, progress_total, result, error, reason, lease_owner, created_us, started_us, \
    finished_us, run_us FROM jobs WHERE tenant_id = ";

impl Store {
    /// Looks a job up; `None` when the tenant has no such job.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn find_task(
        &self,
        scope: TenantScope,
        id: JobId,
    ) -> Result<Option<TaskStatus>, StoreError> {
        let mut query = columns_of(scope);
        query.push(" AND id = ").push_bind(id.0);
        let row: Option<Row> = self.read().await?.fetch_optional(query).await?;
        row.map(TaskStatus::try_from).transpose()
    }

    /// Which of these jobs, of whatever tenant, are in a final state.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn final_among(&self, ids: &[JobId]) -> Result<Vec<JobId>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = sql("SELECT id FROM jobs WHERE state > 3 AND id IN ");
        query.push_list(ids.iter().map(|id| id.0));
        let rows: Vec<(Uuid,)> = self.read().await?.fetch_all(query).await?;
        Ok(rows.into_iter().map(|(id,)| JobId(id)).collect())
    }

    /// How many jobs of each queue are in each state that is not final.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn queue_depths(&self) -> Result<Vec<(Queue, JobState, i64)>, StoreError> {
        let query = sql("SELECT queue, state, CAST(count(*) AS BIGINT) FROM jobs WHERE state < 3 \
             GROUP BY queue, state UNION ALL \
             SELECT queue, state, CAST(count(*) AS BIGINT) FROM jobs WHERE state = 3 \
             GROUP BY queue, state");
        let rows: Vec<(i16, i16, i64)> = self.read().await?.fetch_all(query).await?;
        let known = |(queue, state, count): (i16, i16, i64)| {
            Some((Queue::from_code(queue)?, JobState::from_code(state)?, count))
        };
        Ok(rows.into_iter().filter_map(known).collect())
    }
}

fn columns_of(scope: TenantScope) -> Sql {
    let mut query = sql(COLUMNS);
    query.push_bind(scope.tenant_id().0);
    query
}

impl TryFrom<Row> for TaskStatus {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let state = JobState::from_code(row.state)
            .ok_or_else(|| StoreError::corrupt("jobs", "state", &row.id, &row.state))?;
        let queue = Queue::from_code(row.queue)
            .ok_or_else(|| StoreError::corrupt("jobs", "queue", &row.id, &row.queue))?;
        let waits = !state.is_final() && state != JobState::Running;
        Ok(Self {
            id: JobId(row.id),
            queue,
            kind: row.kind,
            payload: row.payload,
            state,
            attempts: row.attempts,
            max_attempts: row.max_attempts,
            progress: row
                .progress_total
                .map(|total| Progress { done: row.progress_done.unwrap_or(0), total }),
            result: row.result,
            error: row.error,
            reason: row.reason,
            worker: row.lease_owner,
            created_at: Timestamp::from_micros(row.created_us),
            started_at: row.started_us.map(Timestamp::from_micros),
            finished_at: row.finished_us.map(Timestamp::from_micros),
            next_run_at: waits.then(|| Timestamp::from_micros(row.run_us)),
        })
    }
}
