//! The handle that everybody holds.

use std::{fmt, path::Path, sync::Arc};

use noctule_domain::Timestamp;

use crate::{
    StoreError,
    database::{Database, sqlite_path},
    groups::Groups,
    ingest::IngestWrites,
    jobs::JobWrites,
    log_ids::LogIds,
    migrate,
    reading::LineReads,
    session::Session,
    sql::sql,
};

/// Groups of single lines that are read at the same time.
const LINE_READERS: usize = 2;
/// Groups that Postgres commits at the same time; while one waits for the disk another is sent.
const POSTGRES_COMMITTERS: usize = 2;

/// Where the database is, and how much of it one process may use.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// `postgres://user:password@host/database` or `sqlite:path`.
    pub url: String,
    /// The most connections that this process opens to Postgres.
    pub max_connections: u32,
}

/// A handle on the database; clones share its connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    log_ids: LogIds,
    ingest_writes: Groups<IngestWrites>,
    job_writes: Groups<JobWrites>,
    line_reads: Groups<LineReads>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("embedded", &self.is_embedded()).finish()
    }
}

impl Store {
    /// Connects, checks that the database is durable, and brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database does not answer, [`StoreError::NotDurable`]
    /// when it may lose acknowledged writes, [`StoreError::Migrate`] when the schema cannot be
    /// brought up to date.
    pub async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        let path = sqlite_path(&config.url);
        if let Some(folder) = path.and_then(Path::parent) {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::file(folder, source))?;
        }
        let database = Database::open(&config.url, config.max_connections).await?;
        migrate::migrate(&database, path).await?;
        Ok(Self::over(database))
    }

    /// Connects to a database whose schema another handle has brought up to date.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database does not answer, [`StoreError::NotDurable`]
    /// when it may lose acknowledged writes.
    pub async fn connect(config: &StoreConfig) -> Result<Self, StoreError> {
        Ok(Self::over(Database::open(&config.url, config.max_connections).await?))
    }

    fn over(database: Database) -> Self {
        let committers = match database {
            Database::Postgres { .. } => POSTGRES_COMMITTERS,
            Database::Sqlite { .. } => 1,
        };
        let inner = Inner {
            log_ids: LogIds::default(),
            ingest_writes: Groups::start(IngestWrites { database: database.clone() }, committers),
            job_writes: Groups::start(JobWrites { database: database.clone() }, committers),
            line_reads: Groups::start(LineReads { database: database.clone() }, LINE_READERS),
            database,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Whether the store is embedded (SQLite) and so belongs to this process alone.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        matches!(self.inner.database, Database::Sqlite { .. })
    }

    /// Asks the database for its time: a sign of life, and the clock that leases are judged by.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it does not answer.
    pub async fn ping(&self) -> Result<Timestamp, StoreError> {
        let row: Option<(i64,)> =
            self.read().await?.fetch_optional(sql("SELECT now_us FROM db_clock")).await?;
        let (now_us,) = row.unwrap_or_default();
        Ok(Timestamp::from_micros(now_us))
    }

    /// Closes all connections, waiting for those in use.
    pub async fn close(&self) {
        self.inner.database.close().await;
    }

    pub(crate) fn database(&self) -> &Database {
        &self.inner.database
    }

    pub(crate) fn log_ids(&self) -> &LogIds {
        &self.inner.log_ids
    }

    pub(crate) fn ingest_writes(&self) -> &Groups<IngestWrites> {
        &self.inner.ingest_writes
    }

    pub(crate) fn job_writes(&self) -> &Groups<JobWrites> {
        &self.inner.job_writes
    }

    pub(crate) fn line_reads(&self) -> &Groups<LineReads> {
        &self.inner.line_reads
    }

    pub(crate) async fn lease(&self) -> Result<Session, StoreError> {
        self.inner.database.lease().await
    }

    pub(crate) async fn read(&self) -> Result<Session, StoreError> {
        self.inner.database.read().await
    }

    pub(crate) async fn write(&self) -> Result<Session, StoreError> {
        self.inner.database.write().await
    }
}
