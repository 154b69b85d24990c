//! What can go wrong between us and the database, sorted by what the caller should do.

use std::{fmt, io, path::Path, sync::Arc};

/// An error of the store. It can be cloned, because one failed commit may fail many callers.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is shutting down, is full or overloaded. Nothing was
    /// written, or at worst it is unknown whether it was; trying again is right.
    #[error("the database is not available")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// The lease that the write was made under is no longer held.
    #[error("the job's lease was lost to another worker")]
    LeaseLost,
    /// Somebody else wrote a verdict for one of these lines meanwhile; reload and leave it out.
    #[error("one of the lines has a verdict already")]
    AlreadyScored,
    /// A stored value breaks the rules of its type: somebody wrote past this crate.
    #[error("corrupt row: {table}.{column} holds {value} in row {row}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key.
        row: String,
        /// The value that cannot be.
        value: String,
    },
    /// The server or the file is set up so that an acknowledged write could be lost.
    #[error("refusing to start: {setting} is {found}, so accepted logs could be lost; {mend}")]
    NotDurable {
        /// The setting's name.
        setting: &'static str,
        /// Its value.
        found: String,
        /// What to do about it.
        mend: &'static str,
    },
    /// The schema could not be brought up to date.
    #[error("the database schema could not be migrated")]
    Migrate(#[source] Arc<sqlx::migrate::MigrateError>),
    /// The database's file or its lock could not be opened.
    #[error("cannot use {path}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        #[source]
        source: Arc<io::Error>,
    },
    /// The database address is not one that we understand.
    #[error("{url:?} is not a database address; use postgres://… or sqlite:path")]
    Address {
        /// What was given, without its password.
        url: String,
    },
    /// The database refused a statement. A defect of ours, or of the schema.
    #[error("the database refused a statement")]
    Statement(#[source] Arc<sqlx::Error>),
}

impl StoreError {
    /// A file that cannot be used.
    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.display().to_string(), source: Arc::new(source) }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// A value that its type does not allow.
    pub(crate) fn corrupt(
        table: &'static str,
        column: &'static str,
        row: &dyn fmt::Display,
        value: &dyn fmt::Display,
    ) -> Self {
        Self::Corrupt { table, column, row: row.to_string(), value: value.to_string() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if is_unavailable(&error) {
            Self::Unavailable(Arc::new(error))
        } else {
            Self::Statement(Arc::new(error))
        }
    }
}

fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_outage_code(&code)),
        _ => false,
    }
}

/// Postgres: connection trouble (08), out of resources (53), operator intervention (57),
/// serialisation failure and deadlock (40), system error (58). SQLite: busy, locked, read-only,
/// I/O error, full, cannot open, whose extended codes keep the primary one in the low byte.
/// Only Postgres' codes have five characters.
fn is_outage_code(code: &str) -> bool {
    if code.len() == 5 {
        return ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class));
    }
    let primary = code.parse::<u32>().map(|code| code & 0xff);
    matches!(primary, Ok(5 | 6 | 8 | 10 | 13 | 14))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outages_are_told_from_defects() {
        // Terminated, too many connections, deadlock; busy, full, an extended I/O error.
        for code in ["57P01", "53300", "40P01", "5", "13", "266"] {
            assert!(is_outage_code(code), "{code}");
        }
        // A duplicate key and a syntax error in Postgres, a broken constraint in SQLite.
        for code in ["23505", "42601", "1555"] {
            assert!(!is_outage_code(code), "{code}");
        }
    }
}
