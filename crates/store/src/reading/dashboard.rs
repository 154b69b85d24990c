//! The sums that the dashboard shows. They are kept, not counted, so they cost the same with a
//! thousand lines as with a billion.

use noctule_domain::{Severity, TenantScope, Timestamp};

use super::line::severity_of;
use crate::{Store, StoreError, sql::sql};

/// How many judged lines of a level arrived in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrivalCount {
    /// The level.
    pub severity: Option<Severity>,
    /// Lines.
    pub lines: i64,
    /// Anomalies among them.
    pub anomalies: i64,
}

/// The sums of a span.
pub type Dashboard = Vec<ArrivalCount>;

impl Store {
    /// Lines and anomalies by severity, of lines that arrived at or after the ten-minute window
    /// of `since`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn arrivals_since(
        &self,
        scope: TenantScope,
        since: Timestamp,
    ) -> Result<Dashboard, StoreError> {
        let query =
            sql("SELECT severity, CAST(SUM(lines) AS BIGINT), CAST(SUM(anomalies) AS BIGINT) \
             FROM line_counts WHERE tenant_id = ? AND basis = 1 AND window_us >= ? \
             GROUP BY severity ORDER BY severity")
            .bind(scope.tenant_id().0)
            .bind(since.window_start().as_micros());
        let rows: Vec<(i16, i64, i64)> = self.read().await?.fetch_all(query).await?;
        let count = |(code, lines, anomalies): (i16, i64, i64)| {
            let severity = severity_of("line_counts", i64::from(code), code)?;
            Ok(ArrivalCount { severity, lines, anomalies })
        };
        rows.into_iter().map(count).collect()
    }
}
