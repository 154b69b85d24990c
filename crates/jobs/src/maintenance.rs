//! Queue `maintenance`: housekeeping.

use serde::{Deserialize, Serialize};

use crate::{Job, Queue};

/// What the maintenance worker does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MaintenanceJob {
    /// Hint once more for ready jobs that nobody has taken for a while.
    HintForgotten {},
}

impl Job for MaintenanceJob {
    const QUEUE: Queue = Queue::Maintenance;

    fn kind(&self) -> &'static str {
        match self {
            Self::HintForgotten {} => "hint_forgotten",
        }
    }
}
