//! `/livez`, `/readyz`, `/metrics`: for orchestrators and for Prometheus.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde_json::{Value, json};

use crate::AppState;

/// Whether the process answers.
#[utoipa::path(
    get, path = "/livez", tag = "health",
    responses((status = 200, description = "It does", body = Value)),
)]
pub(crate) async fn livez() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// Whether the process can do its work, check by check.
#[utoipa::path(
    get, path = "/readyz", tag = "health",
    responses(
        (status = 200, description = "It can", body = Value),
        (status = 503, description = "It cannot", body = Value),
    ),
)]
pub(crate) async fn readyz(State(state): State<AppState>) -> (StatusCode, Json<Value>) {
    let (is_ready, document) = state.readiness().check().await;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(document))
}

/// The process's metrics in Prometheus' text format.
#[utoipa::path(
    get, path = "/metrics", tag = "health",
    responses((status = 200, description = "Metrics", body = String, content_type = "text/plain")),
)]
pub(crate) async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    if let Ok(depths) = state.store().queue_depths().await {
        for queue in noctule_jobs::Queue::ALL {
            for job_state in noctule_jobs::JobState::ALL.into_iter().filter(|s| !s.is_final()) {
                let found = depths.iter().find(|depth| (depth.0, depth.1) == (queue, job_state));
                let labels = [("queue", queue.name()), ("state", job_state.name())];
                metrics::gauge!("noctule_queue_depth", &labels)
                    .set(found.map_or(0.0, |depth| depth.2 as f64));
            }
        }
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], state.metrics().render())
}
