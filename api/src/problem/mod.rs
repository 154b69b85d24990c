//! Problem documents (RFC 9457): every error answer of the API is one.

mod kind;

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use noctule_domain::Timestamp;
use noctule_store::StoreError;
use problem_details::{JsonProblemDetails, ProblemDetails, ProblemType};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use kind::Kind;

/// One field that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Where it is: a JSON pointer (RFC 6901), or the name of a query parameter after `?`.
    #[schema(example = "/severity")]
    pub(crate) pointer: String,
    /// A word for programs.
    #[schema(example = "unknown-severity")]
    pub(crate) code: &'static str,
    /// A sentence for people.
    pub(crate) message: String,
}

impl FieldError {
    pub(crate) fn new(
        pointer: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { pointer: pointer.into(), code, message: message.into() }
    }
}

/// An error answer.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    kind: Kind,
    detail: Option<String>,
    errors: Vec<FieldError>,
    server_time: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What a problem document holds beside the members of the RFC.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Extensions {
    /// Finds the request in the logs.
    request_id: String,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The server's time, where the reason may be a wrong clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    server_time: Option<String>,
}

/// The form of a problem document, for the API's description.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// An address that explains the kind of problem.
    #[schema(example = "/problems/invalid-field")]
    r#type: String,
    /// What kind of problem it is.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened here.
    detail: Option<String>,
    #[serde(flatten)]
    extensions: Extensions,
}

impl Problem {
    pub(crate) const fn new(kind: Kind) -> Self {
        Self { kind, detail: None, errors: Vec::new(), server_time: None, headers: Vec::new() }
    }

    pub(crate) fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    pub(crate) fn server_time(self, time: Timestamp) -> Self {
        Self { server_time: Some(time.to_string()), ..self }
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// Fields that cannot be used.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = errors.first().map(|error| format!("{}: {}", error.pointer, error.message));
        Self { detail, errors, ..Self::new(Kind::InvalidField) }
    }

    /// One field that cannot be used.
    pub(crate) fn invalid_field(error: FieldError) -> Self {
        Self::invalid(vec![error])
    }

    /// The same problem under another kind, such as a field that is too large.
    pub(crate) fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// The answer to a request that met no handler, or a handler's plain error.
    pub(crate) fn from_status(status: StatusCode) -> Self {
        Self::new(Kind::from_status(status))
    }

    /// The document, once the request's id is known.
    pub(crate) fn render(self, request_id: String) -> Response {
        let about = self.kind.about();
        let kind: ProblemType = format!("/problems/{}", about.slug)
            .parse::<axum::http::Uri>()
            .expect("the slugs above are valid paths")
            .into();
        let extensions =
            Extensions { request_id, errors: self.errors, server_time: self.server_time };
        let mut details = ProblemDetails::new()
            .with_type(kind)
            .with_status(about.status)
            .with_title(about.title)
            .with_extensions(extensions);
        details.detail = self.detail;
        let body = Json(details);
        let kind = HeaderValue::from_static(JsonProblemDetails::<()>::CONTENT_TYPE);
        let mut response = (about.status, [(header::CONTENT_TYPE, kind)], body).into_response();
        response.headers_mut().extend(self.headers);
        if about.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

impl IntoResponse for Problem {
    /// An unfinished answer: the outermost layer renders it, because only that knows the
    /// request's id.
    fn into_response(self) -> Response {
        let mut response = self.kind.about().status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let chain = anyhow::Error::from(error.clone());
        if error.is_unavailable() {
            tracing::warn!(error = format!("{chain:#}"), "the database is away");
            return Self::new(Kind::Unavailable).detail("the database does not answer");
        }
        tracing::error!(error = format!("{chain:#}"), "the store has failed");
        Self::new(Kind::Internal)
    }
}
