//! Accepting log lines: the lines, their job and the answer are committed together.
//!
//! When `ingest` returns, the lines and the job are on disk. Requests that arrive while a commit
//! is under way share the next one.

mod lines;
mod postgres_copy;
mod signed;

use noctule_domain::{LogId, LogLine, TenantScope, Timestamp};
use noctule_jobs::NewJob;

pub use signed::SignedRequest;

use crate::{Store, StoreError, database::Database, groups::GroupWork, jobs::insert_jobs};

/// Lines to be stored, with the jobs that follow from them.
#[derive(Debug)]
pub struct IngestRequest {
    /// Whose lines.
    pub scope: TenantScope,
    /// When the API received them.
    pub received_at: Timestamp,
    /// The lines, with ids from [`Store::take_log_ids`].
    pub lines: Vec<(LogId, LogLine)>,
    /// The jobs.
    pub jobs: Vec<NewJob>,
    /// The nonce that the request was signed with, if it was.
    pub signed: Option<SignedRequest>,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IngestOutcome {
    /// It is on disk.
    Stored,
    /// The same request was stored before; nothing was stored now. This was its answer.
    Replayed {
        /// The first answer's body.
        response: String,
    },
    /// The nonce was used before for another body; nothing was stored.
    NonceReused,
}

impl Store {
    /// Hands out ids for lines that are about to be stored, ascending.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn take_log_ids(&self, count: usize) -> Result<Vec<LogId>, StoreError> {
        self.log_ids().take(self.database(), count).await
    }

    /// Stores lines and jobs, durably, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it is unknown whether they were stored; a request with a
    /// nonce may be sent again safely.
    pub async fn ingest(&self, request: IngestRequest) -> Result<IngestOutcome, StoreError> {
        self.ingest_writes().submit(request).await
    }
}

/// Commits requests in groups.
pub(crate) struct IngestWrites {
    pub(crate) database: Database,
}

impl GroupWork for IngestWrites {
    type Item = IngestRequest;
    type Outcome = IngestOutcome;

    fn weight(request: &IngestRequest) -> usize {
        1 + request.lines.len()
    }

    async fn run(&self, requests: &[IngestRequest]) -> Result<Vec<IngestOutcome>, StoreError> {
        let mut session = self.database.write().await?;
        let outcomes = signed::record(&mut session, requests).await?;
        let stored = || {
            requests
                .iter()
                .zip(&outcomes)
                .filter(|(_, outcome)| **outcome == IngestOutcome::Stored)
                .map(|(request, _)| request)
        };
        lines::insert(&mut session, &stored().collect::<Vec<_>>()).await?;
        let jobs: Vec<_> = stored().flat_map(|request| &request.jobs).collect();
        insert_jobs(&mut session, &jobs).await?;
        session.commit().await?;
        Ok(outcomes)
    }
}
