//! The workers of one process, run together until the process should end.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use apalis::prelude::{Monitor, WorkerBuilder};
use apalis_core::worker::{
    event::Event,
    ext::{event_listener::EventListenerExt, parallelize::ParallelizeExt},
};
use noctule_jobs::{Job, Queue};
use noctule_store::{Store, StoreConfig};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    attempt::AttemptRunner,
    backend::LeaseBackend,
    claimer::{ClaimedJob, Claimer},
    handler::Handler,
    lease_keeper::LeaseKeeper,
};
use crate::{Hinter, Hints, dispatcher::dispatch};

/// How long running jobs may take to end after the process was asked to.
const GRACE: Duration = Duration::from_secs(25);

/// What the workers of a process share.
#[derive(Debug, Clone)]
pub struct WorkerSetConfig {
    /// The store.
    pub store: Store,
    /// How to reach it once more, for the thread that renews leases.
    pub store_config: StoreConfig,
    /// Where hints travel.
    pub hints: Hints,
    /// For jobs that follow from jobs.
    pub hinter: Hinter,
}

/// Workers that run in this process, one for each handler.
pub struct WorkerSet {
    config: WorkerSetConfig,
    keeper: Arc<LeaseKeeper>,
    monitor: Monitor,
    queues: Vec<Queue>,
    /// The slots of each worker, and how many there are.
    slots: Vec<(Arc<Semaphore>, u32)>,
    /// Fired when no more jobs should be claimed and long ones should stop at a checkpoint.
    stop: CancellationToken,
    unexpected_end: Arc<AtomicBool>,
}

impl fmt::Debug for WorkerSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerSet").field("queues", &self.queues).finish_non_exhaustive()
    }
}

impl WorkerSet {
    /// An empty set.
    ///
    /// # Errors
    /// When the system gives no thread for renewing leases.
    pub fn new(config: WorkerSetConfig) -> std::io::Result<Self> {
        let keeper = LeaseKeeper::start(config.store_config.clone())?;
        Ok(Self {
            config,
            keeper,
            monitor: Monitor::new(),
            queues: Vec::new(),
            slots: Vec::new(),
            stop: CancellationToken::new(),
            unexpected_end: Arc::default(),
        })
    }

    /// Adds a worker that holds up to `slots` jobs of its handler's queue at once.
    #[must_use]
    pub fn with<H: Handler>(mut self, handler: H, slots: u32) -> Self {
        let queue = H::Job::QUEUE;
        self.queues.push(queue);
        let count = slots.max(1);
        let slots = Arc::new(Semaphore::new(count as usize));
        self.slots.push((Arc::clone(&slots), count));
        let runner = Arc::new(AttemptRunner {
            handler,
            store: self.config.store.clone(),
            hinter: self.config.hinter.clone(),
            keeper: Arc::clone(&self.keeper),
            stop: self.stop.clone(),
        });
        let (config, stop) = (self.config.clone(), self.stop.clone());
        let ended = Arc::clone(&self.unexpected_end);
        self.monitor = self.monitor.register(move |_restarts| {
            let name = worker_name(queue);
            let (sender, receiver) = mpsc::channel(count as usize);
            let claimer = Claimer {
                store: config.store.clone(),
                hints: config.hints.reader(queue),
                queue,
                worker: name.clone(),
                slots: Arc::clone(&slots),
                claimed: sender,
                stop: stop.clone(),
            };
            tokio::spawn(claimer.run());
            let (runner, stop, ended) = (Arc::clone(&runner), stop.clone(), Arc::clone(&ended));
            WorkerBuilder::new(name)
                .backend(LeaseBackend::new(receiver))
                .parallelize(tokio::spawn)
                .on_event(move |_, event| {
                    if matches!(event, Event::Exit) && !stop.is_cancelled() {
                        // A process that works on some of its queues only looks healthy and is
                        // not, so the others end too.
                        ended.store(true, Ordering::SeqCst);
                        stop.cancel();
                    }
                })
                .build(move |claimed: ClaimedJob| {
                    let runner = Arc::clone(&runner);
                    async move {
                        runner.run(claimed.leased).await;
                        drop(claimed.slot);
                    }
                })
        });
        self
    }

    /// Runs all workers until `shutdown` fires and their running jobs have ended, or the grace
    /// time is over. Jobs that are cut off then are rescued by others when their leases end.
    ///
    /// # Errors
    /// When a worker ended although nobody asked it to; the process should end too.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), UnexpectedEnd> {
        let dispatcher = tokio::spawn(dispatch(
            self.config.store.clone(),
            self.config.hints.clone(),
            self.queues.clone(),
            self.stop.clone(),
        ));
        let (stop, slots) = (self.stop.clone(), self.slots);
        let all_done = async move {
            stop.cancelled().await;
            // A slot is taken from before the claim until the end of its job is stored.
            for (slots, count) in slots {
                let _all = slots.acquire_many(count).await;
            }
            Ok(())
        };
        let mut workers = std::pin::pin!(self.monitor.run_with_signal(all_done));
        let ended_early = tokio::select! {
            _ = &mut workers => true,
            () = shutdown.cancelled() => false,
        };
        self.stop.cancel();
        if !ended_early && tokio::time::timeout(GRACE, workers).await.is_err() {
            tracing::warn!("jobs still ran after {GRACE:?}; others will take them over");
        }
        dispatcher.abort();
        if ended_early || self.unexpected_end.load(Ordering::SeqCst) {
            return Err(UnexpectedEnd);
        }
        Ok(())
    }
}

/// A worker ended although nobody asked it to.
#[derive(Debug, thiserror::Error)]
#[error("a worker ended by itself")]
pub struct UnexpectedEnd;

/// A name that no other worker has or had: `analysis@host#1a2b3c4d`.
fn worker_name(queue: Queue) -> String {
    static HOST: Mutex<Option<String>> = Mutex::new(None);
    let mut host = HOST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let host = host.get_or_insert_with(host_name);
    let unique = Uuid::now_v7().simple().to_string();
    format!("{queue}@{host}:{}#{}", std::process::id(), &unique[unique.len() - 8..])
}

fn host_name() -> String {
    let named = std::env::var("HOSTNAME").ok().filter(|name| !name.is_empty());
    let named = named.or_else(|| std::fs::read_to_string("/etc/hostname").ok());
    named.map_or_else(|| "localhost".to_owned(), |name| name.trim().to_owned())
}
