//! Queue `pattern`: statistics over time windows.

use noctule_domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Job, Queue, wire};

/// The longest span that a pattern analysis looks at: a week.
pub const MAX_WINDOW_HOURS: u32 = 168;

/// What the pattern worker does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PatternJob {
    /// Look for anomaly clusters, error spikes, low activity and severity shifts.
    DetectPatterns {
        /// How many hours to judge, 1 to [`MAX_WINDOW_HOURS`].
        window_hours: u32,
        /// The end of the span; `None` for the moment at which the job runs, as schedules ask.
        #[serde(default, with = "wire::optional_timestamp")]
        until: Option<Timestamp>,
    },
}

impl Job for PatternJob {
    const QUEUE: Queue = Queue::Pattern;

    fn kind(&self) -> &'static str {
        match self {
            Self::DetectPatterns { .. } => "detect_patterns",
        }
    }
}
