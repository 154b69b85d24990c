//! Query parameters that lists share: filters, limits, cursors.

use std::fmt::Display;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use noctule_domain::{Severity, Timestamp};
use noctule_store::LineFilter;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::problem::{FieldError, Problem};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 500;

/// What a list is narrowed by, as it was sent.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Levels, separated by commas; `NONE` stands for lines without one.
    #[param(example = "ERROR,CRITICAL")]
    severity: Option<String>,
    /// Only lines at or after this moment (RFC 3339 or Unix time).
    from: Option<String>,
    /// Only lines before this moment.
    to: Option<String>,
    /// Only lines of this service.
    service: Option<String>,
    /// Only lines that contain this text, in any case.
    q: Option<String>,
    /// How many to list, 1 to 500; 50 when not given.
    limit: Option<String>,
    /// Where to go on: the `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What a list is narrowed by, checked.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) filter: LineFilter,
    pub(crate) limit: usize,
    /// The sort key and id that the page before ended with.
    pub(crate) after: Option<(Timestamp, String)>,
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<ListQuery>::from_request_parts(parts, state).await;
        let Query(query) = query.map_err(|error| {
            Problem::invalid_field(FieldError::new("?", "unreadable", error.to_string()))
        })?;
        query.check()
    }
}

impl ListQuery {
    fn check(self) -> Result<Page, Problem> {
        let mut errors = Vec::new();
        let severities = self.severity.map_or_else(Vec::new, |list| {
            list.split(',').filter_map(|name| severity(name, &mut errors)).collect()
        });
        let mut moment = |name: &str, text: Option<String>| {
            let text = text?;
            Timestamp::parse(&text)
                .map_err(|error| {
                    let message = error.to_string();
                    errors.push(FieldError::new(format!("?{name}"), "not-a-timestamp", message));
                })
                .ok()
        };
        let (from, to) = (moment("from", self.from), moment("to", self.to));
        let limit = match self.limit.as_deref().map(str::parse) {
            None => DEFAULT_LIMIT,
            Some(Ok(limit @ 1..=MAX_LIMIT)) => limit,
            Some(_) => {
                let message = format!("must be a number from 1 to {MAX_LIMIT}");
                errors.push(FieldError::new("?limit", "out-of-range", message));
                DEFAULT_LIMIT
            }
        };
        let after = self.cursor.and_then(|cursor| {
            let decoded = decode_cursor(&cursor);
            if decoded.is_none() {
                let message = "is not a cursor that we gave";
                errors.push(FieldError::new("?cursor", "unknown-cursor", message));
            }
            decoded
        });
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        let text = self.q.filter(|text| !text.is_empty());
        let filter = LineFilter { severities, from, to, service: self.service, text };
        Ok(Page { filter, limit, after })
    }
}

#[expect(clippy::option_option, reason = "the outer one is an error, the inner one a level")]
fn severity(name: &str, errors: &mut Vec<FieldError>) -> Option<Option<Severity>> {
    let name = name.trim();
    if name.eq_ignore_ascii_case("none") {
        return Some(None);
    }
    match name.parse() {
        Ok(severity) => Some(Some(severity)),
        Err(unknown) => {
            let unknown: noctule_domain::UnknownSeverity = unknown;
            errors.push(FieldError::new("?severity", "unknown-severity", unknown.to_string()));
            None
        }
    }
}

/// A cursor: the last row's time and id. Opaque to callers, so that it may change.
pub(crate) fn encode_cursor(timestamp: Timestamp, id: &dyn Display) -> String {
    let text = format!("{}:{id}", timestamp.as_micros());
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

fn decode_cursor(cursor: &str) -> Option<(Timestamp, String)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (micros, id) = text.split_once(':')?;
    Some((Timestamp::from_micros(micros.parse().ok()?), id.to_owned()))
}

/// The answer to a cursor whose id does not fit its list.
pub(crate) fn foreign_cursor() -> Problem {
    let message = "belongs to another list";
    Problem::invalid_field(FieldError::new("?cursor", "unknown-cursor", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip_and_foreign_ones_are_refused() {
        let moment = Timestamp::from_micros(-5);
        let cursor = encode_cursor(moment, &77);
        assert_eq!(decode_cursor(&cursor), Some((moment, "77".to_owned())));
        for text in ["", "!!", "bm90IGEgY3Vyc29y"] {
            assert_eq!(decode_cursor(text), None, "{text}");
        }
    }
}
