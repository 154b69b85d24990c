//! The worker of queue `notifications` as a process of its own.

use std::process::ExitCode;

use noctule_jobs::Queue;
use noctule_worker_notification::NotificationWorker;

fn main() -> ExitCode {
    noctule_bootstrap::run_worker(Queue::Notifications, async |process, workers, slots| {
        let handler = NotificationWorker::new(process.store.clone(), &process.config.smtp)?;
        Ok(workers.with(handler, slots))
    })
}
