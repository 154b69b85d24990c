//! Pages of log lines, newest first.

use noctule_domain::{LogId, StoredLine, TenantScope, Timestamp};

use super::{
    filter::{LineFilter, SCANNED_ROWS},
    line::{LINE_COLUMNS, LineRow},
};
use crate::{
    Store, StoreError,
    sql::{Sql, sql},
};

/// Where a page ended: the next one holds lines that are older.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineCursor {
    /// The last line's own time.
    pub timestamp: Timestamp,
    /// Its id.
    pub id: LogId,
}

/// A page of lines.
#[derive(Debug, Clone, PartialEq)]
pub struct LinePage {
    /// The lines, newest first.
    pub lines: Vec<ListedLine>,
    /// Where the next page begins; `None` on the last one. A page may be short, even empty, and
    /// still have a next one, when its text is rare.
    pub next: Option<LineCursor>,
}

/// A line in a list, with the core of its latest verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedLine {
    /// The line.
    pub line: StoredLine,
    /// Its latest score, if it has been judged.
    pub score: Option<f64>,
    /// Whether that makes it an anomaly.
    pub is_anomaly: Option<bool>,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    line: LineRow,
    score: Option<f64>,
    is_anomaly: Option<i16>,
}

impl Store {
    /// A page of the tenant's lines.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn line_page(
        &self,
        scope: TenantScope,
        filter: &LineFilter,
        after: Option<LineCursor>,
        limit: usize,
    ) -> Result<LinePage, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let scanned = if filter.reads_rows() { SCANNED_ROWS } else { limit };
        let mut session = self.read().await?;
        let rows: Vec<Row> =
            session.fetch_all(self.page_query(scope, filter, after, scanned, limit)).await?;
        let lines = rows.into_iter().map(ListedLine::try_from).collect::<Result<Vec<_>, _>>()?;
        let full = i64::try_from(lines.len()).unwrap_or(i64::MAX) >= limit;
        let next = if full {
            lines
                .last()
                .map(|last| LineCursor { timestamp: last.line.line.timestamp(), id: last.line.id })
        } else if filter.reads_rows() {
            let end = scan_end(scope, filter, after, scanned);
            let row: Option<(i64, i64)> = session.fetch_optional(end).await?;
            row.map(|(timestamp_us, id)| LineCursor {
                timestamp: Timestamp::from_micros(timestamp_us),
                id: LogId(id),
            })
        } else {
            None
        };
        Ok(LinePage { lines, next })
    }

    fn page_query(
        &self,
        scope: TenantScope,
        filter: &LineFilter,
        after: Option<LineCursor>,
        scanned: i64,
        limit: i64,
    ) -> Sql {
        let latest = "(SELECT r.{} FROM results AS r WHERE r.log_id = s.id \
                      ORDER BY r.scored_us DESC, r.model_id DESC LIMIT 1)";
        let mut query = sql("SELECT s.*, ");
        query.push(&latest.replace("{}", "score")).push(" AS score, ");
        query.push(&latest.replace("{}", "is_anomaly")).push(" AS is_anomaly FROM (SELECT ");
        query.push(LINE_COLUMNS);
        push_scan(&mut query, scope, filter, after, scanned);
        query.push(") AS s WHERE ");
        filter.push_scanned(&mut query, self);
        query.push(" ORDER BY s.timestamp_us DESC, s.id DESC LIMIT ").push_bind(limit);
        query
    }
}

/// The rows that one page looks through.
fn push_scan(
    query: &mut Sql,
    scope: TenantScope,
    filter: &LineFilter,
    after: Option<LineCursor>,
    scanned: i64,
) {
    query.push(" FROM log_lines AS l WHERE ");
    filter.push_indexed(query, scope, "l");
    if let Some(cursor) = after {
        query.push(" AND (l.timestamp_us, l.id) < (").push_bind(cursor.timestamp.as_micros());
        query.push(",").push_bind(cursor.id.0).push(")");
    }
    query.push(" ORDER BY l.timestamp_us DESC, l.id DESC LIMIT ").push_bind(scanned);
}

/// The last row that a page has looked through, if it has looked through as many as it may.
fn scan_end(
    scope: TenantScope,
    filter: &LineFilter,
    after: Option<LineCursor>,
    scanned: i64,
) -> Sql {
    let mut query = sql("SELECT l.timestamp_us, l.id");
    push_scan(&mut query, scope, filter, after, 1);
    query.push(" OFFSET ").push_bind(scanned - 1);
    query
}

impl TryFrom<Row> for ListedLine {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            line: row.line.try_into()?,
            score: row.score,
            is_anomaly: row.is_anomaly.map(|flag| flag != 0),
        })
    }
}
