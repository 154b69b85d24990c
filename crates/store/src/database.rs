//! The two databases: how their pools are opened, and how a session on them begins.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{StoreError, durability, session::Session};

/// How long a caller waits for a free connection before it hears that the database is away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long one SQLite process waits for another's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Postgres connections for leases: one to claim, one to renew, one to spare.
const LEASE_CONNECTIONS: u32 = 3;
/// Readers beside the one writer of SQLite.
const SQLITE_READERS: u32 = 4;

/// Pools of connections to whichever database the store has.
#[derive(Debug, Clone)]
pub(crate) enum Database {
    Postgres {
        pool: PgPool,
        /// Connections that claim and renew leases. They do not wait for the disk: a claim that
        /// a crash of the database forgets leaves its job ready, and the random token of the
        /// forgotten lease never fits again.
        leases: PgPool,
    },
    /// One writer, because SQLite has one write lock: queueing for it here is fair and silent,
    /// where `SQLITE_BUSY` is neither.
    Sqlite { writer: SqlitePool, readers: SqlitePool },
}

impl Database {
    /// Opens the pools and checks that an acknowledged write survives a crash.
    pub(crate) async fn open(url: &str, max_connections: u32) -> Result<Self, StoreError> {
        let database = if let Some(path) = sqlite_path(url) {
            open_sqlite(path)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            open_postgres(url, max_connections)?
        } else {
            return Err(StoreError::Address { url: without_password(url) });
        };
        durability::check(&database).await?;
        Ok(database)
    }

    /// A session for reading.
    pub(crate) async fn read(&self) -> Result<Session, StoreError> {
        Ok(match self {
            Self::Postgres { pool, .. } => Session::PostgresRead(pool.acquire().await?),
            Self::Sqlite { readers, .. } => Session::SqliteRead(readers.acquire().await?),
        })
    }

    /// A transaction for writing.
    pub(crate) async fn write(&self) -> Result<Session, StoreError> {
        Ok(match self {
            Self::Postgres { pool, .. } => Session::PostgresTx(pool.begin().await?),
            // IMMEDIATE takes the write lock at once: a deferred transaction that upgrades
            // later fails without waiting for the busy timeout.
            Self::Sqlite { writer, .. } => {
                Session::SqliteTx(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
        })
    }

    /// A session for statements that stand alone and only move leases.
    pub(crate) async fn lease(&self) -> Result<Session, StoreError> {
        Ok(match self {
            Self::Postgres { leases, .. } => Session::PostgresRead(leases.acquire().await?),
            Self::Sqlite { writer, .. } => Session::SqliteRead(writer.acquire().await?),
        })
    }

    /// Closes all connections, waiting for those in use.
    pub(crate) async fn close(&self) {
        match self {
            Self::Postgres { pool, leases } => {
                leases.close().await;
                pool.close().await;
            }
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }
}

/// The file of a `sqlite:` address, or `None` for other addresses.
pub(crate) fn sqlite_path(url: &str) -> Option<&Path> {
    let rest = url.strip_prefix("sqlite:")?;
    Some(Path::new(rest.strip_prefix("//").unwrap_or(rest)))
}

fn open_sqlite(path: &Path) -> Database {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("journal_size_limit", "67108864")
        .pragma("cache_size", "-65536")
        .disable_statement_logging();
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options.clone());
    let readers = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .max_lifetime(None)
        .connect_lazy_with(options);
    Database::Sqlite { writer, readers }
}

fn open_postgres(url: &str, max_connections: u32) -> Result<Database, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Address { url: without_password(url) })?
        .application_name("noctule")
        .disable_statement_logging();
    let pool_options = || {
        // A broken connection shows itself at the first statement; asking before each use
        // costs a round trip every time.
        PgPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT).test_before_acquire(false)
    };
    let pool = pool_options().max_connections(max_connections).connect_lazy_with(options.clone());
    let leases = pool_options()
        .max_connections(LEASE_CONNECTIONS)
        .connect_lazy_with(options.options([("synchronous_commit", "off")]));
    Ok(Database::Postgres { pool, leases })
}

/// The address with everything between `:` and `@` of its authority hidden.
fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            format!("{}://…{}", &url[..scheme], &url[at..])
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_do_not_reach_errors() {
        assert_eq!(without_password("mysql://u:secret@h/d"), "mysql://…@h/d");
        assert_eq!(without_password("nonsense"), "nonsense");
    }

    #[test]
    fn sqlite_addresses_name_a_file() {
        assert_eq!(sqlite_path("sqlite:///a/b.db"), Some(Path::new("/a/b.db")));
        assert_eq!(sqlite_path("sqlite:b.db"), Some(Path::new("b.db")));
        assert_eq!(sqlite_path("postgres://h/d"), None);
    }
}
