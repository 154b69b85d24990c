//! One attempt, from decoding to the write that ends it.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use noctule_jobs::{Job, JobFailure};
use noctule_store::{JobWrite, LeasedJob, Store, StoreError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    ending::Ending,
    handler::{Attempt, Done, Handler},
    lease_keeper::LeaseKeeper,
};
use crate::Hinter;

/// How often a handler is run anew because a line of its findings got a verdict meanwhile.
const MAX_OVERLAPS: usize = 5;
/// The pause between two tries to store the end of an attempt while the database is away.
const WRITE_PAUSE: Duration = Duration::from_millis(250);

/// What all attempts of a worker share.
#[derive(Debug)]
pub(super) struct AttemptRunner<H> {
    pub(super) handler: H,
    pub(super) store: Store,
    pub(super) hinter: Hinter,
    pub(super) keeper: Arc<LeaseKeeper>,
    /// Fired when the process wants to end and long jobs should stop at their next checkpoint.
    pub(super) stop: CancellationToken,
}

impl<H: Handler> AttemptRunner<H> {
    /// Does a job and stores how it ended. Whatever happens is told to the store, not returned.
    pub(super) async fn run(&self, leased: LeasedJob) {
        let started = Instant::now();
        let queue = leased.queue.name();
        let lost = self.keeper.hold(leased.lease, leased.queue.policy().lease);
        let outcome = tokio::select! {
            biased;
            () = lost.cancelled() => "lost",
            outcome = self.run_held(leased.clone()) => outcome,
        };
        self.keeper.release(leased.lease);
        if outcome == "lost" {
            let id = leased.lease.job_id;
            tracing::warn!(job.id = %id, "lost the lease of job {id}; its work is dropped");
        }
        metrics::counter!("noctule_jobs_finished_total", "queue" => queue, "outcome" => outcome)
            .increment(1);
        metrics::histogram!("noctule_job_run_seconds", "queue" => queue).record(started.elapsed());
    }

    async fn run_held(&self, leased: LeasedJob) -> &'static str {
        let mut attempt = Attempt {
            leased,
            store: self.store.clone(),
            hinter: self.hinter.clone(),
            stop: self.stop.clone(),
            has_overlapped: false,
        };
        let mut ending = self.work(&attempt).await;
        for _ in 0..MAX_OVERLAPS {
            let (write, outcome) = write_of(&attempt, ending);
            let follow_ups = follow_ups(&write);
            match self.store_end(write).await {
                Ok(()) => {
                    for (queue, id) in follow_ups {
                        self.hinter.hint(queue, id);
                    }
                    return outcome;
                }
                Err(StoreError::AlreadyScored) => {
                    attempt.has_overlapped = true;
                    ending = self.work(&attempt).await;
                }
                Err(StoreError::LeaseLost) => return "lost",
                Err(error) => ending = Err(Ending::Failed(JobFailure::retryable(error))),
            }
        }
        // The lease runs out and another worker takes the job.
        tracing::error!(job.id = %attempt.job_id(), "could not store the end of job {}", attempt.job_id());
        "unstored"
    }

    async fn work(&self, attempt: &Attempt) -> Result<Done, Ending> {
        let job = match H::Job::decode(&attempt.leased.payload) {
            Ok(job) => job,
            Err(error) => return Err(Ending::Undecodable(JobFailure::permanent(error).chain())),
        };
        let limit = attempt.leased.queue.policy().time_limit;
        let work = AssertUnwindSafe(self.handler.handle(&job, attempt)).catch_unwind();
        match tokio::time::timeout(limit, work).await {
            Ok(Ok(Ok(done))) => Ok(done),
            Ok(Ok(Err(failure))) => Err(Ending::Failed(failure)),
            Ok(Err(panic)) => Err(Ending::Panicked(panic_message(&*panic))),
            Err(_) => Err(Ending::TimedOut),
        }
    }

    /// Stores the end of an attempt. While the database is away it keeps trying: the write is
    /// fenced, so it is right however late it comes, and losing the lease ends the waiting.
    async fn store_end(&self, write: JobWrite) -> Result<(), StoreError> {
        let write = Arc::new(write);
        loop {
            match self.store.write_job(Arc::clone(&write)).await {
                Err(error) if error.is_unavailable() => {
                    tracing::warn!(%error, "waiting to store the end of an attempt");
                    tokio::time::sleep(WRITE_PAUSE.mul_f64(1.0 + rand::random::<f64>())).await;
                }
                outcome => return outcome,
            }
        }
    }
}

fn write_of(attempt: &Attempt, ending: Result<Done, Ending>) -> (JobWrite, &'static str) {
    let id = attempt.job_id();
    match ending {
        Ok(done) => {
            let result = done.result.map(|value| value.to_string());
            let lease = attempt.leased.lease;
            (JobWrite::Succeed { lease, result, effects: done.effects }, "succeeded")
        }
        Err(ending) => {
            let outcome = ending.outcome();
            tracing::warn!(
                job.id = %id, job.attempt = attempt.leased.attempt, ?ending,
                "job {id} ended an attempt as {outcome}"
            );
            (ending.into_write(&attempt.leased, rand::random()), outcome)
        }
    }
}

fn follow_ups(write: &JobWrite) -> Vec<(noctule_jobs::Queue, noctule_domain::JobId)> {
    match write {
        JobWrite::Succeed { effects, .. } => {
            effects.jobs.iter().map(|job| (job.queue, job.id)).collect()
        }
        _ => Vec::new(),
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "…".to_owned())
}
