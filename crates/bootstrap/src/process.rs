//! What a running process holds: its settings and its open connections.

use anyhow::Context;
use noctule_queue::{Hinter, Hints, WorkerSet, WorkerSetConfig};
use noctule_store::{Store, StoreConfig};
use tokio_util::sync::CancellationToken;

use crate::{Config, HealthCheck, LogTarget, Metrics, Readiness, health, shutdown, telemetry};

/// A running process: its settings and its open connections.
#[derive(Debug, Clone)]
pub struct Process {
    /// The settings.
    pub config: Config,
    /// The store, migrated.
    pub store: Store,
    /// How to reach the store once more.
    pub store_config: StoreConfig,
    /// Where hints travel.
    pub hints: Hints,
    /// Sends hints after commits.
    pub hinter: Hinter,
    /// What the process needs.
    pub readiness: Readiness,
    /// The process's metrics.
    pub metrics: Metrics,
    /// Fires when the process should end.
    pub shutdown: CancellationToken,
}

impl Process {
    /// Opens everything that the settings name. The first call in a process also starts logs,
    /// metrics and signals.
    ///
    /// # Errors
    /// When the database cannot be reached or used, or an address is wrong.
    pub async fn open(config: Config, logs: LogTarget) -> anyhow::Result<Self> {
        telemetry::start_logs(&config.log, logs)?;
        let metrics = telemetry::start_metrics()?;
        let shutdown = shutdown::on_signal()?;
        let store_config = StoreConfig {
            url: config.database_address(),
            max_connections: config.database_connections,
        };
        let store = Store::open(&store_config).await.context("cannot open the database")?;
        let hints = match &config.redis_url {
            Some(url) => Hints::redis(url.expose()).context("redis_url cannot be used")?,
            None => Hints::in_process(),
        };
        let hinter = Hinter::start(hints.clone());
        let readiness = Readiness::new(shutdown.clone());
        require_connections(&readiness, &store, &hints);
        Ok(Self { config, store, store_config, hints, hinter, readiness, metrics, shutdown })
    }

    /// An empty set of workers on this process's connections.
    ///
    /// # Errors
    /// When the system gives no thread for renewing leases.
    pub fn workers(&self) -> anyhow::Result<WorkerSet> {
        let config = WorkerSetConfig {
            store: self.store.clone(),
            store_config: self.store_config.clone(),
            hints: self.hints.clone(),
            hinter: self.hinter.clone(),
        };
        WorkerSet::new(config).context("cannot start the lease keeper")
    }

    /// Answers health checks on a port of their own, if the settings name one.
    pub fn serve_health(&self) {
        let Some(listen) = self.config.health_listen else { return };
        let (readiness, metrics) = (self.readiness.clone(), self.metrics.clone());
        let shutdown = self.shutdown.clone();
        tokio::spawn(async move {
            if let Err(error) = health::serve(listen, readiness, metrics, shutdown).await {
                tracing::error!(%error, "cannot answer health checks on {listen}");
            }
        });
    }
}

fn require_connections(readiness: &Readiness, store: &Store, hints: &Hints) {
    let store = store.clone();
    readiness.require("database", move || {
        let store = store.clone();
        async move {
            match store.ping().await {
                Ok(_) => {
                    HealthCheck::ready(if store.is_embedded() { "sqlite" } else { "postgres" })
                }
                Err(error) => HealthCheck::failed(error.to_string()),
            }
        }
    });
    let hints = hints.clone();
    readiness.require("hints", move || {
        let hints = hints.clone();
        async move {
            match (&hints, hints.is_reachable().await) {
                (Hints::InProcess(_), _) => HealthCheck::ready("in process"),
                (Hints::Redis(_), true) => HealthCheck::ready("redis"),
                (Hints::Redis(_), false) => HealthCheck::degraded(
                    "redis does not answer; workers look in the database instead",
                ),
            }
        }
    });
}
