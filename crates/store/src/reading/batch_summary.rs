//! What a batch of lines came to.

use noctule_domain::{AnomalyId, LogId, Severity, TemplateKey, TenantScope, Timestamp};
use noctule_jobs::LogIdRange;
use uuid::Uuid;

use super::line::severity_of;
use crate::{
    ExplanationBody, ModelId, Store, StoreError,
    sql::{Sql, sql},
};

/// What a batch came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BatchSummary {
    /// Anomalies by the level that their lines gave.
    pub by_severity: Vec<(Option<Severity>, i64)>,
    /// The most abnormal lines, the worst first; one for each template.
    pub top: Vec<TopAnomaly>,
}

/// One of the most abnormal lines of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct TopAnomaly {
    /// The anomaly.
    pub id: AnomalyId,
    /// Its line.
    pub log_id: LogId,
    /// The line's own time.
    pub timestamp: Timestamp,
    /// The level that it gave.
    pub severity: Option<Severity>,
    /// Its text.
    pub message: String,
    /// How abnormal it is, 0 to 1.
    pub score: f64,
    /// Why, in one sentence.
    pub summary: String,
    /// Its template.
    pub template: TemplateKey,
    /// How many anomalies of the batch have its template.
    pub alike: i64,
}

type TopRow = (Uuid, i64, i64, i16, String, f64, Option<String>, i64, i64);

impl Store {
    /// Sums up the anomalies of a batch, with up to `limit` of the worst.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn summarize_batch(
        &self,
        scope: TenantScope,
        model_id: ModelId,
        ranges: &[LogIdRange],
        limit: usize,
    ) -> Result<BatchSummary, StoreError> {
        if ranges.is_empty() {
            return Ok(BatchSummary::default());
        }
        let mut session = self.read().await?;
        let mut counts =
            sql("SELECT a.severity, CAST(count(*) AS BIGINT) FROM anomalies AS a WHERE ");
        push_batch(&mut counts, scope, model_id, ranges);
        counts.push(" GROUP BY a.severity ORDER BY a.severity DESC");
        let rows: Vec<(i16, i64)> = session.fetch_all(counts).await?;
        let count = |(code, count)| Ok((severity_of("anomalies", 0, code)?, count));
        let by_severity = rows.into_iter().map(count).collect::<Result<_, StoreError>>()?;

        // The worst line of each template, and how many lines the template has.
        let mut worst =
            sql("SELECT w.id, w.log_id, w.timestamp_us, w.severity, l.message, w.score, e.body, \
             w.template, w.alike FROM (SELECT a.*, row_number() OVER (PARTITION BY a.template \
             ORDER BY a.score DESC, a.log_id) AS place, count(*) OVER (PARTITION BY a.template) \
             AS alike FROM anomalies AS a WHERE ");
        push_batch(&mut worst, scope, model_id, ranges);
        worst.push(
            ") AS w JOIN log_lines AS l ON l.id = w.log_id \
             LEFT JOIN explanations AS e ON e.id = w.explanation_id \
             WHERE w.place = 1 ORDER BY w.score DESC, w.log_id LIMIT ",
        );
        worst.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows: Vec<TopRow> = session.fetch_all(worst).await?;
        let top = rows.into_iter().map(top_anomaly).collect::<Result<_, _>>()?;
        Ok(BatchSummary { by_severity, top })
    }
}

fn push_batch(query: &mut Sql, scope: TenantScope, model_id: ModelId, ranges: &[LogIdRange]) {
    query.push("a.tenant_id = ").push_bind(scope.tenant_id().0);
    query.push(" AND a.model_id = ").push_bind(model_id.0).push(" AND (");
    for (index, range) in ranges.iter().enumerate() {
        query.push(if index == 0 { "" } else { " OR " });
        query.push("(a.log_id >= ").push_bind(range.first.0);
        query.push(" AND a.log_id < ").push_bind(range.end().0).push(")");
    }
    query.push(")");
}

fn top_anomaly(row: TopRow) -> Result<TopAnomaly, StoreError> {
    let (id, log_id, timestamp_us, severity, message, score, body, template, alike) = row;
    Ok(TopAnomaly {
        id: AnomalyId(id),
        log_id: LogId(log_id),
        timestamp: Timestamp::from_micros(timestamp_us),
        severity: severity_of("anomalies", log_id, severity)?,
        message,
        score,
        summary: ExplanationBody::read(body.as_deref().unwrap_or_default()).summary,
        template: TemplateKey(template),
        alike,
    })
}
