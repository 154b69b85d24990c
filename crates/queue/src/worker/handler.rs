//! What a worker crate implements, and what it is given for one attempt.

use std::sync::Arc;

use noctule_domain::{JobId, TenantScope};
use noctule_jobs::{Job, JobFailure};
use noctule_store::{Effects, JobWrite, LeasedJob, Progress, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Hinter;

/// Does the jobs of one queue.
///
/// A handler does not write its findings itself: it returns them, and they are stored together
/// with the end of the attempt, in one transaction that fails as a whole when the lease was lost.
/// So it may run twice for one job, and must have no other effect that cannot be repeated.
pub trait Handler: Send + Sync + 'static {
    /// The queue's enum.
    type Job: Job;

    /// Does one job. It is called again when a line of its findings got a verdict meanwhile.
    ///
    /// # Errors
    /// A [`JobFailure`] says what happens next.
    fn handle(
        &self,
        job: &Self::Job,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Done, JobFailure>> + Send;
}

/// What a finished job leaves behind.
#[derive(Debug, Default)]
pub struct Done {
    /// A result for `/api/task-status`, beside what the effects tell.
    pub result: Option<serde_json::Value>,
    /// What is to be stored.
    pub effects: Effects,
}

/// One attempt at a job: what is known of it, and how to keep what is done so far.
#[derive(Debug)]
pub struct Attempt {
    pub(super) leased: LeasedJob,
    pub(super) store: Store,
    pub(super) hinter: Hinter,
    pub(super) stop: CancellationToken,
    pub(super) has_overlapped: bool,
}

impl Attempt {
    /// The job's id.
    #[must_use]
    pub const fn job_id(&self) -> JobId {
        self.leased.lease.job_id
    }

    /// The right to touch the job's tenant's data.
    #[must_use]
    pub const fn scope(&self) -> TenantScope {
        self.leased.scope()
    }

    /// Whether a line of an earlier run's findings turned out to have a verdict already, so that
    /// this run must leave such lines out.
    #[must_use]
    pub const fn has_overlapped(&self) -> bool {
        self.has_overlapped
    }

    /// How many units earlier attempts have done and stored.
    #[must_use]
    pub const fn progress_done(&self) -> i64 {
        self.leased.progress_done
    }

    /// Whether a long job should stop at its next checkpoint and return
    /// [`JobFailure::Interrupted`].
    #[must_use]
    pub fn should_stop(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Stores a part of the findings and how far the job has got; a later attempt goes on there.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when another worker has the job now,
    /// [`StoreError::AlreadyScored`] when a line got a verdict meanwhile; nothing was stored.
    pub async fn checkpoint(&self, progress: Progress, effects: Effects) -> Result<(), StoreError> {
        let follow_ups: Vec<_> = effects.jobs.iter().map(|job| (job.queue, job.id)).collect();
        let lease = self.leased.lease;
        let write = JobWrite::Checkpoint { lease, progress, effects };
        self.store.write_job(Arc::new(write)).await?;
        for (queue, id) in follow_ups {
            self.hinter.hint(queue, id);
        }
        Ok(())
    }
}
