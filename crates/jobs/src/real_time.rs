//! Queue `real_time`: lines that somebody waits for.

use noctule_domain::LogId;
use serde::{Deserialize, Serialize};

use crate::{Job, Queue, wire};

/// What the real-time worker does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RealTimeJob {
    /// Judge the named lines; those that have a verdict keep it.
    AnalyzeLines {
        /// The lines.
        #[serde(with = "wire::log_ids")]
        log_ids: Vec<LogId>,
    },
}

impl Job for RealTimeJob {
    const QUEUE: Queue = Queue::RealTime;

    fn kind(&self) -> &'static str {
        match self {
            Self::AnalyzeLines { .. } => "analyze_lines",
        }
    }
}
