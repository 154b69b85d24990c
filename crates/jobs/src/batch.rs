//! Queue `batch_processing`: many lines in one job, with progress and checkpoints.

use noctule_domain::LogId;
use serde::{Deserialize, Serialize};

use crate::{Job, Queue, wire};

/// What the batch worker does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BatchJob {
    /// Judge all lines of some ranges of ids, in order.
    AnalyzeBatch {
        /// The ranges, ascending and apart from each other.
        ranges: Vec<LogIdRange>,
    },
}

/// A run of consecutive log ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogIdRange {
    /// The first id.
    #[serde(with = "wire::log_id")]
    pub first: LogId,
    /// How many ids follow, the first included.
    pub count: u32,
}

impl LogIdRange {
    /// Gathers ascending ids into as few ranges as possible.
    #[must_use]
    pub fn gather(ids: impl IntoIterator<Item = LogId>) -> Vec<Self> {
        let mut ranges: Vec<Self> = Vec::new();
        for id in ids {
            match ranges.last_mut() {
                Some(last) if id == last.end() => last.count += 1,
                _ => ranges.push(Self { first: id, count: 1 }),
            }
        }
        ranges
    }

    /// The first id after the range.
    #[must_use]
    pub fn end(self) -> LogId {
        LogId(self.first.0 + i64::from(self.count))
    }
}

impl Job for BatchJob {
    const QUEUE: Queue = Queue::BatchProcessing;

    fn kind(&self) -> &'static str {
        match self {
            Self::AnalyzeBatch { .. } => "analyze_batch",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_ids_become_one_range() {
        let ranges = LogIdRange::gather([1, 2, 3, 7, 8, 10].map(LogId));
        let spans: Vec<_> = ranges.iter().map(|r| (r.first.0, r.count)).collect();
        assert_eq!(spans, [(1, 3), (7, 2), (10, 1)]);
        assert_eq!(LogIdRange::gather([]), []);
    }
}
