//! `POST /api/batch-analysis`: many lines.

use axum::{extract::State, http::StatusCode, response::Response};
use bytes::Bytes;
use noctule_domain::{LogLine, Timestamp};
use noctule_jobs::{BatchJob, LogIdRange, NewJob};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{
    answer::{Accepted, accept, task_location},
    post_log::LogEntry,
};
use crate::{
    AppState,
    auth::Signed,
    intake::{self, MAX_ENTRIES},
    problem::{FieldError, Kind, Problem, ProblemBody},
};

/// Bodies above this are read on a thread of their own.
const INLINE_BYTES: usize = 64 * 1024;

/// Many log lines.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read entry by entry")]
pub(crate) struct BatchBody {
    /// The lines, at most 10,000.
    log_entries: Vec<LogEntry>,
}

#[derive(Deserialize)]
struct RawBatch<'b> {
    #[serde(borrow)]
    log_entries: Vec<&'b RawValue>,
}

/// What became of the entries.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcceptedBatch {
    /// A sentence for people.
    #[schema(example = "Batch analysis started for 2 log entries")]
    message: String,
    /// The task that judges them; ask `/api/task-status/{task_id}`.
    task_id: String,
    /// How many were accepted.
    #[schema(example = 2)]
    accepted: usize,
    /// Those that were not.
    rejected: Vec<RejectedEntry>,
}

/// An entry that was not accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct RejectedEntry {
    /// Its place in `log_entries`, from 0.
    index: usize,
    /// Why, in a sentence.
    reason: String,
    /// The fields at fault.
    errors: Vec<FieldError>,
}

/// Take many log lines and judge them.
///
/// Entries that cannot be used are listed and left out; the others are accepted.
#[utoipa::path(
    post, path = "/api/batch-analysis", tag = "analysis", request_body = BatchBody,
    security(("signature" = [])),
    responses(
        (status = 202, description = "Accepted", body = AcceptedBatch),
        (status = 400, description = "Not JSON", body = ProblemBody),
        (status = 401, description = "Not signed", body = ProblemBody),
        (status = 409, description = "The nonce was used for another request", body = ProblemBody),
        (status = 413, description = "Too large or too many", body = ProblemBody),
        (status = 422, description = "No entry can be used", body = ProblemBody),
        (status = 503, description = "Come back later", body = ProblemBody),
    ),
)]
pub(crate) async fn analyze_batch(
    State(state): State<AppState>,
    signed: Signed,
) -> Result<Response, Problem> {
    let received_at = state.clock().now();
    let (lines, rejected) = read(signed.body, received_at).await?;
    if lines.is_empty() {
        return Err(no_entry(rejected));
    }
    let ids = state.store().take_log_ids(lines.len()).await?;
    let ranges = LogIdRange::gather(ids.iter().copied());
    let job = NewJob::of(signed.scope, &BatchJob::AnalyzeBatch { ranges });
    let answer = AcceptedBatch {
        message: format!("Batch analysis started for {} log entries", lines.len()),
        task_id: job.id.to_string(),
        accepted: lines.len(),
        rejected,
    };
    let location = task_location(job.id);
    let accepted = Accepted {
        scope: signed.scope,
        received_at,
        lines: ids.into_iter().zip(lines).collect(),
        job,
        nonce: signed.nonce,
    };
    accept(&state, accepted, StatusCode::ACCEPTED, location, &answer).await
}

type Entries = (Vec<LogLine>, Vec<RejectedEntry>);

async fn read(body: Bytes, received_at: Timestamp) -> Result<Entries, Problem> {
    if body.len() <= INLINE_BYTES {
        return read_entries(&body, received_at);
    }
    tokio::task::spawn_blocking(move || read_entries(&body, received_at))
        .await
        .unwrap_or_else(|_| Err(Problem::new(Kind::Internal)))
}

fn read_entries(body: &[u8], received_at: Timestamp) -> Result<Entries, Problem> {
    let batch: RawBatch<'_> = intake::parse(body)?;
    let count = batch.log_entries.len();
    if count > MAX_ENTRIES {
        let message = format!("has {count} entries; at most {MAX_ENTRIES} are accepted");
        let error = FieldError::new("/log_entries", "too-many", message);
        return Err(Problem::invalid_field(error).kind(Kind::TooLarge));
    }
    let (mut lines, mut rejected) = (Vec::with_capacity(count), Vec::new());
    for (index, entry) in batch.log_entries.into_iter().enumerate() {
        match intake::read_entry(entry.get(), received_at) {
            Ok(line) => lines.push(line),
            Err(errors) => rejected.push(reject(index, errors)),
        }
    }
    Ok((lines, rejected))
}

fn reject(index: usize, errors: Vec<FieldError>) -> RejectedEntry {
    let reason = errors.iter().map(|error| match error.pointer.trim_start_matches('/') {
        "" => error.message.clone(),
        field => format!("{field}: {}", error.message),
    });
    let reason = reason.collect::<Vec<_>>().join("; ");
    let rooted = |error: FieldError| FieldError {
        pointer: format!("/log_entries/{index}{}", error.pointer),
        ..error
    };
    RejectedEntry { index, reason, errors: errors.into_iter().map(rooted).collect() }
}

fn no_entry(rejected: Vec<RejectedEntry>) -> Problem {
    if rejected.is_empty() {
        let message = "must hold at least one entry";
        return Problem::invalid_field(FieldError::new("/log_entries", "empty", message));
    }
    Problem::invalid(rejected.into_iter().flat_map(|entry| entry.errors).collect())
}
