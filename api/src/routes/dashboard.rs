//! `GET /api/dashboard`: the numbers of the last day and week.

use std::{collections::BTreeMap, time::Duration};

use axum::{Json, extract::State};
use noctule_domain::Severity;
use noctule_store::StoredAnomaly;
use serde::Serialize;
use utoipa::ToSchema;

use super::show_log::round;
use crate::{
    AppState,
    auth::Reader,
    problem::{Problem, ProblemBody},
};

const DAY: Duration = Duration::from_hours(24);
const WEEK: Duration = Duration::from_hours(7 * 24);
const RECENT: usize = 10;

/// The numbers of the last day and week, by time of arrival.
#[derive(Serialize, ToSchema)]
pub(crate) struct DashboardBody {
    /// Anomalies among the lines that arrived in the last 24 hours.
    #[schema(example = 5)]
    anomalies_last_24h: i64,
    /// Anomalies among the lines that arrived in the last 7 days.
    #[schema(example = 23)]
    anomalies_last_7d: i64,
    /// Judged lines of the last 24 hours by level; lines without one are under `UNKNOWN`.
    #[schema(example = json!({"ERROR": 12, "WARNING": 8, "INFO": 45}))]
    severity_distribution_24h: BTreeMap<&'static str, i64>,
    /// The anomalies that were found last.
    recent_anomalies: Vec<RecentAnomaly>,
    /// When these numbers were taken.
    last_updated: String,
}

/// An anomaly that was found a moment ago.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecentAnomaly {
    /// The line's id.
    id: i64,
    /// The line's own time.
    timestamp: String,
    /// Its level.
    severity: Option<&'static str>,
    /// Its text.
    message: String,
    /// How abnormal it is, 0 to 1.
    anomaly_score: f64,
    /// Why, in one sentence.
    summary: String,
}

/// See the numbers of the last day and week.
#[utoipa::path(
    get, path = "/api/dashboard", tag = "dashboard",
    security(("token" = [])),
    responses(
        (status = 200, description = "The numbers", body = DashboardBody),
        (status = 401, description = "No token", body = ProblemBody),
        (status = 503, description = "Come back later", body = ProblemBody),
    ),
)]
pub(crate) async fn show_dashboard(
    State(state): State<AppState>,
    reader: Reader,
) -> Result<Json<DashboardBody>, Problem> {
    let now = state.clock().now();
    let store = state.store();
    let day = store.arrivals_since(reader.scope, now.minus(DAY)).await?;
    let week = store.arrivals_since(reader.scope, now.minus(WEEK)).await?;
    let recent = store.latest_anomalies(reader.scope, RECENT).await?;
    let name = |severity: Option<Severity>| severity.map_or("UNKNOWN", Severity::name);
    Ok(Json(DashboardBody {
        anomalies_last_24h: day.iter().map(|count| count.anomalies).sum(),
        anomalies_last_7d: week.iter().map(|count| count.anomalies).sum(),
        severity_distribution_24h: day
            .iter()
            .map(|count| (name(count.severity), count.lines))
            .collect(),
        recent_anomalies: recent.into_iter().map(RecentAnomaly::from).collect(),
        last_updated: now.to_string(),
    }))
}

impl From<StoredAnomaly> for RecentAnomaly {
    fn from(anomaly: StoredAnomaly) -> Self {
        let stored = anomaly.line;
        Self {
            id: stored.id.0,
            timestamp: stored.line.timestamp().to_string(),
            severity: stored.line.severity().map(Severity::name),
            message: stored.line.message().to_owned(),
            anomaly_score: round(anomaly.score),
            summary: anomaly.explanation.summary,
        }
    }
}
