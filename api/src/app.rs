//! The routes, put together, and what goes around them.

use std::convert::Infallible;

use axum::{
    body::Body,
    extract::Request,
    http::{Uri, uri::PathAndQuery},
    middleware,
    response::{IntoResponse, Response},
};
use tower::{
    Layer, ServiceExt,
    util::{BoxCloneSyncService, MapRequestLayer},
};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    AppState,
    problem::{Kind, Problem, ProblemBody},
    request_id::finish,
    routes::{
        anomalies, batch_analysis, dashboard, health, list_logs, pattern_analysis, post_log,
        problems, real_time_analysis, show_log, task_status,
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Noctule",
        description = "Anomaly detection for logs: send lines, read verdicts. A 2xx on a sending \
                       route means that the lines and their job are on disk. All `/api/…` routes \
                       also answer under `/api/v1/…`, and with a slash at their end.",
    ),
    components(schemas(ProblemBody)),
    modifiers(&Credentials),
)]
struct Description;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let signature = ApiKeyValue::with_description(
            "X-HMAC-Signature",
            "HMAC-SHA256 of the body as hex, or `t=…,n=…,kid=…,v1=…`",
        );
        components
            .add_security_scheme("signature", SecurityScheme::ApiKey(ApiKey::Header(signature)));
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
    }
}

/// A request's address as it was sent, before any change by a layer: signatures cover it.
#[derive(Debug, Clone)]
pub(crate) struct WireUri(pub(crate) Uri);

/// The whole application.
pub type App = BoxCloneSyncService<Request, Response, Infallible>;

/// Puts the application together.
#[must_use]
pub fn app(state: AppState) -> App {
    let (routes, openapi) = api_routes().split_for_parts();
    let routes = routes
        .with_state(state)
        .merge(SwaggerUi::new("/docs").url("/openapi.json", openapi))
        .layer(middleware::from_fn(catch_panics))
        .layer(middleware::from_fn(finish));
    let app = MapRequestLayer::new(normalise).layer(routes);
    BoxCloneSyncService::new(app.map_err(|error: Infallible| error))
}

/// The description of the API (OpenAPI 3.1), made from the handlers.
#[must_use]
pub fn openapi_document() -> utoipa::openapi::OpenApi {
    api_routes().into_openapi()
}

fn api_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(post_log::post_log, list_logs::list_logs))
        .routes(routes!(show_log::show_log))
        .routes(routes!(batch_analysis::analyze_batch))
        .routes(routes!(real_time_analysis::analyze_in_real_time))
        .routes(routes!(pattern_analysis::analyze_patterns))
        .routes(routes!(task_status::show_task))
        .routes(routes!(dashboard::show_dashboard))
        .routes(routes!(anomalies::list_anomalies))
        .routes(routes!(anomalies::show_anomaly))
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .routes(routes!(problems::show_problem))
}

async fn catch_panics(request: Request, next: middleware::Next) -> Response {
    let path = request.uri().path().to_owned();
    // A task of its own, so that a panic ends it and not the connection.
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "the handler of {path} panicked");
            Problem::new(Kind::Internal).into_response()
        }
    }
}

/// Keeps the address as it was sent, and gives API addresses one form: without `/v1` and without
/// a slash at the end.
fn normalise(mut request: Request<Body>) -> Request<Body> {
    let wire = request.uri().clone();
    if let Some(rest) = wire.path().strip_prefix("/api/") {
        let rest = rest.strip_prefix("v1/").unwrap_or(rest).trim_end_matches('/');
        let query = wire.query().map_or_else(String::new, |query| format!("?{query}"));
        let mut parts = wire.clone().into_parts();
        parts.path_and_query = PathAndQuery::try_from(format!("/api/{rest}{query}")).ok();
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request.extensions_mut().insert(WireUri(wire));
    request
}
