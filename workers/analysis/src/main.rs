//! The worker of queue `analysis` as a process of its own.

use std::process::ExitCode;

use noctule_jobs::Queue;
use noctule_scoring::Pipeline;
use noctule_worker_analysis::AnalysisWorker;

fn main() -> ExitCode {
    noctule_bootstrap::run_worker(Queue::Analysis, async |process, workers, slots| {
        let pipeline = Pipeline::open(&process).await?;
        let handler = AnalysisWorker { store: process.store.clone(), pipeline };
        Ok(workers.with(handler, slots))
    })
}
