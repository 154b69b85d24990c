//! What comes in: bodies within their limits, unpacked, and read into log lines.

mod body;
mod entry;
mod json;

pub(crate) use body::{BODY_BUDGET_KIB, BodyPermit, discard, read_body, unpack};
pub(crate) use entry::{MAX_ENTRIES, read_entry};
pub(crate) use json::parse;
