//! Waiting for tasks: one query for all who wait, however many they are.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use noctule_domain::JobId;
use noctule_store::Store;
use tokio::{
    sync::{Notify, oneshot},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

/// How often the store is asked while somebody began to wait a moment ago.
const QUICK: Duration = Duration::from_millis(10);
/// How often it is asked when all have waited for a while.
const SLOW: Duration = Duration::from_millis(100);
/// How long a wait counts as new.
const NEW: Duration = Duration::from_secs(2);
/// The most tasks in one query.
const MAX_ASKED: usize = 1_000;

/// Tells waiters when their tasks have ended.
#[derive(Debug)]
pub(crate) struct TaskWatcher {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<HashMap<JobId, Vec<Waiter>>>,
    came: Notify,
}

#[derive(Debug)]
struct Waiter {
    since: Instant,
    ended: oneshot::Sender<()>,
}

impl TaskWatcher {
    pub(crate) fn start(store: Store, shutdown: CancellationToken) -> Self {
        let shared = Arc::new(Shared::default());
        tokio::spawn(watch(Arc::clone(&shared), store, shutdown));
        Self { shared }
    }

    /// Waits until a task has ended for good, at most `patience`, or until the process ends.
    pub(crate) async fn wait(&self, id: JobId, patience: Duration) {
        let (ended, end) = oneshot::channel();
        let waiter = Waiter { since: Instant::now(), ended };
        self.shared.waiting().entry(id).or_default().push(waiter);
        self.shared.came.notify_one();
        // Whether the task has ended or the time is over, the caller looks for itself.
        let _ = tokio::time::timeout(patience, end).await;
    }
}

impl Shared {
    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, Vec<Waiter>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets those who have gone, and gives the ids that somebody still waits for.
    fn awaited(&self) -> (Vec<JobId>, bool) {
        let mut waiting = self.waiting();
        waiting.retain(|_, waiters| {
            waiters.retain(|waiter| !waiter.ended.is_closed());
            !waiters.is_empty()
        });
        let is_new = waiting.values().flatten().any(|waiter| waiter.since.elapsed() < NEW);
        (waiting.keys().take(MAX_ASKED).copied().collect(), is_new)
    }

    fn tell(&self, ended: &[JobId]) {
        let mut waiting = self.waiting();
        for waiter in ended.iter().filter_map(|id| waiting.remove(id)).flatten() {
            let _ = waiter.ended.send(());
        }
    }
}

async fn watch(shared: Arc<Shared>, store: Store, shutdown: CancellationToken) {
    loop {
        let (awaited, is_new) = shared.awaited();
        if awaited.is_empty() {
            tokio::select! {
                () = shared.came.notified() => continue,
                () = shutdown.cancelled() => return,
            }
        }
        match store.final_among(&awaited).await {
            Ok(ended) => shared.tell(&ended),
            Err(error) => tracing::debug!(%error, "could not look after awaited tasks"),
        }
        tokio::select! {
            () = tokio::time::sleep(if is_new { QUICK } else { SLOW }) => {}
            () = shutdown.cancelled() => {
                // Whoever waits is answered with what is known now.
                shared.waiting().clear();
                return;
            }
        }
    }
}
