//! Identifiers. A newtype each, so that a log id can never be passed where a job id is meant.

use std::fmt;

use uuid::Uuid;

/// A stored log line's id: a positive 64-bit integer, growing roughly with time of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId(pub i64);

/// A job's id, the task id of the HTTP API: a UUID version 7 (RFC 9562), so ids sort by creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub Uuid);

/// An anomaly's id: a UUID version 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnomalyId(pub Uuid);

/// The identity of a template: a 64-bit hash of the masked text.
///
/// It is content-addressed, so every worker gives the same text the same key without asking
/// anyone. Stored as a signed integer because neither database has an unsigned one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateKey(pub i64);

impl JobId {
    /// Makes a fresh id from the system clock and the system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }
}

impl AnomalyId {
    /// Makes a fresh id from the system clock and the system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }
}

macro_rules! display_inner {
    ($($id:ty),*) => {$(
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

display_inner!(LogId, JobId, AnomalyId);

impl fmt::Display for TemplateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
