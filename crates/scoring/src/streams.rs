//! How often each tenant's templates were seen: the ground for rarity, shared by all workers
//! through the store.

use std::{collections::HashMap, time::Duration};

use noctule_detection::line::{MAX_TEMPLATES, RarityTable};
use noctule_domain::{TemplateKey, TenantId, TenantScope, Timestamp};
use noctule_store::{KnownTemplate, Store, StoreError};
use tokio::{sync::Mutex, time::Instant};

/// How old a process's knowledge of others' counts may be.
const REFRESH: Duration = Duration::from_secs(5);

/// The counts of all tenants that this process has met.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    by_tenant: Mutex<HashMap<TenantId, Stream>>,
}

/// One tenant's counts.
#[derive(Debug)]
struct Stream {
    rarity: RarityTable,
    /// The newest change in the store that is known here.
    seen_until: Timestamp,
    refreshed: Instant,
}

impl Streams {
    /// Calls `judge` with the tenant's counts, fresh to a few seconds.
    pub(crate) async fn with<T>(
        &self,
        store: &Store,
        scope: TenantScope,
        judge: impl FnOnce(&mut RarityTable) -> T,
    ) -> Result<T, StoreError> {
        let mut by_tenant = self.by_tenant.lock().await;
        let stream = match by_tenant.entry(scope.tenant_id()) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(Stream::load(store, scope).await?)
            }
        };
        if stream.refreshed.elapsed() >= REFRESH {
            stream.refresh(store, scope).await?;
        }
        Ok(judge(&mut stream.rarity))
    }
}

impl Stream {
    async fn load(store: &Store, scope: TenantScope) -> Result<Self, StoreError> {
        let known = store.templates_since(scope, Timestamp::MIN, MAX_TEMPLATES).await?;
        let counts = known.iter().map(|template| (template.template, count_of(template)));
        Ok(Self {
            rarity: RarityTable::from_counts(counts),
            seen_until: newest(&known, Timestamp::MIN),
            refreshed: Instant::now(),
        })
    }

    /// Takes over what others have counted. The store's count holds our own lines too, once they
    /// are committed, so only what it has more than we have is added; until our commits are done
    /// others' lines may seem a little fewer than they are.
    async fn refresh(&mut self, store: &Store, scope: TenantScope) -> Result<(), StoreError> {
        let changed = store.templates_since(scope, self.seen_until, MAX_TEMPLATES).await?;
        for template in &changed {
            let key: TemplateKey = template.template;
            let missing = count_of(template).saturating_sub(self.rarity.count(key));
            if missing > 0 {
                self.rarity.add(key, missing);
            }
        }
        self.seen_until = newest(&changed, self.seen_until);
        self.refreshed = Instant::now();
        Ok(())
    }
}

fn count_of(template: &KnownTemplate) -> u64 {
    u64::try_from(template.lines).unwrap_or(0)
}

fn newest(templates: &[KnownTemplate], before: Timestamp) -> Timestamp {
    templates.iter().map(|template| template.changed_at).max().unwrap_or(before).max(before)
}
