//! Claims jobs for one worker: up to its free slots, by hint when there is one, by looking when
//! there is not.

use std::{sync::Arc, time::Duration};

use noctule_domain::JobId;
use noctule_jobs::Queue;
use noctule_store::{Claim, LeasedJob, Store, StoreError};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::hints::{Heard, HintReader};

/// How long to wait for a hint before looking in the store. Also the longest time for which a job
/// without a hint can be overlooked.
const PATIENCE: Duration = Duration::from_secs(1);
/// The same while hints cannot reach us.
const DEAF_PATIENCE: Duration = Duration::from_millis(200);
/// The pause after the store could not be asked.
const OUTAGE_PAUSE: Duration = Duration::from_millis(500);
/// The shortest time from one hinted claim to the next. The first hint after a pause is followed at
/// once; under load, hints gather meanwhile, and one claim and one commit serve many jobs.
const GATHERING: Duration = Duration::from_millis(10);
/// The most jobs in one claim.
const MAX_CLAIM: usize = 256;

/// A claimed job on its way to a handler, with the slot that it takes up.
#[derive(Debug)]
pub(super) struct ClaimedJob {
    pub(super) leased: LeasedJob,
    pub(super) slot: OwnedSemaphorePermit,
}

/// Claims until it is told to stop.
pub(super) struct Claimer {
    pub(super) store: Store,
    pub(super) hints: HintReader,
    pub(super) queue: Queue,
    pub(super) worker: String,
    pub(super) slots: Arc<Semaphore>,
    pub(super) claimed: mpsc::Sender<ClaimedJob>,
    pub(super) stop: CancellationToken,
}

impl Claimer {
    /// Dropping the sender at the end tells the worker that no more jobs will come.
    pub(super) async fn run(mut self) {
        let stop = self.stop.clone();
        let (mut looked, mut hinted) = (None, None::<Instant>);
        loop {
            if let Some(hinted) = hinted {
                tokio::time::sleep_until(hinted + GATHERING).await;
            }
            let slots = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                slots = free_slots(&self.slots) => slots,
            };
            // Claiming itself is not cancelled: a claim whose answer nobody reads would hold its
            // jobs until their leases end.
            let outcome = match self.choose(slots.len(), looked, &stop).await {
                Choice::Stop => return,
                Choice::Hinted(ids) => {
                    hinted = Some(Instant::now());
                    self.claim_hinted(slots.len(), &ids).await
                }
                Choice::Look => {
                    looked = Some(Instant::now());
                    let outcome = self.claim_next(slots.len()).await;
                    if outcome.as_ref().is_ok_and(|jobs| jobs.len() == slots.len()) {
                        // There may be more: look again as soon as a slot is free.
                        looked = None;
                    }
                    outcome
                }
            };
            match outcome {
                Ok(jobs) => self.hand_over(jobs, slots).await,
                Err(error) => {
                    tracing::warn!(%error, queue = %self.queue, "could not claim jobs");
                    looked = Some(Instant::now());
                    tokio::time::sleep(OUTAGE_PAUSE.mul_f64(1.0 + rand::random::<f64>())).await;
                }
            }
        }
    }

    /// Decides how to claim next. It looks at once while a look may find more, else after at most
    /// [`PATIENCE`], so that jobs without a hint are found even while hints keep coming.
    async fn choose(
        &mut self,
        slots: usize,
        looked: Option<Instant>,
        stop: &CancellationToken,
    ) -> Choice {
        let Some(looked) = looked else { return Choice::Look };
        let patience = PATIENCE.saturating_sub(looked.elapsed());
        if patience.is_zero() {
            return Choice::Look;
        }
        let heard = tokio::select! {
            biased;
            () = stop.cancelled() => return Choice::Stop,
            heard = self.hints.listen(slots, patience) => heard,
        };
        match heard {
            Heard::Hints(ids) => Choice::Hinted(ids),
            Heard::Silence => Choice::Look,
            Heard::Deaf => {
                tokio::time::sleep(DEAF_PATIENCE.min(patience)).await;
                Choice::Look
            }
        }
    }

    async fn claim_hinted(
        &self,
        limit: usize,
        ids: &[JobId],
    ) -> Result<Vec<LeasedJob>, StoreError> {
        let claimed = self.store.claim_hinted(&self.claim(limit), ids).await;
        self.count("hinted", &claimed);
        claimed
    }

    async fn claim_next(&self, limit: usize) -> Result<Vec<LeasedJob>, StoreError> {
        let claimed = self.store.claim_next(&self.claim(limit)).await;
        self.count("next", &claimed);
        claimed
    }

    fn claim(&self, limit: usize) -> Claim<'_> {
        let lease = self.queue.policy().lease;
        Claim { queue: self.queue, owner: &self.worker, lease, limit }
    }

    fn count(&self, how: &'static str, claimed: &Result<Vec<LeasedJob>, StoreError>) {
        if let Ok(jobs) = claimed {
            let labels = [("queue", self.queue.name()), ("how", how)];
            metrics::counter!("noctule_jobs_started_total", &labels).increment(jobs.len() as u64);
        }
    }

    async fn hand_over(&self, jobs: Vec<LeasedJob>, slots: Vec<OwnedSemaphorePermit>) {
        for (leased, slot) in jobs.into_iter().zip(slots) {
            // The channel has room for every slot; it is closed only when the worker is gone.
            let _ = self.claimed.send(ClaimedJob { leased, slot }).await;
        }
    }
}

enum Choice {
    Stop,
    Look,
    Hinted(Vec<JobId>),
}

/// Waits for a free slot and takes all that are free, up to one claim's worth.
async fn free_slots(slots: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let take = |count| Arc::clone(slots).acquire_many_owned(count);
    let first = take(1).await.expect("the semaphore is never closed");
    let mut taken = vec![first];
    while taken.len() < MAX_CLAIM {
        let Ok(slot) = Arc::clone(slots).try_acquire_owned() else { break };
        taken.push(slot);
    }
    taken
}
