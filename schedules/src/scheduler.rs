//! The loop that fires what is due.

use std::time::Duration;

use noctule_queue::Hinter;
use noctule_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

/// The time between two looks, so the most that a firing is late.
const PERIOD: Duration = Duration::from_secs(1);

/// Fires schedules when they are due.
#[derive(Debug)]
pub struct Scheduler {
    /// Where schedules are kept.
    pub store: Store,
    /// Wakes the workers of the jobs that are made.
    pub hinter: Hinter,
}

impl Scheduler {
    /// Fires until `shutdown` fires. An outage of the database delays firings and loses none.
    pub async fn run(self, shutdown: CancellationToken) {
        loop {
            if let Err(error) = self.fire_due().await {
                tracing::warn!(%error, "schedules could not be looked at");
            }
            let pause = PERIOD.mul_f64(0.9 + rand::random::<f64>() * 0.2);
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn fire_due(&self) -> Result<(), StoreError> {
        for due in self.store.due_schedules().await? {
            if let Some(job_id) = self.store.fire_schedule(&due).await? {
                tracing::info!(job.id = %job_id, "schedule {:?} made job {job_id}", due.name);
                metrics::counter!("noctule_schedule_fires_total").increment(1);
                self.hinter.hint(due.queue, job_id);
            }
        }
        Ok(())
    }
}
