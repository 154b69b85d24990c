//! Answers that accept work, and the storing that they promise.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use noctule_domain::{JobId, LogId, LogLine, TenantScope, Timestamp};
use noctule_jobs::NewJob;
use noctule_store::{IngestOutcome, IngestRequest};
use serde::Serialize;

use crate::{
    AppState,
    auth::UsedNonce,
    problem::{Kind, Problem},
};

/// What a request asks to be stored.
pub(super) struct Accepted {
    pub(super) scope: TenantScope,
    pub(super) received_at: Timestamp,
    pub(super) lines: Vec<(LogId, LogLine)>,
    pub(super) job: NewJob,
    pub(super) nonce: Option<UsedNonce>,
}

/// Stores lines and job, hints the job, and answers with `body`. A repeated request gets the
/// answer that it got the first time and has no effect.
pub(super) async fn accept<B: Serialize>(
    state: &AppState,
    accepted: Accepted,
    status: StatusCode,
    location: String,
    body: &B,
) -> Result<Response, Problem> {
    let text = serde_json::to_string(body).expect("answers are plain structs");
    let (queue, job_id) = (accepted.job.queue, accepted.job.id);
    let line_count = accepted.lines.len();
    let request = IngestRequest {
        scope: accepted.scope,
        received_at: accepted.received_at,
        lines: accepted.lines,
        jobs: vec![accepted.job],
        signed: accepted.nonce.map(|nonce| nonce.with_response(&text)),
    };
    match state.store().ingest(request).await? {
        IngestOutcome::Stored => {
            state.hinter().hint(queue, job_id);
            metrics::counter!("noctule_logs_ingested_total").increment(line_count as u64);
            metrics::counter!("noctule_jobs_enqueued_total", "queue" => queue.name()).increment(1);
            Ok(answer(status, Some(location), text))
        }
        IngestOutcome::Replayed { response } => {
            let mut replayed = answer(status, None, response);
            let headers = replayed.headers_mut();
            headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
            Ok(replayed)
        }
        IngestOutcome::NonceReused => Err(Problem::new(Kind::NonceReused)),
    }
}

/// Where a task's status is.
pub(super) fn task_location(id: JobId) -> String {
    format!("/api/task-status/{id}")
}

fn answer(status: StatusCode, location: Option<String>, json: String) -> Response {
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(location) = location {
        let location = HeaderValue::from_str(&location).expect("ids are safe in headers");
        headers.insert(header::LOCATION, location);
    }
    if status == StatusCode::ACCEPTED {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
