//! `POST /api/logs`: one line.

use axum::{extract::State, http::StatusCode, response::Response};
use noctule_jobs::{AnalysisJob, NewJob};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Accepted, accept};
use crate::{
    AppState,
    auth::Signed,
    intake,
    problem::{Kind, Problem, ProblemBody},
};

/// One log line.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read field by field elsewhere")]
pub(crate) struct LogEntry {
    /// When it was written: RFC 3339, or a Unix time in seconds, milli-, micro- or nanoseconds.
    /// The time of arrival when not given.
    #[schema(example = "2024-01-15T10:30:00Z")]
    timestamp: Option<String>,
    /// DEBUG, INFO, WARNING, ERROR or CRITICAL, or a usual alias; none when not given.
    #[schema(example = "ERROR")]
    severity: Option<String>,
    /// The text, at most 256 KiB.
    #[schema(example = "Database connection failed after 3 retries")]
    message: String,
    /// The service that wrote it.
    service: Option<String>,
    /// The machine that it ran on.
    host: Option<String>,
    /// The file, unit or logger that it came from.
    source: Option<String>,
}

/// The line as it was accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcceptedLog {
    /// The line's id.
    #[schema(example = 1)]
    id: i64,
    /// Its time.
    #[schema(example = "2024-01-15T10:30:00Z")]
    timestamp: String,
    /// Its level.
    #[schema(example = "ERROR")]
    severity: Option<&'static str>,
    /// Its text.
    #[schema(example = "Database connection failed after 3 retries")]
    message: String,
    /// The task that judges it; ask `/api/task-status/{task_id}`.
    analysis_task_id: String,
    /// Always `processing`.
    #[schema(example = "processing")]
    status: &'static str,
}

/// Take one log line and judge it.
///
/// The answer comes when line and task are on disk.
#[utoipa::path(
    post, path = "/api/logs", tag = "logs", request_body = LogEntry,
    security(("signature" = [])),
    responses(
        (status = 201, description = "Accepted", body = AcceptedLog),
        (status = 400, description = "Not JSON", body = ProblemBody),
        (status = 401, description = "Not signed", body = ProblemBody),
        (status = 409, description = "The nonce was used for another request", body = ProblemBody),
        (status = 413, description = "Too large", body = ProblemBody),
        (status = 422, description = "A field cannot be used", body = ProblemBody),
        (status = 503, description = "Come back later", body = ProblemBody),
    ),
)]
pub(crate) async fn post_log(
    State(state): State<AppState>,
    signed: Signed,
) -> Result<Response, Problem> {
    let received_at = state.clock().now();
    let json: &serde_json::value::RawValue = intake::parse(&signed.body)?;
    let line = intake::read_entry(json.get(), received_at).map_err(|errors| {
        let is_too_long = errors.iter().any(|error| error.code == "too-long");
        let problem = Problem::invalid(errors);
        if is_too_long { problem.kind(Kind::TooLarge) } else { problem }
    })?;
    let id = state.store().take_log_ids(1).await?[0];
    let job = NewJob::of(signed.scope, &AnalysisJob::AnalyzeLine { log_id: id });
    let answer = AcceptedLog {
        id: id.0,
        timestamp: line.timestamp().to_string(),
        severity: line.severity().map(noctule_domain::Severity::name),
        message: line.message().to_owned(),
        analysis_task_id: job.id.to_string(),
        status: "processing",
    };
    let accepted = Accepted {
        scope: signed.scope,
        received_at,
        lines: vec![(id, line)],
        job,
        nonce: signed.nonce,
    };
    accept(&state, accepted, StatusCode::CREATED, format!("/api/logs/{id}"), &answer).await
}
