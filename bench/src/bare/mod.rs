//! The raw cost of what Noctule stands on: the same rows into the same databases without Noctule,
//! and Redis alone.

pub(crate) mod postgres;
pub(crate) mod redis;
pub(crate) mod sqlite;

use crate::messages::Line;

/// A line's severity as a number, as a table of lines would hold it.
fn severity_code(line: &Line) -> i16 {
    match line.severity {
        "DEBUG" => 1,
        "INFO" => 2,
        "WARNING" => 3,
        "ERROR" => 4,
        _ => 0,
    }
}

/// A line's time in microseconds.
fn micros(line: &Line) -> i64 {
    i64::try_from(line.timestamp * 1_000).unwrap_or(i64::MAX)
}
