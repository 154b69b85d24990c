//! Many small requests, one trip to the database.
//!
//! A commit waits for the disk (2.5 ms and more), and one disk can only do a few hundred a second;
//! a query waits for the network. So requests that arrive while one is under way wait together
//! and share the next. Nobody waits for company: a lone request goes at once.

use std::{future::Future, sync::Arc};

use tokio::sync::{Mutex, mpsc, oneshot};

use crate::StoreError;

/// The most requests that share a trip.
const MAX_ITEMS: usize = 256;
/// The most weight (lines) that shares a trip, so that a trip stays short.
const MAX_WEIGHT: usize = 20_000;
/// Requests that may wait; a caller beyond them waits for room.
const QUEUE_LENGTH: usize = 4_096;

/// What is done with a group.
pub(crate) trait GroupWork: Send + Sync + 'static {
    /// One request.
    type Item: Send + Sync + 'static;
    /// What its caller hears.
    type Outcome: Send + 'static;

    /// How much of [`MAX_WEIGHT`] the request takes.
    fn weight(item: &Self::Item) -> usize;

    /// Does all items in one transaction or query, or none of them.
    ///
    /// The outcomes are in the order of the items.
    fn run(
        &self,
        items: &[Self::Item],
    ) -> impl Future<Output = Result<Vec<Self::Outcome>, StoreError>> + Send;
}

/// The queue in front of a [`GroupWork`].
pub(crate) struct Groups<W: GroupWork> {
    sender: mpsc::Sender<Waiting<W>>,
}

struct Waiting<W: GroupWork> {
    item: W::Item,
    answer: oneshot::Sender<Result<W::Outcome, StoreError>>,
}

impl<W: GroupWork> Groups<W> {
    /// Starts `runners` tasks that each do one group at a time.
    pub(crate) fn start(work: W, runners: usize) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE_LENGTH);
        let receiver = Arc::new(Mutex::new(receiver));
        let work = Arc::new(work);
        for _ in 0..runners {
            tokio::spawn(run_groups(Arc::clone(&work), Arc::clone(&receiver)));
        }
        Self { sender }
    }

    /// Does `item` with whatever else waits, and tells what became of it.
    ///
    /// A caller that gives up waiting does not undo a write.
    pub(crate) async fn submit(&self, item: W::Item) -> Result<W::Outcome, StoreError> {
        let (answer, outcome) = oneshot::channel();
        let closed = || StoreError::from(sqlx::Error::PoolClosed);
        self.sender.send(Waiting { item, answer }).await.map_err(|_| closed())?;
        outcome.await.map_err(|_| closed())?
    }
}

async fn run_groups<W: GroupWork>(work: Arc<W>, receiver: Arc<Mutex<mpsc::Receiver<Waiting<W>>>>) {
    loop {
        // The lock is held while waiting, so exactly one runner gathers while the others run.
        let Some(group) = next_group(&mut *receiver.lock().await).await else { return };
        run_group(&*work, group).await;
    }
}

async fn next_group<W: GroupWork>(
    receiver: &mut mpsc::Receiver<Waiting<W>>,
) -> Option<Vec<Waiting<W>>> {
    let first = receiver.recv().await?;
    let mut weight = W::weight(&first.item);
    let mut group = vec![first];
    while group.len() < MAX_ITEMS && weight < MAX_WEIGHT {
        let Ok(next) = receiver.try_recv() else { break };
        weight += W::weight(&next.item);
        group.push(next);
    }
    Some(group)
}

/// Does a group; if it fails for a reason that may lie in one of its items, each item is done
/// alone, so that one bad request does not fail its neighbours.
async fn run_group<W: GroupWork>(work: &W, group: Vec<Waiting<W>>) {
    let (items, answers): (Vec<_>, Vec<_>) =
        group.into_iter().map(|waiting| (waiting.item, waiting.answer)).unzip();
    let whole = work.run(&items).await;
    let outcomes: Vec<Result<W::Outcome, StoreError>> = match whole {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        Err(error) if error.is_unavailable() || items.len() == 1 => {
            items.iter().map(|_| Err(error.clone())).collect()
        }
        Err(_) => {
            let mut outcomes = Vec::with_capacity(items.len());
            for item in &items {
                let alone = work.run(std::slice::from_ref(item)).await;
                outcomes.push(alone.map(|mut one| one.pop().expect("one outcome for one item")));
            }
            outcomes
        }
    };
    for (answer, outcome) in answers.into_iter().zip(outcomes) {
        // A caller that went away does not want its answer.
        let _ = answer.send(outcome);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as StdMutex;

    use super::*;

    /// Notes the size of each group; refuses groups that hold a 13.
    #[derive(Default)]
    struct Recorder {
        groups: Arc<StdMutex<Vec<usize>>>,
    }

    impl GroupWork for Recorder {
        type Item = u32;
        type Outcome = u32;

        fn weight(_: &u32) -> usize {
            1
        }

        async fn run(&self, items: &[u32]) -> Result<Vec<u32>, StoreError> {
            self.groups.lock().unwrap().push(items.len());
            tokio::task::yield_now().await;
            if items.contains(&13) {
                return Err(StoreError::LeaseLost);
            }
            Ok(items.iter().map(|item| item * 2).collect())
        }
    }

    #[tokio::test]
    async fn waiting_requests_share_trips_and_keep_their_answers() {
        let recorder = Recorder::default();
        let groups = Arc::clone(&recorder.groups);
        let commits = Arc::new(Groups::start(recorder, 1));
        let writes = (0..100).map(|n| {
            let commits = Arc::clone(&commits);
            tokio::spawn(async move { (n, commits.submit(n).await) })
        });
        for write in writes.collect::<Vec<_>>() {
            match write.await.unwrap() {
                (13, outcome) => assert!(matches!(outcome, Err(StoreError::LeaseLost))),
                (n, outcome) => assert_eq!(outcome.unwrap(), n * 2),
            }
        }
        let largest = *groups.lock().unwrap().iter().max().unwrap();
        assert!(largest > 1, "no two requests shared a trip");
    }
}
