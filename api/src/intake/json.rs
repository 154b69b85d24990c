//! JSON bodies, with errors that say where.

use serde::Deserialize;

use crate::problem::{Kind, Problem};

/// Reads a body into its type.
pub(crate) fn parse<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let problem = Problem::new(Kind::MalformedJson);
        problem.detail(format!("{error}"))
    })
}
