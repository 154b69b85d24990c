//! What the pattern detectors say: a finding, nothing, or why they cannot say.

use std::fmt;

use noctule_domain::{Confidence, Timestamp};

use crate::words::about;

/// The kinds of pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatternKind {
    /// Anomalies of one template, close together.
    AnomalyCluster,
    /// More errors than usual.
    ErrorSpike,
    /// Fewer lines than usual.
    LowActivity,
    /// Another mix of severities than usual.
    SeverityShift,
}

impl PatternKind {
    /// All kinds.
    pub const ALL: [Self; 4] =
        [Self::AnomalyCluster, Self::ErrorSpike, Self::LowActivity, Self::SeverityShift];

    /// The name in the HTTP API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AnomalyCluster => "anomaly_cluster",
            Self::ErrorSpike => "error_spike",
            Self::LowActivity => "low_activity",
            Self::SeverityShift => "severity_shift",
        }
    }

    /// The heading under which a person finds it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::AnomalyCluster => "Anomaly Clusters",
            Self::ErrorSpike => "Error Spikes",
            Self::LowActivity => "Low Activity",
            Self::SeverityShift => "Severity Patterns",
        }
    }
}

/// A pattern that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternFinding {
    /// What was found.
    pub kind: PatternKind,
    /// When it began: the start of the first window.
    pub window_start: Timestamp,
    /// When it ended, or until when it was judged: the end of the last window.
    pub window_end: Timestamp,
    /// The start of the most surprising window; the numbers below are its numbers.
    pub peak_window: Timestamp,
    /// How surprising it is: one half where it is just worth telling, up to 1.
    pub score: f64,
    /// The chance of something as extreme on a usual day, 0 to 1; `None` when too little is known
    /// to say.
    pub p_value: Option<f64>,
    /// What is usual: errors, lines or anomalies; for a shift of severity the share, 0 to 1.
    pub expected: f64,
    /// What was there, in the same unit.
    pub actual: f64,
    /// `actual / expected`; `None` when nothing is usual.
    pub ratio: Option<f64>,
    /// How much is known of the stream.
    pub confidence: Confidence,
    /// One sentence that tells it; the same finding gives the same sentence.
    pub summary: String,
    /// The evidence: a name and a value each, in a fixed order for each kind.
    pub evidence: Vec<(&'static str, String)>,
}

/// Windows that a detector could not judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Skipped {
    /// The detector.
    pub kind: PatternKind,
    /// How many windows, or clusters.
    pub windows: usize,
    /// Why; the figures are those of the last of them.
    pub reason: SkipReason,
}

/// Why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SkipReason {
    /// The stream is too young.
    TooLittleHistory {
        /// Windows known.
        windows: usize,
        /// Windows needed.
        needed: usize,
    },
    /// The window has too few lines.
    TooFewLines {
        /// Lines in it.
        lines: u64,
        /// Lines needed.
        needed: u64,
    },
    /// So little is usual that less would not be news.
    TooQuiet {
        /// Lines that are usual.
        expected: f64,
        /// Lines needed.
        needed: f64,
    },
    /// More was found than one report tells; the least surprising were left out.
    TooMany {
        /// What one report tells at most.
        limit: usize,
    },
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLittleHistory { windows, needed } => {
                write!(f, "too little history: {windows} of {needed} windows")
            }
            Self::TooFewLines { lines, needed } => {
                write!(f, "too few lines: {lines} of {needed}")
            }
            Self::TooQuiet { expected, needed } => {
                let (expected, needed) = (about(*expected), about(*needed));
                write!(f, "too quiet to miss lines: {expected} usual of {needed} needed")
            }
            Self::TooMany { limit } => write!(f, "more than {limit} were found"),
        }
    }
}

/// What a detector says of one window.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Judgement {
    Usual,
    Unusual(WindowFinding),
    Skipped(SkipReason),
}

/// What a detector found in one window, before windows are joined to episodes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WindowFinding {
    pub(super) score: f64,
    pub(super) p_value: Option<f64>,
    pub(super) expected: f64,
    pub(super) actual: f64,
    pub(super) confidence: Confidence,
    /// The sentence without its end: what happened, and what is usual.
    pub(super) summary: String,
    pub(super) evidence: Vec<(&'static str, String)>,
}

/// `actual / expected`, if anything is expected.
pub(super) fn ratio(actual: f64, expected: f64) -> Option<f64> {
    (expected > 0.0).then(|| actual / expected)
}

/// A chance as text: `0.0012`, or `2.1e-9`.
pub(super) fn chance(p_value: f64) -> String {
    if p_value >= 1e-3 { format!("{p_value:.4}") } else { format!("{p_value:.1e}") }
}
