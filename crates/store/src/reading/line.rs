//! Lines by their ids.

use std::collections::HashMap;

use noctule_domain::{
    LogId, LogLine, Severity, Source, StoredLine, TenantId, TenantScope, Timestamp,
};
use noctule_jobs::LogIdRange;

use crate::{ModelId, Store, StoreError, database::Database, groups::GroupWork, sql::sql};

/// A row of `log_lines`.
#[derive(sqlx::FromRow)]
pub(super) struct LineRow {
    id: i64,
    tenant_id: i64,
    timestamp_us: i64,
    received_us: i64,
    severity: i16,
    message: String,
    service: Option<String>,
    host: Option<String>,
    source: Option<String>,
}

/// The columns of [`LineRow`], of table alias `l`.
pub(super) const LINE_COLUMNS: &str = "l.id, l.tenant_id, l.timestamp_us, l.received_us, \
    l.severity, l.message, l.service, l.host, l.source";

impl Store {
    /// The lines of a range of ids, ascending, at most `limit` of them from `skip` on.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn lines_in_range(
        &self,
        scope: TenantScope,
        range: LogIdRange,
    ) -> Result<Vec<StoredLine>, StoreError> {
        let mut query = sql("SELECT ");
        query.push(LINE_COLUMNS).push(" FROM log_lines AS l WHERE l.id >= ");
        query.push_bind(range.first.0).push(" AND l.id < ").push_bind(range.end().0);
        query.push(" AND l.tenant_id = ").push_bind(scope.tenant_id().0).push(" ORDER BY l.id");
        let rows: Vec<LineRow> = self.read().await?.fetch_all(query).await?;
        rows.into_iter().map(StoredLine::try_from).collect()
    }

    /// The lines that these ids name, in no particular order; ids of other tenants name nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn lines_by_id(
        &self,
        scope: TenantScope,
        ids: &[LogId],
    ) -> Result<Vec<StoredLine>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = sql("SELECT ");
        query.push(LINE_COLUMNS).push(" FROM log_lines AS l WHERE l.tenant_id = ");
        query.push_bind(scope.tenant_id().0).push(" AND l.id IN ");
        query.push_list(ids.iter().map(|id| id.0));
        let rows: Vec<LineRow> = self.read().await?.fetch_all(query).await?;
        rows.into_iter().map(StoredLine::try_from).collect()
    }

    /// One line; `None` when the tenant has no such line. Callers that ask at the same time share
    /// a query.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn line(
        &self,
        scope: TenantScope,
        id: LogId,
    ) -> Result<Option<StoredLine>, StoreError> {
        self.line_reads().submit((scope, id)).await
    }

    /// Which of these ids name a line of the tenant.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn existing_lines(
        &self,
        scope: TenantScope,
        ids: &[LogId],
    ) -> Result<Vec<LogId>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = sql("SELECT id FROM log_lines WHERE tenant_id = ");
        query.push_bind(scope.tenant_id().0).push(" AND id IN ");
        query.push_list(ids.iter().map(|id| id.0));
        let rows: Vec<(i64,)> = self.read().await?.fetch_all(query).await?;
        Ok(rows.into_iter().map(|(id,)| LogId(id)).collect())
    }

    /// Which of these lines have a verdict by this model.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn scored_among(
        &self,
        model_id: ModelId,
        ids: &[LogId],
    ) -> Result<Vec<LogId>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = sql("SELECT log_id FROM results WHERE model_id = ");
        query.push_bind(model_id.0).push(" AND log_id IN ");
        query.push_list(ids.iter().map(|id| id.0));
        let rows: Vec<(i64,)> = self.read().await?.fetch_all(query).await?;
        Ok(rows.into_iter().map(|(id,)| LogId(id)).collect())
    }
}

/// Reads single lines in groups.
pub(crate) struct LineReads {
    pub(crate) database: Database,
}

impl GroupWork for LineReads {
    type Item = (TenantScope, LogId);
    type Outcome = Option<StoredLine>;

    fn weight(_: &Self::Item) -> usize {
        1
    }

    async fn run(&self, items: &[Self::Item]) -> Result<Vec<Option<StoredLine>>, StoreError> {
        let mut query = sql("SELECT ");
        query.push(LINE_COLUMNS).push(" FROM log_lines AS l WHERE l.id IN ");
        query.push_list(items.iter().map(|(_, id)| id.0));
        let rows: Vec<LineRow> = self.database.read().await?.fetch_all(query).await?;
        let mut lines = HashMap::with_capacity(rows.len());
        for row in rows {
            let line = StoredLine::try_from(row)?;
            lines.insert((line.tenant_id, line.id), line);
        }
        // The tenant is part of the key, so a foreign id finds nothing.
        let take = |(scope, id): &Self::Item| lines.get(&(scope.tenant_id(), *id)).cloned();
        Ok(items.iter().map(take).collect())
    }
}

impl TryFrom<LineRow> for StoredLine {
    type Error = StoreError;

    fn try_from(row: LineRow) -> Result<Self, StoreError> {
        let severity = severity_of("log_lines", row.id, row.severity)?;
        let origin = Source { service: row.service, host: row.host, source: row.source };
        let timestamp = Timestamp::from_micros(row.timestamp_us);
        let line = LogLine::new(timestamp, severity, row.message, origin)
            .map_err(|error| StoreError::corrupt("log_lines", error.field(), &row.id, &error))?;
        Ok(Self {
            id: LogId(row.id),
            tenant_id: TenantId(row.tenant_id),
            received_at: Timestamp::from_micros(row.received_us),
            line,
        })
    }
}

/// The severity that a number in a table stands for.
pub(super) fn severity_of(
    table: &'static str,
    row: i64,
    code: i16,
) -> Result<Option<Severity>, StoreError> {
    if code == 0 {
        return Ok(None);
    }
    let severity = Severity::from_code(code);
    severity.map(Some).ok_or_else(|| StoreError::corrupt(table, "severity", &row, &code))
}
