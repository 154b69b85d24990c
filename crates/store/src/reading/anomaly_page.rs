//! Pages of anomalies, and single ones.

use noctule_domain::{AnomalyId, StoredLine, TemplateKey, TenantScope, Timestamp};
use uuid::Uuid;

use super::{
    filter::{LineFilter, SCANNED_ROWS},
    line::{LINE_COLUMNS, LineRow},
};
use crate::{
    ExplanationBody, Store, StoreError,
    sql::{Sql, sql},
};

/// Where a page of anomalies ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnomalyCursor {
    /// The last anomaly's line's own time.
    pub timestamp: Timestamp,
    /// Its id.
    pub id: AnomalyId,
}

/// A page of anomalies, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct AnomalyPage {
    /// The anomalies.
    pub anomalies: Vec<StoredAnomaly>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<AnomalyCursor>,
}

/// An abnormal line as the store holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAnomaly {
    /// The anomaly.
    pub id: AnomalyId,
    /// The line.
    pub line: StoredLine,
    /// How abnormal it is, 0 to 1.
    pub score: f64,
    /// Its template.
    pub template: TemplateKey,
    /// Reasons and summary.
    pub explanation: ExplanationBody,
    /// What judged it.
    pub model_version: String,
    /// When.
    pub detected_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    line: LineRow,
    anomaly_id: Uuid,
    score: f64,
    template: i64,
    body: Option<String>,
    model_version: String,
    detected_us: i64,
}

const ANOMALY_COLUMNS: &str = "a.id AS anomaly_id, a.score, a.template, e.body, \
    m.name AS model_version, a.detected_us";
const ANOMALY_TABLES: &str = " FROM anomalies AS a JOIN log_lines AS l ON l.id = a.log_id \
    JOIN model_versions AS m ON m.id = a.model_id \
    LEFT JOIN explanations AS e ON e.id = a.explanation_id WHERE ";

impl Store {
    /// One anomaly; `None` when the tenant has no such anomaly.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn find_anomaly(
        &self,
        scope: TenantScope,
        id: AnomalyId,
    ) -> Result<Option<StoredAnomaly>, StoreError> {
        let mut query = anomalies();
        query.push("a.id = ").push_bind(id.0);
        query.push(" AND a.tenant_id = ").push_bind(scope.tenant_id().0);
        let row: Option<Row> = self.read().await?.fetch_optional(query).await?;
        row.map(StoredAnomaly::try_from).transpose()
    }

    /// A page of the tenant's anomalies, by their lines' own time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn anomaly_page(
        &self,
        scope: TenantScope,
        filter: &LineFilter,
        after: Option<AnomalyCursor>,
        limit: usize,
    ) -> Result<AnomalyPage, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let scanned = if filter.reads_rows() { SCANNED_ROWS } else { limit };
        let mut query = sql("SELECT s.* FROM (SELECT ");
        query.push(LINE_COLUMNS).push(", ").push(ANOMALY_COLUMNS);
        query.push(ANOMALY_TABLES);
        push_scan(&mut query, scope, filter, after, scanned);
        query.push(") AS s WHERE ");
        filter.push_scanned(&mut query, self);
        query.push(" ORDER BY s.timestamp_us DESC, s.anomaly_id DESC LIMIT ").push_bind(limit);
        let mut session = self.read().await?;
        let rows: Vec<Row> = session.fetch_all(query).await?;
        let anomalies =
            rows.into_iter().map(StoredAnomaly::try_from).collect::<Result<Vec<_>, _>>()?;
        let full = i64::try_from(anomalies.len()).unwrap_or(i64::MAX) >= limit;
        let next = if full {
            anomalies
                .last()
                .map(|last| AnomalyCursor { timestamp: last.line.line.timestamp(), id: last.id })
        } else if filter.reads_rows() {
            let mut end = sql("SELECT a.timestamp_us, a.id FROM anomalies AS a WHERE ");
            push_scan(&mut end, scope, filter, after, 1);
            end.push(" OFFSET ").push_bind(scanned - 1);
            let row: Option<(i64, Uuid)> = session.fetch_optional(end).await?;
            row.map(|(timestamp_us, id)| AnomalyCursor {
                timestamp: Timestamp::from_micros(timestamp_us),
                id: AnomalyId(id),
            })
        } else {
            None
        };
        Ok(AnomalyPage { anomalies, next })
    }

    /// The tenant's anomalies that were found last, whatever their lines' own time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn latest_anomalies(
        &self,
        scope: TenantScope,
        limit: usize,
    ) -> Result<Vec<StoredAnomaly>, StoreError> {
        let mut query = anomalies();
        query.push("a.tenant_id = ").push_bind(scope.tenant_id().0);
        query.push(" ORDER BY a.detected_us DESC, a.id DESC LIMIT ");
        query.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows: Vec<Row> = self.read().await?.fetch_all(query).await?;
        rows.into_iter().map(StoredAnomaly::try_from).collect()
    }

    /// How many anomalies of a template were found at or after `since`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn count_template_anomalies(
        &self,
        scope: TenantScope,
        template: TemplateKey,
        since: Timestamp,
    ) -> Result<i64, StoreError> {
        let query = sql("SELECT CAST(count(*) AS BIGINT) FROM anomalies \
             WHERE tenant_id = ? AND template = ? AND detected_us >= ?")
        .bind(scope.tenant_id().0)
        .bind(template.0)
        .bind(since.as_micros());
        let row: Option<(i64,)> = self.read().await?.fetch_optional(query).await?;
        Ok(row.unwrap_or_default().0)
    }
}

fn anomalies() -> Sql {
    let mut query = sql("SELECT ");
    query.push(LINE_COLUMNS).push(", ").push(ANOMALY_COLUMNS).push(ANOMALY_TABLES);
    query
}

fn push_scan(
    query: &mut Sql,
    scope: TenantScope,
    filter: &LineFilter,
    after: Option<AnomalyCursor>,
    scanned: i64,
) {
    filter.push_indexed(query, scope, "a");
    if let Some(cursor) = after {
        query.push(" AND (a.timestamp_us, a.id) < (").push_bind(cursor.timestamp.as_micros());
        query.push(",").push_bind(cursor.id.0).push(")");
    }
    query.push(" ORDER BY a.timestamp_us DESC, a.id DESC LIMIT ").push_bind(scanned);
}

impl TryFrom<Row> for StoredAnomaly {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: AnomalyId(row.anomaly_id),
            line: row.line.try_into()?,
            score: row.score,
            template: TemplateKey(row.template),
            explanation: ExplanationBody::read(row.body.as_deref().unwrap_or_default()),
            model_version: row.model_version,
            detected_at: Timestamp::from_micros(row.detected_us),
        })
    }
}
