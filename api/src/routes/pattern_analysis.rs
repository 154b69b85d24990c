//! `POST /api/pattern-analysis`: what the last hours have in common.

use axum::{extract::State, http::StatusCode, response::Response};
use noctule_domain::Timestamp;
use noctule_jobs::{MAX_WINDOW_HOURS, NewJob, PatternJob};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::{Accepted, accept, task_location};
use crate::{
    AppState,
    auth::Creator,
    intake,
    problem::{FieldError, Problem, ProblemBody},
};

/// The span when the request gives none.
const DEFAULT_HOURS: u32 = 24;

/// Which hours.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
pub(crate) struct PatternBody {
    /// How many hours, 1 to 168; 24 when not given.
    #[schema(example = 24, minimum = 1, maximum = 168)]
    time_window_hours: Option<u32>,
    /// Where they end (RFC 3339 or Unix time); now when not given.
    until: Option<String>,
}

#[derive(Deserialize)]
struct RawBody {
    #[serde(default)]
    time_window_hours: Value,
    #[serde(default)]
    until: Value,
}

/// The analysis as it was accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcceptedPattern {
    /// A sentence for people.
    #[schema(example = "Pattern analysis started for 24 hour window")]
    message: String,
    /// The task that does it; ask `/api/task-status/{task_id}`.
    task_id: String,
    /// How many hours it looks at.
    #[schema(example = 24)]
    time_window_hours: u32,
}

/// Look for anomaly clusters, error spikes, low activity and shifts between severities.
#[utoipa::path(
    post, path = "/api/pattern-analysis", tag = "analysis", request_body = PatternBody,
    security(("signature" = []), ("token" = [])),
    responses(
        (status = 202, description = "Accepted", body = AcceptedPattern),
        (status = 400, description = "Not JSON", body = ProblemBody),
        (status = 401, description = "Neither signed nor with a token", body = ProblemBody),
        (status = 403, description = "The token may not do this", body = ProblemBody),
        (status = 422, description = "A field cannot be used", body = ProblemBody),
        (status = 503, description = "Come back later", body = ProblemBody),
    ),
)]
pub(crate) async fn analyze_patterns(
    State(state): State<AppState>,
    creator: Creator,
) -> Result<Response, Problem> {
    let (window_hours, until) = read(&creator.body)?;
    let job = NewJob::of(creator.scope, &PatternJob::DetectPatterns { window_hours, until });
    let answer = AcceptedPattern {
        message: format!("Pattern analysis started for {window_hours} hour window"),
        task_id: job.id.to_string(),
        time_window_hours: window_hours,
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

fn read(body: &[u8]) -> Result<(u32, Option<Timestamp>), Problem> {
    if body.is_empty() {
        return Ok((DEFAULT_HOURS, None));
    }
    let raw: RawBody = intake::parse(body)?;
    let mut errors = Vec::new();
    let hours = match &raw.time_window_hours {
        Value::Null => Some(DEFAULT_HOURS),
        value => value.as_u64().and_then(|hours| u32::try_from(hours).ok()),
    };
    let hours = hours.filter(|hours| (1..=MAX_WINDOW_HOURS).contains(hours));
    if hours.is_none() {
        let message = format!("must be a whole number from 1 to {MAX_WINDOW_HOURS}");
        errors.push(FieldError::new("/time_window_hours", "out-of-range", message));
    }
    let until = match &raw.until {
        Value::Null => Some(None),
        Value::String(text) => Timestamp::parse(text).ok().map(Some),
        Value::Number(number) => number.as_f64().and_then(Timestamp::from_unix).map(Some),
        _ => None,
    };
    if until.is_none() {
        let message = "must be RFC 3339 text or a Unix time";
        errors.push(FieldError::new("/until", "not-a-timestamp", message));
    }
    match (hours, until) {
        (Some(hours), Some(until)) => Ok((hours, until)),
        _ => Err(Problem::invalid(errors)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_within_a_week() {
        let hours = |body: &str| read(body.as_bytes()).map(|(hours, _)| hours).ok();
        assert_eq!(hours(""), Some(24));
        assert_eq!(hours("{}"), Some(24));
        assert_eq!(hours(r#"{"time_window_hours":168}"#), Some(168));
        for body in ["0", "169", "-1", "1.5", "\"24\""] {
            assert_eq!(hours(&format!(r#"{{"time_window_hours":{body}}}"#)), None, "{body}");
        }
        assert_eq!(hours(r#"{"until":"yesterday"}"#), None);
    }
}
