//! A fresh store of each kind for each test.

use noctule_domain::{LogId, LogLine, Severity, Source, TenantId, TenantScope, Timestamp};
use noctule_jobs::{AnalysisJob, NewJob, Queue};
use noctule_store::{Claim, IngestOutcome, IngestRequest, LeasedJob, Store, StoreConfig};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// The scope of the tenant that every store starts with.
pub(crate) const SCOPE: TenantScope = TenantScope::of(TenantId::DEFAULT);

/// A store, and the folder that goes with it.
pub(crate) struct TestStore {
    pub(crate) store: Store,
    pub(crate) url: String,
    _files: Option<TempDir>,
}

/// Runs `test` on SQLite and, where a server is at hand, on Postgres.
pub(crate) async fn on_both<F: AsyncFn(&TestStore)>(test: F) {
    test(&sqlite().await).await;
    match postgres().await {
        Some(store) => test(&store).await,
        None => println!("skipped on Postgres: NOCTULE_TEST_DATABASE_URL is not set"),
    }
}

pub(crate) async fn sqlite() -> TestStore {
    let files = TempDir::new().unwrap();
    let url = format!("sqlite:{}", files.path().join("noctule.db").display());
    TestStore { store: open(&url).await, url, _files: Some(files) }
}

/// A new database on the server that the environment names.
pub(crate) async fn postgres() -> Option<TestStore> {
    let server = std::env::var("NOCTULE_TEST_DATABASE_URL").ok()?;
    let name = format!("test_{}", Uuid::now_v7().simple());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    let (address, _) = server.rsplit_once('/').unwrap();
    let url = format!("{address}/{name}");
    Some(TestStore { store: open(&url).await, url, _files: None })
}

pub(crate) async fn open(url: &str) -> Store {
    Store::open(&StoreConfig { url: url.to_owned(), max_connections: 4 }).await.unwrap()
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + seconds * 1_000_000)
}

pub(crate) fn line(seconds: i64, severity: Option<Severity>, message: &str) -> LogLine {
    let origin = Source { service: Some("billing".to_owned()), ..Source::default() };
    LogLine::new(at(seconds), severity, message.to_owned(), origin).unwrap()
}

impl TestStore {
    /// Stores lines, each with its own analysis job, as single posts do.
    pub(crate) async fn post(&self, lines: Vec<LogLine>) -> Vec<(LogId, NewJob)> {
        let ids = self.store.take_log_ids(lines.len()).await.unwrap();
        let mut posted = Vec::new();
        for (id, line) in ids.into_iter().zip(lines) {
            let job = NewJob::of(SCOPE, &AnalysisJob::AnalyzeLine { log_id: id });
            let request = IngestRequest {
                scope: SCOPE,
                received_at: at(0),
                lines: vec![(id, line)],
                jobs: vec![job.clone()],
                signed: None,
            };
            assert_eq!(self.store.ingest(request).await.unwrap(), IngestOutcome::Stored);
            posted.push((id, job));
        }
        posted
    }

    /// Takes the next ready analysis jobs.
    pub(crate) async fn claim(&self, limit: usize) -> Vec<LeasedJob> {
        self.claim_for(limit, Duration::from_secs(30)).await
    }

    /// Takes the next ready analysis jobs for a given time.
    pub(crate) async fn claim_for(&self, limit: usize, lease: Duration) -> Vec<LeasedJob> {
        let claim = Claim { queue: Queue::Analysis, owner: "test", lease, limit };
        self.store.claim_next(&claim).await.unwrap()
    }
}
