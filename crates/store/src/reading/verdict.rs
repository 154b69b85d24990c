//! Stored verdicts on lines.

use noctule_domain::{AnomalyId, LogId, StoredLine, TemplateKey, TenantScope, Timestamp};
use uuid::Uuid;

use super::line::{LINE_COLUMNS, LineRow};
use crate::{ExplanationBody, Store, StoreError, sql::sql};

/// The verdict on a line by one model version.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredVerdict {
    /// The line.
    pub log_id: LogId,
    /// How abnormal it is, 0 to 1.
    pub score: f64,
    /// Whether that makes it an anomaly.
    pub is_anomaly: bool,
    /// `cold`, `warming` or `normal`.
    pub confidence: &'static str,
    /// Its template.
    pub template: TemplateKey,
    /// The template's text with placeholders.
    pub template_text: Option<String>,
    /// Reasons and summary.
    pub explanation: ExplanationBody,
    /// What judged it.
    pub model_version: String,
    /// When.
    pub scored_at: Timestamp,
    /// The anomaly's id, if it is one.
    pub anomaly_id: Option<AnomalyId>,
}

#[derive(sqlx::FromRow)]
struct Row {
    log_id: i64,
    score: f64,
    is_anomaly: i16,
    confidence: i16,
    template: i64,
    template_text: Option<String>,
    body: Option<String>,
    model_version: String,
    scored_us: i64,
    anomaly_id: Option<Uuid>,
}

impl Store {
    /// A line and its latest verdict; `None` when the tenant has no such line.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn find_line(
        &self,
        scope: TenantScope,
        id: LogId,
    ) -> Result<Option<(StoredLine, Option<StoredVerdict>)>, StoreError> {
        let mut session = self.read().await?;
        let mut query = sql("SELECT ");
        query.push(LINE_COLUMNS).push(" FROM log_lines AS l WHERE l.id = ").push_bind(id.0);
        query.push(" AND l.tenant_id = ").push_bind(scope.tenant_id().0);
        let Some(row) = session.fetch_optional::<LineRow>(query).await? else { return Ok(None) };
        drop(session);
        let verdict = self.verdicts(scope, &[id]).await?.pop();
        Ok(Some((row.try_into()?, verdict)))
    }

    /// The latest verdicts on some of the tenant's lines, by line id. Lines that were not judged
    /// yet are left out.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn verdicts(
        &self,
        scope: TenantScope,
        ids: &[LogId],
    ) -> Result<Vec<StoredVerdict>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = sql("SELECT r.log_id, r.score, r.is_anomaly, r.confidence, r.template, \
             t.text AS template_text, e.body, m.name AS model_version, r.scored_us, \
             a.id AS anomaly_id FROM results AS r \
             JOIN log_lines AS l ON l.id = r.log_id \
             JOIN model_versions AS m ON m.id = r.model_id \
             LEFT JOIN explanations AS e ON e.id = r.explanation_id \
             LEFT JOIN templates AS t ON t.tenant_id = l.tenant_id AND t.template = r.template \
             LEFT JOIN anomalies AS a ON a.log_id = r.log_id AND a.model_id = r.model_id \
             WHERE l.tenant_id = ");
        query.push_bind(scope.tenant_id().0).push(" AND r.log_id IN ");
        query.push_list(ids.iter().map(|id| id.0));
        query.push(" ORDER BY r.log_id, r.scored_us DESC, r.model_id DESC");
        let rows: Vec<Row> = self.read().await?.fetch_all(query).await?;
        let mut verdicts: Vec<_> = rows.into_iter().map(StoredVerdict::from).collect();
        verdicts.dedup_by_key(|verdict| verdict.log_id);
        Ok(verdicts)
    }
}

/// The name of a stored confidence.
pub(super) fn confidence_name(code: i16) -> &'static str {
    match code {
        0 => "cold",
        1 => "warming",
        _ => "normal",
    }
}

impl From<Row> for StoredVerdict {
    fn from(row: Row) -> Self {
        Self {
            log_id: LogId(row.log_id),
            score: row.score,
            is_anomaly: row.is_anomaly != 0,
            confidence: confidence_name(row.confidence),
            template: TemplateKey(row.template),
            template_text: row.template_text,
            explanation: ExplanationBody::read(row.body.as_deref().unwrap_or_default()),
            model_version: row.model_version,
            scored_at: Timestamp::from_micros(row.scored_us),
            anomaly_id: row.anomaly_id.map(AnomalyId),
        }
    }
}
