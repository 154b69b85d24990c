//! The frame of every process: from the command line to a clean end.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Parser;
use noctule_jobs::Queue;
use noctule_queue::{Hinter, Hints, WorkerSet, WorkerSetConfig};
use noctule_store::{Store, StoreConfig};
use tokio_util::sync::CancellationToken;

use crate::{
    Config, ConfigSource, HealthCheck, LogTarget, Metrics, Readiness, health, shutdown, telemetry,
};

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

/// The command line that all processes of the fleet share.
#[derive(Debug, Clone, Parser)]
#[command(version)]
pub struct WorkerArguments {
    /// A TOML file with settings.
    #[arg(long, env = "NOCTULE_CONFIG")]
    config: Option<PathBuf>,
    /// The folder for the model and keys.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// How many jobs to hold at once (the queue's default when not given).
    #[arg(long)]
    concurrency: Option<u32>,
    /// Where to answer /livez, /readyz and /metrics.
    #[arg(long)]
    health_listen: Option<SocketAddr>,
    /// What turns text into vectors: minilm or hashing.
    #[arg(long)]
    embedder: Option<String>,
}

impl WorkerArguments {
    fn source(&self) -> ConfigSource {
        let mut source = ConfigSource::from_environment();
        source.file = self.config.clone().or(source.file);
        let mut set = |name, value: Option<String>| {
            source.overrides.extend(value.map(|value| (name, value)));
        };
        set("data_dir", self.data_dir.as_ref().map(|path| path.display().to_string()));
        set("health_listen", self.health_listen.map(|address| address.to_string()));
        set("model.embedder", self.embedder.clone());
        source
    }
}

/// Runs a process of the fleet: reads its command line and settings, opens its connections, and
/// hands over to `body` until that returns.
pub fn run<F>(body: impl FnOnce(Process, WorkerArguments) -> F) -> ExitCode
where
    F: Future<Output = anyhow::Result<()>>,
{
    let arguments = WorkerArguments::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")
        .and_then(|runtime| {
            runtime.block_on(async {
                let source = arguments.source();
                let config = source.load()?;
                let process = Process::open(config, LogTarget::Output).await?;
                for name in source.unknown_variables() {
                    tracing::warn!("{name} is not a setting; is it misspelt?");
                }
                process.serve_health();
                body(process, arguments).await
            })
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a process that is one worker. `add` puts the worker's handler into the set, with as many
/// slots as it is given.
pub fn run_worker<F>(queue: Queue, add: impl FnOnce(Process, WorkerSet, u32) -> F) -> ExitCode
where
    F: Future<Output = anyhow::Result<WorkerSet>>,
{
    run(async |process, arguments| {
        let slots = arguments.concurrency.unwrap_or(process.config.workers.slots(queue));
        let workers = add(process.clone(), process.workers()?, slots).await?;
        tracing::info!("worker for queue {queue} is ready, with {slots} slots");
        workers.run(process.shutdown.clone()).await?;
        Ok(())
    })
}
