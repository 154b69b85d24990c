//! A store with jobs in it, workers on it, and a way to wait until all is done.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use noctule_domain::{JobId, LogId, LogLine, Source, TenantId, TenantScope, Timestamp};
use noctule_jobs::{AnalysisJob, JobFailure, NewJob, Queue};
use noctule_queue::{Attempt, Done, Handler, Hinter, Hints, WorkerSet, WorkerSetConfig};
use noctule_store::{IngestRequest, Store, StoreConfig, TaskStatus};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const SCOPE: TenantScope = TenantScope::of(TenantId::DEFAULT);
/// Far longer than anything here takes; a test that reaches it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What a test's handler does with the n-th call for a line.
pub(crate) type Script = fn(LogId, usize) -> Result<Done, JobFailure>;

/// Counts calls by line and follows a script.
#[derive(Debug, Clone)]
pub(crate) struct Scripted {
    script: Script,
    pub(crate) calls: Arc<Mutex<HashMap<LogId, usize>>>,
}

impl Handler for Scripted {
    type Job = AnalysisJob;

    async fn handle(&self, job: &AnalysisJob, _: &Attempt) -> Result<Done, JobFailure> {
        let AnalysisJob::AnalyzeLine { log_id } = *job;
        let call = {
            let mut calls = self.calls.lock().unwrap();
            let count = calls.entry(log_id).or_default();
            *count += 1;
            *count
        };
        (self.script)(log_id, call)
    }
}

/// A fleet of one process.
pub(crate) struct Fleet {
    pub(crate) store: Store,
    pub(crate) hinter: Hinter,
    pub(crate) handler: Scripted,
    config: WorkerSetConfig,
    _files: TempDir,
}

/// Running workers.
pub(crate) struct Running {
    shutdown: CancellationToken,
    workers: JoinHandle<()>,
}

impl Fleet {
    pub(crate) async fn new(hints: Hints, script: Script) -> Self {
        let files = TempDir::new().unwrap();
        let url = format!("sqlite:{}", files.path().join("noctule.db").display());
        let store_config = StoreConfig { url, max_connections: 4 };
        let store = Store::open(&store_config).await.unwrap();
        let hinter = Hinter::start(hints.clone());
        let config =
            WorkerSetConfig { store: store.clone(), store_config, hints, hinter: hinter.clone() };
        let handler = Scripted { script, calls: Arc::default() };
        Self { store, hinter, handler, config, _files: files }
    }

    /// Stores lines with a job each, and hints them.
    pub(crate) async fn post(&self, count: usize) -> Vec<JobId> {
        let ids = self.store.take_log_ids(count).await.unwrap();
        let at = Timestamp::from_micros(1_700_000_000_000_000);
        let lines = ids.iter().map(|id| {
            (*id, LogLine::new(at, None, format!("line {id}"), Source::default()).unwrap())
        });
        let jobs: Vec<_> = ids
            .iter()
            .map(|id| NewJob::of(SCOPE, &AnalysisJob::AnalyzeLine { log_id: *id }))
            .collect();
        let job_ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
        let request = IngestRequest {
            scope: SCOPE,
            received_at: at,
            lines: lines.collect(),
            jobs,
            signed: None,
        };
        self.store.ingest(request).await.unwrap();
        for id in &job_ids {
            self.hinter.hint(Queue::Analysis, *id);
        }
        job_ids
    }

    pub(crate) fn start(&self, slots: u32) -> Running {
        let workers = WorkerSet::new(self.config.clone()).unwrap();
        let workers = workers.with(self.handler.clone(), slots);
        let shutdown = CancellationToken::new();
        let until = shutdown.clone();
        let workers = tokio::spawn(async move { workers.run(until).await.unwrap() });
        Running { shutdown, workers }
    }

    /// Waits until all jobs have ended for good, and gives them.
    pub(crate) async fn drain(&self, ids: &[JobId]) -> Vec<TaskStatus> {
        let wait = async {
            while self.store.final_among(ids).await.unwrap().len() < ids.len() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("some jobs did not end");
        let mut tasks = Vec::new();
        for id in ids {
            tasks.push(self.store.find_task(SCOPE, *id).await.unwrap().unwrap());
        }
        tasks
    }

    pub(crate) fn total_calls(&self) -> usize {
        self.handler.calls.lock().unwrap().values().sum()
    }
}

impl Running {
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.workers).await.expect("no end in sight").unwrap();
    }
}

/// The script of a handler that always succeeds.
#[expect(clippy::unnecessary_wraps, reason = "it has the shape of a `Script`")]
pub(crate) fn succeed(log_id: LogId, _: usize) -> Result<Done, JobFailure> {
    Ok(Done { result: Some(serde_json::json!({ "log_id": log_id.0 })), ..Done::default() })
}
