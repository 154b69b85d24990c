//! `GET /api/logs/{id}`: one line and its verdict.

use axum::{
    Json,
    extract::{Path, State},
};
use noctule_domain::{LogId, Severity};
use noctule_store::StoredVerdict;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    AppState,
    auth::Reader,
    problem::{Kind, Problem, ProblemBody},
};

/// A line and its verdict.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogBody {
    /// The line's id.
    id: i64,
    /// Its own time.
    timestamp: String,
    /// When it arrived.
    received_at: String,
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
    /// Its verdict, once it has been judged.
    verdict: Option<VerdictBody>,
}

/// A verdict on a line.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerdictBody {
    /// Whether the line is abnormal.
    is_anomaly: bool,
    /// How abnormal it is, 0 to 1.
    anomaly_score: f64,
    /// The anomaly's id, if it is one.
    anomaly_id: Option<String>,
    /// How much of the logs had been seen: cold, warming, normal.
    confidence: &'static str,
    /// Why, in one sentence.
    summary: String,
    /// Why, the weightiest reason first.
    reasons: Vec<ReasonBody>,
    /// The line's template: its text with what varies taken out.
    template: Option<String>,
    /// The template's id.
    template_id: String,
    /// What judged it.
    model_version: String,
    /// When.
    scored_at: String,
}

/// One reason.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReasonBody {
    /// severity, words, meaning or rarity.
    kind: String,
    /// Its part of the score in log-odds; positive speaks for an anomaly.
    contribution: f64,
    /// The reason in words.
    text: String,
    /// Names and values.
    evidence: Map<String, Value>,
}

/// See one line and its verdict.
#[utoipa::path(
    get, path = "/api/logs/{id}", tag = "logs",
    params(("id" = i64, Path, description = "The line")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The line", body = LogBody),
        (status = 401, description = "No token", body = ProblemBody),
        (status = 404, description = "No such line", body = ProblemBody),
        (status = 503, description = "Come back later", body = ProblemBody),
    ),
)]
pub(crate) async fn show_log(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<String>,
) -> Result<Json<LogBody>, Problem> {
    let not_found = || {
        let id: String = id.chars().take(64).collect();
        Problem::new(Kind::NotFound).detail(format!("there is no log line {id}"))
    };
    let log_id = id.parse().map(LogId).map_err(|_| not_found())?;
    let found = state.store().find_line(reader.scope, log_id).await?;
    let (stored, verdict) = found.ok_or_else(not_found)?;
    let origin = stored.line.origin().clone();
    Ok(Json(LogBody {
        id: stored.id.0,
        timestamp: stored.line.timestamp().to_string(),
        received_at: stored.received_at.to_string(),
        severity: stored.line.severity().map(Severity::name),
        message: stored.line.message().to_owned(),
        service: origin.service,
        host: origin.host,
        source: origin.source,
        verdict: verdict.map(VerdictBody::from),
    }))
}

impl From<StoredVerdict> for VerdictBody {
    fn from(verdict: StoredVerdict) -> Self {
        Self {
            is_anomaly: verdict.is_anomaly,
            anomaly_score: round(verdict.score),
            anomaly_id: verdict.anomaly_id.map(|id| id.to_string()),
            confidence: verdict.confidence,
            summary: verdict.explanation.summary,
            reasons: verdict.explanation.reasons.into_iter().map(ReasonBody::from).collect(),
            template: verdict.template_text,
            template_id: verdict.template.to_string(),
            model_version: verdict.model_version,
            scored_at: verdict.scored_at.to_string(),
        }
    }
}

impl From<noctule_store::ReasonBody> for ReasonBody {
    fn from(reason: noctule_store::ReasonBody) -> Self {
        Self {
            kind: reason.kind,
            contribution: reason.contribution,
            text: reason.text,
            evidence: reason.evidence,
        }
    }
}

/// Scores are shown with four decimals.
pub(crate) fn round(score: f64) -> f64 {
    (score * 1e4).round() / 1e4
}
