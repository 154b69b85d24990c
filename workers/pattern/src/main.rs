//! The worker of queue `pattern` as a process of its own.

use std::process::ExitCode;

use noctule_jobs::Queue;
use noctule_worker_pattern::PatternWorker;

fn main() -> ExitCode {
    noctule_bootstrap::run_worker(Queue::Pattern, async |process, workers, slots| {
        let handler = PatternWorker::new(process.store.clone());
        Ok(workers.with(handler, slots))
    })
}
