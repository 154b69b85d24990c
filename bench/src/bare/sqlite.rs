//! Bare SQLite: one writer, WAL, a commit that waits for the disk.

use std::{path::Path, sync::Arc};

use sqlx::{
    ConnectOptions, QueryBuilder, Sqlite, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tempfile::TempDir;

use super::{micros, severity_code};
use crate::{
    load::{Load, LoadClient, closed_loop},
    messages::Line,
};

/// A table of lines with nothing but its key.
const TABLE: &str = "CREATE TABLE bare_lines (id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL, \
    timestamp_us INTEGER NOT NULL, received_us INTEGER NOT NULL, severity INTEGER NOT NULL, \
    message TEXT NOT NULL, service TEXT)";
const INSERT: &str = "INSERT INTO bare_lines ";

/// Inserts so many rows in each transaction.
struct Writer {
    connection: SqliteConnection,
    lines: Arc<Vec<Line>>,
    size: usize,
}

/// Inserts all lines into a fresh file, `size` in each transaction.
pub(crate) async fn inserts(lines: Vec<Line>, size: usize) -> anyhow::Result<Load> {
    let folder = TempDir::with_prefix("noctule-bare-")?;
    let connection = open(&folder.path().join("bare.db")).await?;
    let blocks = lines.len() / size;
    let writer = Writer { connection, lines: Arc::new(lines), size };
    closed_loop(vec![writer], 0..blocks).await
}

impl LoadClient for Writer {
    async fn run(&mut self, number: usize) -> anyhow::Result<()> {
        let first = number * self.size;
        let rows = self.lines[first..first + self.size].iter().enumerate();
        let mut insert: QueryBuilder<Sqlite> = QueryBuilder::new(INSERT);
        insert.push_values(rows, |mut row, (place, line)| {
            row.push_bind(i64::try_from(first + place).unwrap_or(i64::MAX))
                .push_bind(1)
                .push_bind(micros(line))
                .push_bind(micros(line))
                .push_bind(severity_code(line))
                .push_bind(&line.message)
                .push_bind(line.service);
        });
        // A statement alone is a transaction of its own.
        insert.build().execute(&mut self.connection).await?;
        Ok(())
    }
}

async fn open(file: &Path) -> anyhow::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    sqlx::query(TABLE).execute(&mut connection).await?;
    Ok(connection)
}
