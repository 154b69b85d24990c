//! Hinting after a commit, without making the committer wait.

use std::time::Duration;

use noctule_domain::JobId;
use noctule_jobs::Queue;
use tokio::{sync::mpsc, time::Instant};

use super::Hints;

/// Hints that may wait to be sent; beyond them hints are dropped, and workers find the jobs at
/// their next look.
const WAITING: usize = 8_192;
/// How long hints are dropped after a list could not be reached, so that a dead Redis is not
/// asked for each job.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Sends hints in the background. Clones share the queue.
#[derive(Debug, Clone)]
pub struct Hinter {
    sender: mpsc::Sender<(Queue, JobId)>,
}

impl Hinter {
    /// Starts the background task; it ends when the last clone is dropped.
    #[must_use]
    pub fn start(hints: Hints) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(send_hints(hints, receiver));
        Self { sender }
    }

    /// Hints for a job that has just been committed. Never waits and never fails.
    pub fn hint(&self, queue: Queue, id: JobId) {
        if self.sender.try_send((queue, id)).is_err() {
            metrics::counter!("noctule_hints_dropped_total", "queue" => queue.name()).increment(1);
        }
    }
}

async fn send_hints(hints: Hints, mut receiver: mpsc::Receiver<(Queue, JobId)>) {
    let mut group = Vec::new();
    let mut paused_until: Option<Instant> = None;
    while receiver.recv_many(&mut group, WAITING).await > 0 {
        if paused_until.is_some_and(|until| Instant::now() < until) {
            group.clear();
            continue;
        }
        group.sort_by_key(|(queue, _)| *queue);
        let mut reached = true;
        for hinted in group.chunk_by(|a, b| a.0 == b.0) {
            let ids: Vec<_> = hinted.iter().map(|(_, id)| *id).collect();
            reached &= hints.push(hinted[0].0, &ids).await;
        }
        paused_until = (!reached).then(|| Instant::now() + PAUSE_AFTER_FAILURE);
        group.clear();
    }
}
