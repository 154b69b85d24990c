//! Judges the ten-minute windows of one stream: error spikes, low activity, shifts of severity and
//! clusters of anomalies.
//!
//! The definitions are those of the design, `detection.md` section 3, which found naive tests to
//! raise up to 140 false alarms a day. A detector that has seen too little gives no verdict and
//! says why. One call judges one stream (or one service of it); nothing is remembered between
//! calls.

mod anomaly_cluster;
mod baseline;
mod error_spike;
mod false_discovery;
mod finding;
mod low_activity;
mod report;
mod series;
mod severity_shift;
#[cfg(test)]
mod simulation;
mod tails;

pub use anomaly_cluster::AnomalyPoint;
pub use false_discovery::benjamini_hochberg;
pub use finding::{PatternFinding, PatternKind, SkipReason, Skipped};
pub use low_activity::LineGaps;
pub use report::{PatternInput, PatternReport, detect_patterns};
pub use series::{WindowCounts, contiguous_windows};
