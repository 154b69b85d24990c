//! What a detector says of one line: how abnormal, how sure, and why.

use crate::TemplateKey;

/// The verdict on one log line.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// How abnormal the line is: 0 (normal) to 1.
    pub score: f64,
    /// Whether the score reaches the threshold.
    pub is_anomaly: bool,
    /// How much the detector has seen of this stream.
    pub confidence: Confidence,
    /// The template that the line belongs to.
    pub template: TemplateKey,
    /// Why, the weightiest reason first.
    pub reasons: Vec<Reason>,
    /// One sentence made from the reasons; the same reasons give the same sentence.
    pub summary: String,
}

/// How much of a stream the detector had seen when it judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Fewer than 100 lines: only the words and the severity speak.
    Cold,
    /// 100 to 500 lines: rarity counts in part.
    Warming,
    /// At least 500 lines.
    Normal,
}

impl Confidence {
    /// The name in the HTTP API: `cold`, `warming` or `normal`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warming => "warming",
            Self::Normal => "normal",
        }
    }
}

/// One reason behind a verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// What kind of evidence it is.
    pub kind: ReasonKind,
    /// Its part of the score in log-odds: positive speaks for an anomaly, negative against.
    pub contribution: f64,
    /// The reason in words that an operator understands.
    pub text: String,
    /// The evidence itself: a name and a value each, in a fixed order.
    pub evidence: Vec<(&'static str, String)>,
}

/// The kinds of evidence that a line's verdict can rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReasonKind {
    /// The level that the sender gave.
    Severity,
    /// Words that usually mean trouble.
    Words,
    /// Nearness in meaning to phrases of trouble or of health (sentence embedding).
    Meaning,
    /// How rare the line's template is in its stream.
    Rarity,
}

impl ReasonKind {
    /// The name in the HTTP API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Severity => "severity",
            Self::Words => "words",
            Self::Meaning => "meaning",
            Self::Rarity => "rarity",
        }
    }
}
