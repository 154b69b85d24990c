//! The worker of queue `maintenance` as a process of its own.

use std::process::ExitCode;

use noctule_jobs::Queue;
use noctule_worker_maintenance::MaintenanceWorker;

fn main() -> ExitCode {
    noctule_bootstrap::run_worker(Queue::Maintenance, async |process, workers, slots| {
        let handler = MaintenanceWorker::new(process.store.clone(), process.hinter.clone());
        Ok(workers.with(handler, slots))
    })
}
