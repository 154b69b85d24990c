//! The worker of queue `real_time` as a process of its own.

use std::process::ExitCode;

use noctule_jobs::Queue;
use noctule_scoring::Pipeline;
use noctule_worker_real_time::RealTimeWorker;

fn main() -> ExitCode {
    noctule_bootstrap::run_worker(Queue::RealTime, async |process, workers, slots| {
        let pipeline = Pipeline::open(&process).await?;
        let handler = RealTimeWorker { store: process.store.clone(), pipeline };
        Ok(workers.with(handler, slots))
    })
}
