//! Storing new jobs, inside whatever transaction creates them.

use noctule_jobs::{JobState, NewJob};

use crate::{StoreError, session::Session, sql::sql};

/// Rows in one statement; nine columns each stay below SQLite's 32,766 placeholders.
const ROWS: usize = 1_000;

/// Stores jobs. One whose dedupe key was used before is dropped silently.
///
/// A job that may run at once counts as hinted, because whoever commits it hints it then.
pub(crate) async fn insert_jobs(session: &mut Session, jobs: &[&NewJob]) -> Result<(), StoreError> {
    for chunk in jobs.chunks(ROWS) {
        insert_chunk(session, chunk).await?;
    }
    Ok(())
}

async fn insert_chunk(session: &mut Session, jobs: &[&NewJob]) -> Result<(), StoreError> {
    let mut statement =
        sql("INSERT INTO jobs (id, tenant_id, queue, kind, payload, state, run_us, hinted_us, \
         max_attempts, dedupe_key, created_us) \
         SELECT v.column1, v.column2, v.column3, v.column4, v.column5, v.column6, \
         COALESCE(v.column7, c.now_us), CASE WHEN v.column7 IS NULL THEN c.now_us ELSE 0 END, \
         v.column8, v.column9, c.now_us FROM (");
    statement.push_rows(jobs, |job, values| {
        let state = if job.run_at.is_some() { JobState::Scheduled } else { JobState::Queued };
        values.extend([
            job.id.0.into(),
            job.tenant_id.0.into(),
            job.queue.code().into(),
            job.kind.into(),
            job.payload.clone().into(),
            state.code().into(),
            job.run_at.map(noctule_domain::Timestamp::as_micros).into(),
            job.queue.policy().max_attempts.into(),
            job.dedupe_key.clone().into(),
        ]);
    });
    // SQLite needs the WHERE to tell ON CONFLICT from the ON of a join.
    statement.push(") AS v CROSS JOIN db_clock AS c WHERE true ON CONFLICT DO NOTHING");
    session.execute(statement).await?;
    Ok(())
}
