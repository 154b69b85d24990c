//! Looks after jobs that nobody has: those whose worker fell silent, and those whose hint was
//! lost. Every worker process runs one; together they do the same work, only sooner.

use std::time::Duration;

use noctule_jobs::Queue;
use noctule_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::hints::{Hints, MAX_HINTS};

/// The time between two looks; a rescue comes at most this much after the end of its lease.
const PERIOD: Duration = Duration::from_millis(500);
/// A job whose hint is older than this is hinted again. Long enough that a worker which is merely
/// busy is not hinted twice.
const HINT_SILENCE: Duration = Duration::from_secs(5);

/// Rescues and hints until it is told to stop.
pub(crate) async fn dispatch(
    store: Store,
    hints: Hints,
    queues: Vec<Queue>,
    stop: CancellationToken,
) {
    loop {
        // Jitter keeps the looks of many processes apart.
        let pause = PERIOD.mul_f64(0.75 + rand::random::<f64>() * 0.5);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        if let Err(error) = look(&store, &hints, &queues).await {
            tracing::debug!(%error, "the dispatcher could not look");
        }
    }
}

async fn look(store: &Store, hints: &Hints, queues: &[Queue]) -> Result<(), StoreError> {
    let rescued = store.rescue_jobs().await?;
    for job in &rescued {
        tracing::warn!(job.id = %job.id, queue = %job.queue, "rescued job {} from a silent worker", job.id);
        metrics::counter!("noctule_leases_lost_total", "queue" => job.queue.name()).increment(1);
        hints.push(job.queue, &[job.id]).await;
    }
    for queue in queues {
        let forgotten = store.take_unhinted(*queue, HINT_SILENCE, MAX_HINTS).await?;
        if !forgotten.is_empty() {
            hints.push(*queue, &forgotten).await;
        }
    }
    Ok(())
}
