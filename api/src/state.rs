//! What all handlers share.

use std::sync::Arc;

use noctule_bootstrap::{Metrics, Process, Readiness};
use noctule_domain::{Clock, SystemClock};
use noctule_queue::Hinter;
use noctule_store::Store;
use tokio::sync::Semaphore;

use crate::{
    auth::{Keyring, TokenCache},
    intake::BODY_BUDGET_KIB,
    task_watcher::TaskWatcher,
};

/// What all handlers share; clones are the same state.
#[derive(Debug, Clone)]
pub struct AppState {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    hinter: Hinter,
    clock: Arc<dyn Clock>,
    keyring: Keyring,
    tokens: TokenCache,
    readiness: Readiness,
    metrics: Metrics,
    watcher: TaskWatcher,
    body_budget: Arc<Semaphore>,
}

impl AppState {
    /// Loads the signing keys and starts what runs beside the handlers.
    ///
    /// # Errors
    /// When the keys cannot be read or decrypted.
    pub async fn open(process: &Process) -> anyhow::Result<Self> {
        let keyring = Keyring::open(process).await?;
        let watcher = TaskWatcher::start(process.store.clone(), process.shutdown.clone());
        let inner = Inner {
            store: process.store.clone(),
            hinter: process.hinter.clone(),
            clock: Arc::new(SystemClock),
            keyring,
            tokens: TokenCache::default(),
            readiness: process.readiness.clone(),
            metrics: process.metrics.clone(),
            watcher,
            body_budget: Arc::new(Semaphore::new(BODY_BUDGET_KIB as usize)),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn hinter(&self) -> &Hinter {
        &self.inner.hinter
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.inner.keyring
    }

    pub(crate) fn tokens(&self) -> &TokenCache {
        &self.inner.tokens
    }

    pub(crate) fn readiness(&self) -> &Readiness {
        &self.inner.readiness
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    pub(crate) fn watcher(&self) -> &TaskWatcher {
        &self.inner.watcher
    }

    pub(crate) fn body_budget(&self) -> &Arc<Semaphore> {
        &self.inner.body_budget
    }
}
