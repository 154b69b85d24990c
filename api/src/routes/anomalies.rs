//! `GET /api/anomalies` and `GET /api/anomalies/{id}`.

use axum::{
    Json,
    extract::{Path, State},
};
use noctule_domain::{AnomalyId, Severity};
use noctule_store::{AnomalyCursor, StoredAnomaly};
use serde::Serialize;
use utoipa::ToSchema;

use super::show_log::{ReasonBody, round};
use crate::{
    AppState,
    auth::Reader,
    paging::{ListQuery, Page, encode_cursor, foreign_cursor},
    problem::{Kind, Problem, ProblemBody},
};

/// A page of anomalies.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnomalyPage {
    /// The anomalies, by their lines' own time, newest first.
    items: Vec<AnomalyBody>,
    /// Where the next page begins; null on the last one. A page may be short, even empty, and
    /// still have a next one, when what is looked for is rare.
    next_cursor: Option<String>,
}

/// An abnormal line.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnomalyBody {
    /// The anomaly's id.
    id: String,
    /// The line's id.
    log_id: i64,
    /// The line's own time.
    timestamp: String,
    /// When it was judged.
    detected_at: String,
    /// Its level.
    severity: Option<&'static str>,
    /// Its text.
    message: String,
    /// The service that wrote it.
    service: Option<String>,
    /// The machine that it ran on.
    host: Option<String>,
    /// Where it was read.
    source: Option<String>,
    /// How abnormal it is, 0 to 1.
    anomaly_score: f64,
    /// Why, in one sentence.
    summary: String,
    /// Why, the weightiest reason first.
    reasons: Vec<ReasonBody>,
    /// Its template's id.
    template_id: String,
    /// What judged it.
    model_version: String,
}

/// List anomalies, newest first.
#[utoipa::path(
    get, path = "/api/anomalies", tag = "anomalies", params(ListQuery),
    security(("token" = [])),
    responses(
        (status = 200, description = "A page of anomalies", body = AnomalyPage),
        (status = 401, description = "No token", body = ProblemBody),
        (status = 422, description = "A filter cannot be used", body = ProblemBody),
        (status = 503, description = "Come back later", body = ProblemBody),
    ),
)]
pub(crate) async fn list_anomalies(
    State(state): State<AppState>,
    reader: Reader,
    page: Page,
) -> Result<Json<AnomalyPage>, Problem> {
    let after = match page.after {
        Some((timestamp, id)) => {
            let id = id.parse().map(AnomalyId).map_err(|_| foreign_cursor())?;
            Some(AnomalyCursor { timestamp, id })
        }
        None => None,
    };
    let found = state.store().anomaly_page(reader.scope, &page.filter, after, page.limit).await?;
    Ok(Json(AnomalyPage {
        items: found.anomalies.into_iter().map(AnomalyBody::from).collect(),
        next_cursor: found.next.map(|cursor| encode_cursor(cursor.timestamp, &cursor.id)),
    }))
}

/// See one anomaly.
#[utoipa::path(
    get, path = "/api/anomalies/{id}", tag = "anomalies",
    params(("id" = String, Path, description = "The anomaly")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The anomaly", body = AnomalyBody),
        (status = 401, description = "No token", body = ProblemBody),
        (status = 404, description = "No such anomaly", body = ProblemBody),
        (status = 503, description = "Come back later", body = ProblemBody),
    ),
)]
pub(crate) async fn show_anomaly(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<String>,
) -> Result<Json<AnomalyBody>, Problem> {
    let not_found = || {
        let id: String = id.chars().take(64).collect();
        Problem::new(Kind::NotFound).detail(format!("there is no anomaly {id}"))
    };
    let anomaly_id = id.parse().map(AnomalyId).map_err(|_| not_found())?;
    let found = state.store().find_anomaly(reader.scope, anomaly_id).await?;
    Ok(Json(found.ok_or_else(not_found)?.into()))
}

impl From<StoredAnomaly> for AnomalyBody {
    fn from(anomaly: StoredAnomaly) -> Self {
        let stored = anomaly.line;
        let origin = stored.line.origin().clone();
        Self {
            id: anomaly.id.to_string(),
            log_id: stored.id.0,
            timestamp: stored.line.timestamp().to_string(),
            detected_at: anomaly.detected_at.to_string(),
            severity: stored.line.severity().map(Severity::name),
            message: stored.line.message().to_owned(),
            service: origin.service,
            host: origin.host,
            source: origin.source,
            anomaly_score: round(anomaly.score),
            summary: anomaly.explanation.summary,
            reasons: anomaly.explanation.reasons.into_iter().map(ReasonBody::from).collect(),
            template_id: anomaly.template.to_string(),
            model_version: anomaly.model_version,
        }
    }
}
