//! Schedules and their firings. No leader is needed: a firing is a row that only one process can
//! insert, and the job is created in the same transaction.

use std::time::Duration;

use noctule_domain::{JobId, TenantId, TenantScope, Timestamp};
use noctule_jobs::{JobState, NewJob, Queue};
use uuid::Uuid;

use crate::{Store, StoreError, sql::sql};

/// A schedule that somebody asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSchedule {
    /// Its name, unique for the tenant.
    pub name: String,
    /// The job that it makes; its id and run time are not used.
    pub job: NewJob,
    /// The time between two firings.
    pub every: Duration,
}

/// A schedule whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSchedule {
    id: Uuid,
    tenant_id: TenantId,
    /// Its name.
    pub name: String,
    /// The queue of its jobs.
    pub queue: Queue,
    kind: String,
    payload: String,
    /// The moment that it was due.
    pub fire_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tenant_id: i64,
    name: String,
    queue: i16,
    kind: String,
    payload: String,
    next_us: i64,
}

impl Store {
    /// Adds a schedule unless the tenant has one of that name. Its first firing is one interval
    /// from now.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn add_schedule(
        &self,
        scope: TenantScope,
        schedule: &NewSchedule,
    ) -> Result<(), StoreError> {
        let every_us = i64::try_from(schedule.every.as_micros()).unwrap_or(i64::MAX / 4).max(1);
        let insert =
            sql("INSERT INTO schedules (id, tenant_id, name, queue, kind, payload, every_us, \
             next_us, created_us) SELECT v.column1, v.column2, v.column3, v.column4, v.column5, \
             v.column6, v.column7, c.now_us + v.column7, c.now_us \
             FROM (VALUES (?, ?, ?, ?, ?, ?, ?)) AS v CROSS JOIN db_clock AS c \
             WHERE true ON CONFLICT DO NOTHING")
            .bind(Uuid::now_v7())
            .bind(scope.tenant_id().0)
            .bind(schedule.name.as_str())
            .bind(schedule.job.queue.code())
            .bind(schedule.job.kind)
            .bind(schedule.job.payload.as_str())
            .bind(every_us);
        let mut session = self.write().await?;
        session.execute(insert).await?;
        session.commit().await
    }

    /// The schedules whose time has come, of all tenants.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn due_schedules(&self) -> Result<Vec<DueSchedule>, StoreError> {
        let query =
            sql("SELECT id, tenant_id, name, queue, kind, payload, next_us FROM schedules \
             WHERE enabled = 1 AND next_us <= (SELECT now_us FROM db_clock) ORDER BY next_us");
        let rows: Vec<Row> = self.read().await?.fetch_all(query).await?;
        rows.into_iter().map(DueSchedule::try_from).collect()
    }

    /// Fires a schedule: records the firing, creates its job and moves it to its next time.
    ///
    /// Returns the job, or `None` when another process has fired it. Firings that were missed
    /// while nobody ran are made up for by this one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it is unknown whether it fired.
    pub async fn fire_schedule(&self, due: &DueSchedule) -> Result<Option<JobId>, StoreError> {
        let job_id = JobId::generate();
        let mut session = self.write().await?;
        let record =
            sql("INSERT INTO schedule_runs (schedule_id, fire_us, job_id) VALUES (?, ?, ?) \
             ON CONFLICT DO NOTHING")
            .bind(due.id)
            .bind(due.fire_at.as_micros())
            .bind(job_id.0);
        if session.execute(record).await? == 0 {
            return Ok(None);
        }
        let create = sql(
            "INSERT INTO jobs (id, tenant_id, queue, kind, payload, state, run_us, hinted_us, \
             max_attempts, created_us) SELECT v.column1, v.column2, v.column3, v.column4, \
             v.column5, v.column6, c.now_us, c.now_us, v.column7, c.now_us \
             FROM (VALUES (?, ?, ?, ?, ?, ?, ?)) AS v CROSS JOIN db_clock AS c",
        )
        .bind(job_id.0)
        .bind(due.tenant_id.0)
        .bind(due.queue.code())
        .bind(due.kind.as_str())
        .bind(due.payload.as_str())
        .bind(JobState::Queued.code())
        .bind(due.queue.policy().max_attempts);
        session.execute(create).await?;
        // The first multiple of the interval that lies in the future.
        let advance = sql("UPDATE schedules SET next_us = next_us + every_us * \
             (((SELECT now_us FROM db_clock) - next_us) / every_us + 1) WHERE id = ?");
        session.execute(advance.bind(due.id)).await?;
        session.commit().await?;
        Ok(Some(job_id))
    }
}

impl TryFrom<Row> for DueSchedule {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let queue = Queue::from_code(row.queue)
            .ok_or_else(|| StoreError::corrupt("schedules", "queue", &row.id, &row.queue))?;
        Ok(Self {
            id: row.id,
            tenant_id: TenantId(row.tenant_id),
            name: row.name,
            queue,
            kind: row.kind,
            payload: row.payload,
            fire_at: Timestamp::from_micros(row.next_us),
        })
    }
}
