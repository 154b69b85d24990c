//! Hints between threads: a bounded list for each queue.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use noctule_domain::JobId;
use noctule_jobs::Queue;
use tokio::sync::Notify;

use super::{Heard, MAX_HINTS};

/// The lists of all queues.
#[derive(Debug, Clone)]
pub struct InProcessHints {
    lists: Arc<HashMap<Queue, List>>,
}

#[derive(Debug, Default)]
struct List {
    ids: Mutex<VecDeque<JobId>>,
    added: Notify,
}

impl Default for InProcessHints {
    fn default() -> Self {
        let lists = Queue::ALL.into_iter().map(|queue| (queue, List::default()));
        Self { lists: Arc::new(lists.collect()) }
    }
}

impl InProcessHints {
    pub(super) fn push(&self, queue: Queue, ids: &[JobId]) {
        let list = &self.lists[&queue];
        let mut held = list.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MAX_HINTS.saturating_sub(held.len());
        held.extend(ids.iter().take(room));
        drop(held);
        list.added.notify_one();
    }

    pub(super) async fn listen(&self, queue: Queue, max: usize, patience: Duration) -> Heard {
        let list = &self.lists[&queue];
        let wait = async {
            loop {
                let ids = list.take(max);
                if !ids.is_empty() {
                    return ids;
                }
                // A permit of `notify_one` waits for us if it came before this line.
                list.added.notified().await;
            }
        };
        match tokio::time::timeout(patience, wait).await {
            Ok(ids) => Heard::Hints(ids),
            Err(_) => Heard::Silence,
        }
    }
}

impl List {
    fn take(&self, max: usize) -> Vec<JobId> {
        let mut held = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.len().min(max);
        let taken = held.drain(..count).collect();
        if !held.is_empty() {
            // Another reader may take the rest.
            self.added.notify_one();
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn hints_arrive_in_order_and_only_on_their_queue() {
        let hints = InProcessHints::default();
        let ids = [JobId::generate(), JobId::generate(), JobId::generate()];
        hints.push(Queue::Pattern, &ids);
        assert_eq!(hints.listen(Queue::Analysis, 9, SHORT).await, Heard::Silence);
        let first = hints.listen(Queue::Pattern, 2, SHORT).await;
        assert_eq!(first, Heard::Hints(ids[..2].to_vec()));
        let second = hints.listen(Queue::Pattern, 2, SHORT).await;
        assert_eq!(second, Heard::Hints(ids[2..].to_vec()));
    }

    #[tokio::test]
    async fn a_full_list_takes_no_more() {
        let hints = InProcessHints::default();
        let ids: Vec<_> = (0..MAX_HINTS + 50).map(|_| JobId::generate()).collect();
        hints.push(Queue::Analysis, &ids);
        let Heard::Hints(heard) = hints.listen(Queue::Analysis, usize::MAX, SHORT).await else {
            panic!("nothing was heard");
        };
        assert_eq!(heard, ids[..MAX_HINTS]);
    }
}
