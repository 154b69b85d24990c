//! The worker of queue `batch_processing` as a process of its own.

use std::process::ExitCode;

use noctule_jobs::Queue;
use noctule_scoring::Pipeline;
use noctule_worker_batch::BatchWorker;

fn main() -> ExitCode {
    noctule_bootstrap::run_worker(Queue::BatchProcessing, async |process, workers, slots| {
        let pipeline = Pipeline::open(&process).await?;
        let handler = BatchWorker { store: process.store.clone(), pipeline };
        Ok(workers.with(handler, slots))
    })
}
