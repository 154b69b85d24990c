//! `/problems/{slug}`: what a kind of problem means, and what to do.

use axum::{extract::Path, http::header, response::IntoResponse};

use crate::problem::{Kind, Problem};

/// Read what a kind of problem means, and what to do.
#[utoipa::path(
    get, path = "/problems/{slug}", tag = "help",
    params(("slug" = String, Path, description = "The last part of a problem's type")),
    responses((status = 200, description = "Help", body = String, content_type = "text/plain")),
)]
pub(crate) async fn show_problem(Path(slug): Path<String>) -> Result<impl IntoResponse, Problem> {
    let kind = Kind::from_slug(&slug).ok_or_else(|| Problem::new(Kind::NotFound))?;
    let about = kind.about();
    let page = format!("{} (HTTP {})\n\n{}\n", about.title, about.status.as_u16(), about.help);
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], page))
}
