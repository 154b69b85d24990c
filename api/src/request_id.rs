//! The outermost layer: a request's id, its log line, and the last word on error answers.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use uuid::Uuid;

use crate::problem::Problem;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken over from the caller.
const MAX_ID_BYTES: usize = 64;

/// Gives the request an id, counts it, and renders whatever error comes back as a problem.
pub(crate) async fn finish(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = taken_over(&request).unwrap_or_else(|| Uuid::now_v7().to_string());
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let header = HeaderValue::from_str(&id).expect("ids are made of safe characters");
    request.headers_mut().insert(REQUEST_ID, header.clone());

    let mut response = next.run(request).await;
    let status = response.status();
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = problem.render(id.clone());
    } else if (status.is_client_error() || status.is_server_error()) && !is_json(&response) {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = Problem::from_status(status).render(id.clone());
        response.headers_mut().extend(allow.map(|methods| (header::ALLOW, methods)));
    }
    response.headers_mut().insert(REQUEST_ID, header);
    tracing::debug!(request.id = id, %method, route, status = status.as_u16(), "answered");
    let labels =
        [("route", route), ("method", method.to_string()), ("code", status.as_u16().to_string())];
    metrics::counter!("noctule_api_requests_total", &labels).increment(1);
    metrics::histogram!("noctule_api_request_seconds", &labels[..1]).record(started.elapsed());
    response
}

fn taken_over(request: &Request) -> Option<String> {
    let given = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (!given.is_empty() && given.len() <= MAX_ID_BYTES && given.chars().all(is_safe))
        .then(|| given.to_owned())
}

fn is_json(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().windows(4).any(|part| part == b"json"))
}
