//! The signing keys, decrypted and in memory, as fresh as a few seconds.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use noctule_bootstrap::Process;
use noctule_domain::{TenantId, TenantScope};
use noctule_store::Store;

use super::master_key::MasterKey;

/// How soon a new key works and a revoked one stops working.
const REFRESH: Duration = Duration::from_secs(5);
/// Keys that are tried when the request names none.
const MAX_TRIED: usize = 3;

/// All signing keys that are not revoked.
#[derive(Debug)]
pub(crate) struct Keyring {
    keys: Arc<RwLock<Arc<[Key]>>>,
}

/// A signing key, ready to check with.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) scope: TenantScope,
    pub(super) secret: Vec<u8>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Keyring {
    /// Loads the keys and keeps them fresh until the process ends.
    pub(crate) async fn open(process: &Process) -> anyhow::Result<Self> {
        let master = MasterKey::load(&process.config)?;
        let keys = Arc::new(RwLock::new(load(&process.store, &master).await?));
        let (kept, store) = (Arc::clone(&keys), process.store.clone());
        let shutdown = process.shutdown.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(REFRESH) => {}
                    () = shutdown.cancelled() => return,
                }
                match load(&store, &master).await {
                    Ok(fresh) => *kept.write().unwrap_or_else(PoisonError::into_inner) = fresh,
                    Err(error) => tracing::warn!("signing keys are not refreshed: {error:#}"),
                }
            }
        });
        Ok(Self { keys })
    }

    /// The keys that a request may have been signed with: the one that it names, else the first
    /// few of the default tenant.
    pub(super) fn candidates(&self, key_id: Option<&str>) -> Vec<Key> {
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        let fits = |key: &&Key| match key_id {
            Some(name) => key.name == name,
            None => key.scope.tenant_id() == TenantId::DEFAULT,
        };
        keys.iter().filter(fits).take(MAX_TRIED).cloned().collect()
    }
}

async fn load(store: &Store, master: &MasterKey) -> anyhow::Result<Arc<[Key]>> {
    let stored = store.signing_keys().await?;
    let open = |key: noctule_store::SigningKey| {
        let secret = master.open(&key.key_id, &key.sealed_secret)?;
        Ok(Key { name: key.key_id, scope: TenantScope::of(key.tenant_id), secret })
    };
    stored.into_iter().map(open).collect()
}
