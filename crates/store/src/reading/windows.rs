//! Counts by ten-minute window of the lines' own time, for pattern analysis.

use noctule_domain::{AnomalyId, LogId, TemplateKey, TenantScope, Timestamp};
use uuid::Uuid;

use crate::{Store, StoreError, sql::sql};

/// Judged lines of one level in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowCount {
    /// The window's start.
    pub window: Timestamp,
    /// The level's number; 0 when none was given.
    pub severity_code: i16,
    /// Lines.
    pub lines: i64,
    /// Anomalies among them.
    pub anomalies: i64,
}

/// An anomaly, as clusters are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnomalySighting {
    /// The anomaly.
    pub id: AnomalyId,
    /// Its line.
    pub log_id: LogId,
    /// The line's own time.
    pub timestamp: Timestamp,
    /// Its template.
    pub template: TemplateKey,
    /// The service that wrote the line.
    pub service: Option<String>,
}

impl Store {
    /// The counts of all windows that begin in a span, in order.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn window_counts(
        &self,
        scope: TenantScope,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<WindowCount>, StoreError> {
        let query = sql("SELECT window_us, severity, lines, anomalies FROM line_counts \
             WHERE tenant_id = ? AND basis = 0 AND window_us >= ? AND window_us < ? \
             ORDER BY window_us, severity")
        .bind(scope.tenant_id().0)
        .bind(from.as_micros())
        .bind(to.as_micros());
        let rows: Vec<(i64, i16, i64, i64)> = self.read().await?.fetch_all(query).await?;
        let count = |(window_us, severity_code, lines, anomalies)| WindowCount {
            window: Timestamp::from_micros(window_us),
            severity_code,
            lines,
            anomalies,
        };
        Ok(rows.into_iter().map(count).collect())
    }

    /// The anomalies of a span by their lines' own time, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn anomaly_sightings(
        &self,
        scope: TenantScope,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<AnomalySighting>, StoreError> {
        let query = sql(
            "SELECT a.id, a.log_id, a.timestamp_us, a.template, l.service FROM anomalies AS a \
             JOIN log_lines AS l ON l.id = a.log_id \
             WHERE a.tenant_id = ? AND a.timestamp_us >= ? AND a.timestamp_us < ? \
             ORDER BY a.timestamp_us, a.id LIMIT ?",
        )
        .bind(scope.tenant_id().0)
        .bind(from.as_micros())
        .bind(to.as_micros())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows: Vec<(Uuid, i64, i64, i64, Option<String>)> =
            self.read().await?.fetch_all(query).await?;
        let sighting = |(id, log_id, timestamp_us, template, service)| AnomalySighting {
            id: AnomalyId(id),
            log_id: LogId(log_id),
            timestamp: Timestamp::from_micros(timestamp_us),
            template: TemplateKey(template),
            service,
        };
        Ok(rows.into_iter().map(sighting).collect())
    }
}
