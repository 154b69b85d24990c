//! `GET /api/task-status/{task_id}`: where a task stands, or waiting for its end.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, header},
};
use noctule_domain::{JobId, TenantScope};
use noctule_jobs::{AnalysisJob, Job, Queue};
use noctule_store::TaskStatus;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::show_log::VerdictBody;
use crate::{
    AppState,
    auth::Reader,
    problem::{FieldError, Kind, Problem, ProblemBody},
};

/// The longest wait for a task's end.
const MAX_WAIT: Duration = Duration::from_mins(1);

/// A task.
#[derive(Serialize, ToSchema)]
pub(crate) struct TaskBody {
    /// Its id.
    task_id: String,
    /// PENDING, STARTED, RETRY, SUCCESS, FAILURE or REVOKED.
    #[schema(example = "SUCCESS")]
    status: &'static str,
    /// The same in our own words: scheduled, queued, running, retrying, succeeded, failed,
    /// cancelled, expired.
    #[schema(example = "succeeded")]
    state: &'static str,
    /// What it found, once it has.
    result: Option<Value>,
    /// The last error, with causes.
    error: Option<String>,
    /// Why it failed for good: exhausted, fatal, decode, timeout, poison.
    reason: Option<String>,
    /// The queue that it travels on.
    #[schema(example = "analysis")]
    queue: &'static str,
    /// What it does.
    #[schema(example = "analyze_line")]
    kind: String,
    /// Attempts so far that count.
    attempts: i32,
    /// Attempts that it has.
    max_attempts: i32,
    /// How far it has got, for long tasks.
    progress: Option<ProgressBody>,
    /// The worker that holds or held it.
    worker: Option<String>,
    /// When it was accepted.
    created_at: String,
    /// When its first attempt began.
    started_at: Option<String>,
    /// When it ended for good.
    finished_at: Option<String>,
    /// When its next attempt is due.
    next_retry_at: Option<String>,
}

/// How far a task has got.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProgressBody {
    /// Units done.
    done: i64,
    /// Units in all.
    total: i64,
    /// What is counted.
    #[schema(example = "lines")]
    unit: &'static str,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WaitQuery {
    /// Wait for the task's end, at most so long: `20s`, `500ms`; up to a minute.
    #[param(example = "20s")]
    wait: Option<String>,
}

/// See where a task stands, or wait for its end.
#[utoipa::path(
    get, path = "/api/task-status/{task_id}", tag = "tasks",
    params(("task_id" = String, Path, description = "The task"), WaitQuery),
    security(("token" = [])),
    responses(
        (status = 200, description = "The task", body = TaskBody),
        (status = 401, description = "No token", body = ProblemBody),
        (status = 404, description = "No such task", body = ProblemBody),
        (status = 422, description = "The wait cannot be read", body = ProblemBody),
        (status = 503, description = "Come back later", body = ProblemBody),
    ),
)]
pub(crate) async fn show_task(
    State(state): State<AppState>,
    reader: Reader,
    Path(task_id): Path<String>,
    Query(query): Query<WaitQuery>,
) -> Result<(HeaderMap, Json<TaskBody>), Problem> {
    let wait = query.wait.as_deref().map(read_wait).transpose()?;
    let id = task_id.parse().map(JobId).map_err(|_| no_such_task(&task_id))?;
    let mut task = find(&state, reader.scope, id).await?;
    if let Some(patience) = wait
        && !task.state.is_final()
    {
        state.watcher().wait(id, patience).await;
        task = find(&state, reader.scope, id).await?;
    }
    let mut headers = HeaderMap::new();
    if !task.state.is_final() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    let result = result_of(&state, reader.scope, &task).await?;
    Ok((headers, Json(body_of(task, result))))
}

async fn find(state: &AppState, scope: TenantScope, id: JobId) -> Result<TaskStatus, Problem> {
    let task = state.store().find_task(scope, id).await?;
    task.ok_or_else(|| no_such_task(&id.to_string()))
}

fn no_such_task(id: &str) -> Problem {
    let id: String = id.chars().take(64).collect();
    Problem::new(Kind::NotFound).detail(format!("there is no task {id}"))
}

/// What a task found. For a single line that is the line's verdict, which is stored with the
/// line; for other tasks it is stored with the task.
async fn result_of(
    state: &AppState,
    scope: TenantScope,
    task: &TaskStatus,
) -> Result<Option<Value>, Problem> {
    if let Some(result) = &task.result {
        return Ok(Some(serde_json::from_str(result).unwrap_or_else(|_| json!(result))));
    }
    if task.queue != Queue::Analysis || !task.state.is_final() {
        return Ok(None);
    }
    let Ok(AnalysisJob::AnalyzeLine { log_id }) = AnalysisJob::decode(&task.payload) else {
        return Ok(None);
    };
    let verdict = state.store().verdicts(scope, &[log_id]).await?.pop();
    Ok(verdict.map(|verdict| {
        let mut result = json!(VerdictBody::from(verdict));
        result["log_id"] = json!(log_id.0);
        result
    }))
}

fn body_of(task: TaskStatus, result: Option<Value>) -> TaskBody {
    TaskBody {
        task_id: task.id.to_string(),
        status: task.state.celery_name(),
        state: task.state.name(),
        result,
        error: task.error,
        reason: task.reason,
        queue: task.queue.name(),
        kind: task.kind,
        attempts: task.attempts,
        max_attempts: task.max_attempts,
        progress: task.progress.map(|progress| ProgressBody {
            done: progress.done,
            total: progress.total,
            unit: "lines",
        }),
        worker: task.worker,
        created_at: task.created_at.to_string(),
        started_at: task.started_at.map(|at| at.to_string()),
        finished_at: task.finished_at.map(|at| at.to_string()),
        next_retry_at: task.next_run_at.map(|at| at.to_string()),
    }
}

fn read_wait(text: &str) -> Result<Duration, Problem> {
    let (digits, unit) = match text.strip_suffix("ms") {
        Some(digits) => (digits, Duration::from_millis(1)),
        None => (text.strip_suffix('s').unwrap_or(text), Duration::from_secs(1)),
    };
    let count: u32 = digits.parse().map_err(|_| {
        let message = format!("{text:?} is not a duration such as 20s or 500ms");
        Problem::invalid_field(FieldError::new("?wait", "not-a-duration", message))
    })?;
    Ok((unit * count).min(MAX_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_and_bounded() {
        assert_eq!(read_wait("20s").unwrap(), Duration::from_secs(20));
        assert_eq!(read_wait("500ms").unwrap(), Duration::from_millis(500));
        assert_eq!(read_wait("7").unwrap(), Duration::from_secs(7));
        assert_eq!(read_wait("9999s").unwrap(), MAX_WAIT);
        for text in ["", "soon", "-1s", "1m"] {
            assert!(read_wait(text).is_err(), "{text}");
        }
    }
}
