//! Renews the leases of running jobs, on a thread and a connection of its own, so that no work,
//! however heavy, can starve it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use noctule_store::{Lease, Store, StoreConfig, StoreError};
use tokio_util::sync::CancellationToken;

/// How often the keeper looks at what it holds.
const PERIOD: Duration = Duration::from_millis(500);

/// The leases that this process holds.
#[derive(Debug, Default)]
pub(super) struct LeaseKeeper {
    held: Mutex<HashMap<Lease, Held>>,
}

#[derive(Debug)]
struct Held {
    span: Duration,
    /// When the lease was last known to be ours, by this machine's steady clock.
    renewed: Instant,
    lost: CancellationToken,
}

impl LeaseKeeper {
    /// Starts the keeper's thread. It ends soon after the last handle is dropped.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(config: StoreConfig) -> std::io::Result<Arc<Self>> {
        let keeper = Arc::new(Self::default());
        let observed = Arc::downgrade(&keeper);
        thread::Builder::new().name("lease-keeper".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime {
                Ok(runtime) => runtime.block_on(keep(observed, config)),
                Err(error) => tracing::error!(%error, "leases cannot be renewed"),
            }
        })?;
        Ok(keeper)
    }

    /// Looks after a lease from now on. The token fires when the lease is lost.
    pub(super) fn hold(&self, lease: Lease, span: Duration) -> CancellationToken {
        let lost = CancellationToken::new();
        let held = Held { span, renewed: Instant::now(), lost: lost.clone() };
        self.held().insert(lease, held);
        lost
    }

    /// Stops looking after a lease, because its job has ended.
    pub(super) fn release(&self, lease: Lease) {
        self.held().remove(&lease);
    }

    /// The leases that should be renewed now, by the span that they last.
    fn due(&self) -> HashMap<Duration, Vec<Lease>> {
        let mut due: HashMap<Duration, Vec<Lease>> = HashMap::new();
        for (lease, held) in self.held().iter() {
            if held.renewed.elapsed() >= held.span / 3 {
                due.entry(held.span).or_default().push(*lease);
            }
        }
        due
    }

    /// Notes which of the asked leases are still ours, and cancels the work on the others.
    fn settle(&self, asked: &[Lease], ours: &HashSet<Lease>) {
        let mut held = self.held();
        for lease in asked {
            if ours.contains(lease) {
                if let Some(held) = held.get_mut(lease) {
                    held.renewed = Instant::now();
                }
            } else if let Some(gone) = held.remove(lease) {
                gone.lost.cancel();
            }
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Lease, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn keep(keeper: Weak<LeaseKeeper>, config: StoreConfig) {
    let mut store = None;
    loop {
        tokio::time::sleep(PERIOD).await;
        let Some(keeper) = keeper.upgrade() else { return };
        for (span, leases) in keeper.due() {
            match renew(&mut store, &config, &leases, span).await {
                Ok(ours) => keeper.settle(&leases, &ours),
                // The work goes on: its result is fenced, so the worst is that it was in vain.
                Err(error) => {
                    tracing::warn!(%error, "could not renew {} leases", leases.len());
                    store = None;
                }
            }
        }
    }
}

async fn renew(
    store: &mut Option<Store>,
    config: &StoreConfig,
    leases: &[Lease],
    span: Duration,
) -> Result<HashSet<Lease>, StoreError> {
    let store = match store {
        Some(store) => store,
        empty => empty.insert(Store::connect(config).await?),
    };
    let started = Instant::now();
    let ours = store.renew_leases(leases, span).await?;
    metrics::histogram!("noctule_lease_renew_seconds").record(started.elapsed());
    Ok(ours)
}

#[cfg(test)]
mod tests {
    use noctule_domain::JobId;

    use super::*;

    #[test]
    fn a_lease_is_due_after_a_third_and_lost_when_it_is_not_ours() {
        let keeper = LeaseKeeper::default();
        let [fresh, due] = [1, 2].map(|token| Lease { job_id: JobId::generate(), token });
        keeper.hold(fresh, Duration::from_hours(1));
        let lost = keeper.hold(due, Duration::ZERO);
        assert_eq!(keeper.due(), HashMap::from([(Duration::ZERO, vec![due])]));
        keeper.settle(&[due], &HashSet::from([due]));
        assert!(!lost.is_cancelled());
        keeper.settle(&[due], &HashSet::new());
        assert!(lost.is_cancelled());
        assert_eq!(keeper.due(), HashMap::new());
    }
}
