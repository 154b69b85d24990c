//! `GET /api/logs`: lines, newest first.

use axum::{Json, extract::State};
use noctule_domain::{LogId, Severity};
use noctule_store::{LineCursor, ListedLine};
use serde::Serialize;
use utoipa::ToSchema;

use super::show_log::round;
use crate::{
    AppState,
    auth::Reader,
    paging::{ListQuery, Page, encode_cursor, foreign_cursor},
    problem::{Problem, ProblemBody},
};

/// A page of lines.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogPage {
    /// The lines, newest first.
    items: Vec<ListedLog>,
    /// Where the next page begins; null on the last one. A page may be short, even empty, and
    /// still have a next one, when what is looked for is rare.
    next_cursor: Option<String>,
}

/// A line in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListedLog {
    /// The line's id.
    id: i64,
    /// Its own time.
    timestamp: String,
    /// When it arrived.
    received_at: String,
    /// Its level.
    severity: Option<&'static str>,
    /// Its text.
    message: String,
    /// The service that wrote it.
    service: Option<String>,
    /// The machine that it ran on.
    host: Option<String>,
    /// Where it was read.
    source: Option<String>,
    /// How abnormal it is, 0 to 1, once it has been judged.
    anomaly_score: Option<f64>,
    /// Whether it is abnormal.
    is_anomaly: Option<bool>,
}

/// List lines, newest first.
#[utoipa::path(
    get, path = "/api/logs", tag = "logs", params(ListQuery),
    security(("token" = [])),
    responses(
        (status = 200, description = "A page of lines", body = LogPage),
        (status = 401, description = "No token", body = ProblemBody),
        (status = 422, description = "A filter cannot be used", body = ProblemBody),
        (status = 503, description = "Come back later", body = ProblemBody),
    ),
)]
pub(crate) async fn list_logs(
    State(state): State<AppState>,
    reader: Reader,
    page: Page,
) -> Result<Json<LogPage>, Problem> {
    let after = match page.after {
        Some((timestamp, id)) => {
            let id = id.parse().map(LogId).map_err(|_| foreign_cursor())?;
            Some(LineCursor { timestamp, id })
        }
        None => None,
    };
    let found = state.store().line_page(reader.scope, &page.filter, after, page.limit).await?;
    Ok(Json(LogPage {
        items: found.lines.into_iter().map(ListedLog::from).collect(),
        next_cursor: found.next.map(|cursor| encode_cursor(cursor.timestamp, &cursor.id)),
    }))
}

impl From<ListedLine> for ListedLog {
    fn from(listed: ListedLine) -> Self {
        let stored = listed.line;
        let origin = stored.line.origin().clone();
        Self {
            id: stored.id.0,
            timestamp: stored.line.timestamp().to_string(),
            received_at: stored.received_at.to_string(),
            severity: stored.line.severity().map(Severity::name),
            message: stored.line.message().to_owned(),
            service: origin.service,
            host: origin.host,
            source: origin.source,
            anomaly_score: listed.score.map(round),
            is_anomaly: listed.is_anomaly,
        }
    }
}
