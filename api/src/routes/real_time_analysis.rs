//! `POST /api/real-time-analysis`: stored lines, judged before all others.

use std::collections::HashSet;

use axum::{extract::State, http::StatusCode, response::Response};
use noctule_domain::LogId;
use noctule_jobs::{NewJob, RealTimeJob};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::{Accepted, accept, task_location};
use crate::{
    AppState,
    auth::Creator,
    intake::{self, MAX_ENTRIES},
    problem::{FieldError, Kind, Problem, ProblemBody},
};

/// Which lines.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, whose ids are read one by one")]
pub(crate) struct RealTimeBody {
    /// Ids of stored lines, at most 10,000.
    #[schema(example = json!([1, 2, 3, 4, 5]))]
    log_entry_ids: Vec<i64>,
}

#[derive(Deserialize)]
struct RawBody {
    log_entry_ids: Vec<Value>,
}

/// What became of the ids.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcceptedRealTime {
    /// A sentence for people.
    #[schema(example = "Real-time analysis started for 5 log entries")]
    message: String,
    /// The task that judges them; ask `/api/task-status/{task_id}`.
    task_id: String,
    /// The lines that it judges.
    log_entry_ids: Vec<i64>,
    /// Ids that name no line.
    not_found: Vec<i64>,
}

/// Judge stored lines with the lowest latency.
///
/// Lines that have a verdict keep it.
#[utoipa::path(
    post, path = "/api/real-time-analysis", tag = "analysis", request_body = RealTimeBody,
    security(("signature" = []), ("token" = [])),
    responses(
        (status = 202, description = "Accepted", body = AcceptedRealTime),
        (status = 400, description = "Not JSON", body = ProblemBody),
        (status = 401, description = "Neither signed nor with a token", body = ProblemBody),
        (status = 403, description = "The token may not do this", body = ProblemBody),
        (status = 413, description = "Too many", body = ProblemBody),
        (status = 422, description = "An id is not one", body = ProblemBody),
        (status = 503, description = "Come back later", body = ProblemBody),
    ),
)]
pub(crate) async fn analyze_in_real_time(
    State(state): State<AppState>,
    creator: Creator,
) -> Result<Response, Problem> {
    let ids = read_ids(&creator.body)?;
    let known: HashSet<_> =
        state.store().existing_lines(creator.scope, &ids).await?.into_iter().collect();
    let (found, missing): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| known.contains(id));
    let job = NewJob::of(creator.scope, &RealTimeJob::AnalyzeLines { log_ids: found.clone() });
    let answer = AcceptedRealTime {
        message: format!("Real-time analysis started for {} log entries", found.len()),
        task_id: job.id.to_string(),
        log_entry_ids: found.iter().map(|id| id.0).collect(),
        not_found: missing.iter().map(|id| id.0).collect(),
    };
    let location = task_location(job.id);
    let accepted = Accepted {
        scope: creator.scope,
        received_at: state.clock().now(),
        lines: Vec::new(),
        job,
        nonce: creator.nonce,
    };
    accept(&state, accepted, StatusCode::ACCEPTED, location, &answer).await
}

/// The ids, each once, in the order in which they were given.
fn read_ids(body: &[u8]) -> Result<Vec<LogId>, Problem> {
    let raw: RawBody = intake::parse(body)?;
    let count = raw.log_entry_ids.len();
    if count > MAX_ENTRIES {
        let message = format!("has {count} ids; at most {MAX_ENTRIES} are accepted");
        let error = FieldError::new("/log_entry_ids", "too-many", message);
        return Err(Problem::invalid_field(error).kind(Kind::TooLarge));
    }
    if count == 0 {
        let error = FieldError::new("/log_entry_ids", "empty", "must hold at least one id");
        return Err(Problem::invalid_field(error));
    }
    let (mut ids, mut seen, mut errors) = (Vec::with_capacity(count), HashSet::new(), Vec::new());
    for (index, value) in raw.log_entry_ids.iter().enumerate() {
        match value.as_i64().filter(|id| *id > 0).map(LogId) {
            Some(id) if seen.insert(id) => ids.push(id),
            Some(_) => {}
            None => {
                let pointer = format!("/log_entry_ids/{index}");
                let message = format!("{value} is not a line's id");
                errors.push(FieldError::new(pointer, "not-an-id", message));
            }
        }
    }
    if errors.is_empty() { Ok(ids) } else { Err(Problem::invalid(errors)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_once_and_others_are_named() {
        let ids = read_ids(br#"{"log_entry_ids":[3,1,3]}"#).unwrap();
        assert_eq!(ids, [LogId(3), LogId(1)]);
        for body in [r#"{"log_entry_ids":[]}"#, r#"{"log_entry_ids":[1,"2",-3,1.5]}"#, "{}"] {
            assert!(read_ids(body.as_bytes()).is_err(), "{body}");
        }
    }
}
