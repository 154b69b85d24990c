//! Bare Postgres: single inserts, and COPY of many rows, each with its own durable commit.

use std::sync::Arc;

use anyhow::Context;
use sqlx::{Connection, PgConnection};

use super::{micros, severity_code};
use crate::{
    load::{Load, LoadClient, closed_loop},
    messages::Line,
};

/// A table of lines with nothing but its key.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS bare_lines (id BIGINT PRIMARY KEY, \
    tenant_id BIGINT NOT NULL, timestamp_us BIGINT NOT NULL, received_us BIGINT NOT NULL, \
    severity SMALLINT NOT NULL, message TEXT NOT NULL, service TEXT)";
const INSERT: &str = "INSERT INTO bare_lines VALUES ($1, 1, $2, $2, $3, $4, $5)";
const COPY: &str = "COPY bare_lines FROM STDIN (FORMAT binary)";
/// The binary format's signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const COLUMNS: i16 = 7;
const TRAILER: i16 = -1;

/// Inserts one row at a time.
struct Inserter {
    connection: PgConnection,
    lines: Arc<Vec<Line>>,
}

/// Copies a prepared block of rows at a time.
struct Copier {
    connection: PgConnection,
    blocks: Arc<Vec<Vec<u8>>>,
}

/// Gives a fresh server the write-ahead log of one that has run for a while: segments that are
/// used again. A new segment is first filled with zeros, and every commit waits 30 to 60 ms for
/// that, which would measure the first minute of a server's life.
pub(crate) async fn recycle_wal(url: &str) -> anyhow::Result<()> {
    /// 16 MB each: more than any row here writes.
    const SEGMENTS: usize = 48;
    let mut connection = connect(url).await?;
    for statement in ["ALTER SYSTEM SET min_wal_size = '1GB'", "SELECT pg_reload_conf()"] {
        sqlx::query(statement).execute(&mut connection).await?;
    }
    for _ in 0..SEGMENTS {
        // A segment without anything in it is not left.
        let fill = "SELECT pg_logical_emit_message(true, 'bench', 'x')";
        for statement in [fill, "SELECT pg_switch_wal()"] {
            sqlx::query(statement).execute(&mut connection).await?;
        }
    }
    sqlx::query("CHECKPOINT").execute(&mut connection).await?;
    Ok(())
}

/// Inserts each line by itself, from so many connections.
pub(crate) async fn single_inserts(
    url: &str,
    connections: usize,
    lines: Vec<Line>,
) -> anyhow::Result<Load> {
    prepare(url).await?;
    let lines = Arc::new(lines);
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(Inserter { connection: connect(url).await?, lines: Arc::clone(&lines) });
    }
    closed_loop(clients, 0..lines.len()).await
}

/// Copies blocks of `size` lines, each in a transaction, from so many connections.
pub(crate) async fn copies(
    url: &str,
    connections: usize,
    lines: &[Line],
    size: usize,
) -> anyhow::Result<Load> {
    prepare(url).await?;
    let numbered: Vec<_> = (0_i64..).zip(lines).collect();
    let blocks: Arc<Vec<_>> = Arc::new(numbered.chunks(size).map(encode).collect());
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(Copier { connection: connect(url).await?, blocks: Arc::clone(&blocks) });
    }
    closed_loop(clients, 0..blocks.len()).await
}

impl LoadClient for Inserter {
    async fn run(&mut self, number: usize) -> anyhow::Result<()> {
        let line = &self.lines[number];
        let insert = sqlx::query(INSERT)
            .bind(i64::try_from(number)?)
            .bind(micros(line))
            .bind(severity_code(line))
            .bind(&line.message)
            .bind(line.service);
        // A statement alone is a transaction of its own.
        insert.execute(&mut self.connection).await?;
        Ok(())
    }
}

impl LoadClient for Copier {
    async fn run(&mut self, number: usize) -> anyhow::Result<()> {
        let mut copy = self.connection.copy_in_raw(COPY).await?;
        copy.send(self.blocks[number].as_slice()).await?;
        copy.finish().await?;
        Ok(())
    }
}

async fn connect(url: &str) -> anyhow::Result<PgConnection> {
    PgConnection::connect(url).await.context("cannot connect to Postgres")
}

/// Makes the table anew, and checks that a commit waits for the disk.
async fn prepare(url: &str) -> anyhow::Result<()> {
    let mut connection = connect(url).await?;
    for setting in ["synchronous_commit", "fsync"] {
        let (found,): (String,) = sqlx::query_as("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&mut connection)
            .await?;
        anyhow::ensure!(found == "on", "{setting} is {found}, so this would compare nothing");
    }
    for statement in [TABLE, "TRUNCATE bare_lines"] {
        sqlx::query(statement).execute(&mut connection).await?;
    }
    Ok(())
}

fn encode(rows: &[(i64, &Line)]) -> Vec<u8> {
    let mut bytes = HEADER.to_vec();
    for (id, line) in rows {
        let time = micros(line).to_be_bytes();
        bytes.extend_from_slice(&COLUMNS.to_be_bytes());
        put(&mut bytes, &id.to_be_bytes());
        put(&mut bytes, &1_i64.to_be_bytes());
        put(&mut bytes, &time);
        put(&mut bytes, &time);
        put(&mut bytes, &severity_code(line).to_be_bytes());
        put(&mut bytes, line.message.as_bytes());
        put(&mut bytes, line.service.as_bytes());
    }
    bytes.extend_from_slice(&TRAILER.to_be_bytes());
    bytes
}

fn put(bytes: &mut Vec<u8>, field: &[u8]) {
    let length = i32::try_from(field.len()).expect("a made line is short");
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(field);
}
