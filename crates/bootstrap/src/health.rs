//! Liveness, readiness and metrics: checked here, shown by the API or on a port of their own.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::Metrics;

type Check = dyn Fn() -> Pin<Box<dyn Future<Output = HealthCheck> + Send>> + Send + Sync;

type NamedCheck = (&'static str, Arc<Check>);

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthCheck {
    /// Whether the process can do its work.
    pub is_ready: bool,
    /// Whether something is amiss that it can do without.
    pub is_degraded: bool,
    /// What was found, in words.
    pub detail: Value,
}

impl HealthCheck {
    /// All is well.
    #[must_use]
    pub fn ready(detail: impl Into<Value>) -> Self {
        Self { is_ready: true, is_degraded: false, detail: detail.into() }
    }

    /// The work goes on, but slower or poorer.
    #[must_use]
    pub fn degraded(detail: impl Into<Value>) -> Self {
        Self { is_ready: true, is_degraded: true, detail: detail.into() }
    }

    /// The work cannot be done.
    #[must_use]
    pub fn failed(detail: impl Into<Value>) -> Self {
        Self { is_ready: false, is_degraded: false, detail: detail.into() }
    }

    const fn status(&self) -> &'static str {
        match (self.is_ready, self.is_degraded) {
            (false, _) => "failed",
            (true, true) => "degraded",
            (true, false) => "ok",
        }
    }
}

/// What this process needs to do its work. Clones share the list.
#[derive(Clone)]
pub struct Readiness {
    checks: Arc<Mutex<Vec<NamedCheck>>>,
    shutdown: CancellationToken,
}

impl std::fmt::Debug for Readiness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readiness").finish_non_exhaustive()
    }
}

impl Readiness {
    pub(crate) fn new(shutdown: CancellationToken) -> Self {
        Self { checks: Arc::default(), shutdown }
    }

    /// Adds something that the process needs.
    pub fn require<F, C>(&self, name: &'static str, check: C)
    where
        C: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = HealthCheck> + Send + 'static,
    {
        let check: Arc<Check> = Arc::new(move || Box::pin(check()));
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).push((name, check));
    }

    /// Runs all checks; tells whether the process is ready, and the document that `/readyz`
    /// shows. A process that is ending is not ready.
    pub async fn check(&self) -> (bool, Value) {
        let checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut is_ready = !self.shutdown.is_cancelled();
        let mut found = serde_json::Map::new();
        for (name, check) in checks {
            let outcome = check().await;
            is_ready &= outcome.is_ready;
            let told = json!({ "status": outcome.status(), "detail": outcome.detail });
            found.insert(name.to_owned(), told);
        }
        let status = match (is_ready, self.shutdown.is_cancelled()) {
            (true, _) => "ready",
            (false, true) => "stopping",
            (false, false) => "not ready",
        };
        (is_ready, json!({ "status": status, "checks": found }))
    }
}

#[derive(Clone)]
struct Shown {
    readiness: Readiness,
    metrics: Metrics,
}

/// Answers `/livez`, `/readyz` and `/metrics` until the process ends.
pub(crate) async fn serve(
    listen: SocketAddr,
    readiness: Readiness,
    metrics: Metrics,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let routes = Router::new()
        .route("/livez", get(async || Json(json!({ "status": "alive" }))))
        .route("/readyz", get(show_readiness))
        .route("/metrics", get(async |State(shown): State<Shown>| shown.metrics.render()))
        .with_state(Shown { readiness, metrics });
    let listener = TcpListener::bind(listen).await?;
    axum::serve(listener, routes).with_graceful_shutdown(shutdown.cancelled_owned()).await?;
    Ok(())
}

async fn show_readiness(State(shown): State<Shown>) -> (StatusCode, Json<Value>) {
    let (is_ready, document) = shown.readiness.check().await;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(document))
}
