//! Postgres' binary COPY format for log lines, faster than any insert of many rows.
//!
//! The format is that of the Postgres manual, "COPY", section "Binary Format": a header, then for
//! each row the number of fields and for each field its length and bytes, all big-endian, then a
//! trailer.

use sqlx::PgConnection;

use super::lines::Row;
use crate::{StoreError, scoring::severity_code};

const STATEMENT: &str = "COPY log_lines (id, tenant_id, timestamp_us, received_us, severity, \
    message, service, host, source) FROM STDIN (FORMAT binary)";
/// The signature, no flags, no header extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const COLUMNS: i16 = 9;
const TRAILER: i16 = -1;
const NULL: i32 = -1;

/// Copies lines into their table.
pub(super) async fn copy_lines(
    connection: &mut PgConnection,
    rows: &[Row<'_>],
) -> Result<(), StoreError> {
    let mut copy = connection.copy_in_raw(STATEMENT).await?;
    copy.send(encode(rows)).await?;
    copy.finish().await?;
    Ok(())
}

fn encode(rows: &[Row<'_>]) -> Vec<u8> {
    let messages: usize = rows.iter().map(|row| row.line.message().len()).sum();
    let mut bytes = Vec::with_capacity(messages + rows.len() * 96 + 32);
    bytes.extend_from_slice(HEADER);
    for row in rows {
        let origin = row.line.origin();
        bytes.extend_from_slice(&COLUMNS.to_be_bytes());
        put(&mut bytes, &row.id.0.to_be_bytes());
        put(&mut bytes, &row.tenant_id.0.to_be_bytes());
        put(&mut bytes, &row.line.timestamp().as_micros().to_be_bytes());
        put(&mut bytes, &row.received_at.as_micros().to_be_bytes());
        put(&mut bytes, &severity_code(row.line.severity()).to_be_bytes());
        put(&mut bytes, row.line.message().as_bytes());
        for label in [&origin.service, &origin.host, &origin.source] {
            match label {
                Some(text) => put(&mut bytes, text.as_bytes()),
                None => bytes.extend_from_slice(&NULL.to_be_bytes()),
            }
        }
    }
    bytes.extend_from_slice(&TRAILER.to_be_bytes());
    bytes
}

fn put(bytes: &mut Vec<u8>, field: &[u8]) {
    let length = i32::try_from(field.len()).expect("a field is at most 256 KiB");
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(field);
}
