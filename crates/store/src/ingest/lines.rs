//! Storing log lines by the fastest way that each database has.

use noctule_domain::{LogId, LogLine, TenantId, Timestamp};

use super::{IngestRequest, postgres_copy};
use crate::{
    StoreError,
    scoring::severity_code,
    session::{Connection, Session},
    sql::sql,
};

/// Rows in one SQLite statement: 9 columns each stay far below its 32,766 placeholders, and a
/// statement of this size is prepared once and found in the cache from then on.
const ROWS: usize = 500;

/// From how many lines on Postgres copies them. sqlx leaves Nagle's algorithm on, and a COPY is two
/// writes, so a small one would wait 40 ms for Postgres' delayed acknowledgement of the first.
const COPIED: usize = 300;

/// One line with what the request knows of it.
pub(super) struct Row<'r> {
    pub(super) id: LogId,
    pub(super) tenant_id: TenantId,
    pub(super) received_at: Timestamp,
    pub(super) line: &'r LogLine,
}

/// Stores the lines of all requests.
pub(super) async fn insert(
    session: &mut Session,
    requests: &[&IngestRequest],
) -> Result<(), StoreError> {
    let rows: Vec<_> = requests
        .iter()
        .flat_map(|request| {
            request.lines.iter().map(|(id, line)| Row {
                id: *id,
                tenant_id: request.scope.tenant_id(),
                received_at: request.received_at,
                line,
            })
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    if let Connection::Postgres(connection) = session.connection()
        && rows.len() >= COPIED
    {
        return postgres_copy::copy_lines(connection, &rows).await;
    }
    for chunk in rows.chunks(ROWS) {
        insert_chunk(session, chunk).await?;
    }
    Ok(())
}

async fn insert_chunk(session: &mut Session, rows: &[Row<'_>]) -> Result<(), StoreError> {
    let mut statement =
        sql("INSERT INTO log_lines (id, tenant_id, timestamp_us, received_us, severity, message, \
         service, host, source) ");
    statement.push_rows(rows, |row, values| {
        let origin = row.line.origin();
        values.extend([
            row.id.0.into(),
            row.tenant_id.0.into(),
            row.line.timestamp().as_micros().into(),
            row.received_at.as_micros().into(),
            severity_code(row.line.severity()).into(),
            row.line.message().into(),
            origin.service.clone().into(),
            origin.host.clone().into(),
            origin.source.clone().into(),
        ]);
    });
    session.execute(statement).await?;
    Ok(())
}
