//! An anomaly: a line that was judged abnormal, with what an operator needs to act on it.

use crate::{AnomalyId, StoredLine, Timestamp, Verdict};

/// An abnormal log line and the verdict that says why.
#[derive(Debug, Clone, PartialEq)]
pub struct Anomaly {
    /// The anomaly's own id.
    pub id: AnomalyId,
    /// The line.
    pub line: StoredLine,
    /// Why it is abnormal.
    pub verdict: Verdict,
    /// The weights, phrases, thresholds and code that judged it.
    pub model_version: String,
    /// When it was judged.
    pub detected_at: Timestamp,
}
