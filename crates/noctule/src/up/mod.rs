//! `noctule up`: the whole fleet in one process.

mod welcome;

use std::sync::Arc;

use noctule_api::{AppState, FirstCredentials, bind, ensure_credentials, serve};
use noctule_bootstrap::{Config, ConfigSource, InstanceLock, LogTarget, Process};
use noctule_jobs::Queue;
use noctule_queue::WorkerSet;
use noctule_schedules::{Scheduler, ensure_defaults};
use noctule_scoring::Pipeline;
use noctule_worker_analysis::AnalysisWorker;
use noctule_worker_batch::BatchWorker;
use noctule_worker_maintenance::MaintenanceWorker;
use noctule_worker_notification::NotificationWorker;
use noctule_worker_pattern::PatternWorker;
use noctule_worker_real_time::RealTimeWorker;

use crate::{client::Client, model};

/// Runs everything until a signal comes and what has begun is done.
pub(crate) fn up(config: Config, source: &ConfigSource) -> anyhow::Result<()> {
    // Two processes on one SQLite file would each believe that they are the whole fleet.
    let is_embedded = config.is_embedded();
    let _lock = is_embedded.then(|| InstanceLock::take(&config.data_dir)).transpose()?;
    model::ensure_configured(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(config, source))
}

async fn run(config: Config, source: &ConfigSource) -> anyhow::Result<()> {
    let process = Process::open(config, LogTarget::Output).await?;
    for name in source.unknown_variables() {
        tracing::warn!("{name} is not a setting; is it misspelt?");
    }
    // First of all, so that a port in use is told before anything is made.
    let listener = bind(process.config.listen).await?;
    if process.store.is_embedded() {
        // The lock above says that nobody else is at work here.
        process.store.end_all_leases().await?;
    }
    let first = ensure_credentials(&process).await?;
    keep_client(&process.config, first.as_ref())?;
    ensure_defaults(&process.store).await?;
    let pipeline = Pipeline::open(&process).await?;
    let state = AppState::open(&process).await?;
    process.serve_health();
    let scheduler = Scheduler { store: process.store.clone(), hinter: process.hinter.clone() };
    let scheduler = tokio::spawn(scheduler.run(process.shutdown.clone()));
    let workers = tokio::spawn(all_workers(&process, &pipeline)?.run(process.shutdown.clone()));
    let api = tokio::spawn(serve(listener, state, process.shutdown.clone()));
    welcome::print(&process.config, first.as_ref(), pipeline.model_version());
    // Workers end by themselves only when something is badly wrong; then all the rest ends too.
    let outcome = workers.await?;
    process.shutdown.cancel();
    api.await?;
    scheduler.await?;
    process.store.close().await;
    Ok(outcome?)
}

fn all_workers(process: &Process, pipeline: &Arc<Pipeline>) -> anyhow::Result<WorkerSet> {
    let (store, hinter) = (process.store.clone(), process.hinter.clone());
    let pipeline = || Arc::clone(pipeline);
    let slots = |queue| process.config.workers.slots(queue);
    let analysis = AnalysisWorker { store: store.clone(), pipeline: pipeline() };
    let real_time = RealTimeWorker { store: store.clone(), pipeline: pipeline() };
    let batch = BatchWorker { store: store.clone(), pipeline: pipeline() };
    let notification = NotificationWorker::new(store.clone(), &process.config.smtp)?;
    let maintenance = MaintenanceWorker::new(store.clone(), hinter);
    Ok(process
        .workers()?
        .with(analysis, slots(Queue::Analysis))
        .with(real_time, slots(Queue::RealTime))
        .with(batch, slots(Queue::BatchProcessing))
        .with(PatternWorker::new(store), slots(Queue::Pattern))
        .with(notification, slots(Queue::Notifications))
        .with(maintenance, slots(Queue::Maintenance)))
}

/// Keeps what other commands on this machine need to reach this server.
fn keep_client(config: &Config, first: Option<&FirstCredentials>) -> anyhow::Result<()> {
    let url = format!("http://{}", config.listen);
    let client = match first {
        Some(first) => Client {
            url,
            key_id: first.key_id.clone(),
            key: first.hmac_key.clone(),
            token: first.admin_token.clone(),
        },
        None => match Client::read(config) {
            Some(kept) => Client { url, ..kept },
            None => return Ok(()),
        },
    };
    client.keep(config)
}
