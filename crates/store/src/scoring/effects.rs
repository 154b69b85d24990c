//! The writes that a scoring job asks for. The store derives anomalies and counts from them.

use std::sync::Arc;

use noctule_domain::{AnomalyId, Confidence, LogId, Severity, TemplateKey, TenantId, Timestamp};
use noctule_jobs::NewJob;

use super::Explanation;

/// A model version's number in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelId(pub i16);

/// What an attempt wants stored, all or nothing.
#[derive(Debug, Default)]
pub struct Effects {
    /// Verdicts on lines.
    pub lines: Vec<ScoredLine>,
    /// How often templates were seen in these lines.
    pub templates: Vec<TemplateSighting>,
    /// Vectors of templates that were new.
    pub vectors: Vec<TemplateVector>,
    /// Jobs that follow. Whoever writes the effects hints them after the commit.
    pub jobs: Vec<NewJob>,
}

/// The verdict on a line, as it is stored.
#[derive(Debug, Clone)]
pub struct ScoredLine {
    /// The line.
    pub log_id: LogId,
    /// Whose line it is.
    pub tenant_id: TenantId,
    /// The line's own time.
    pub timestamp: Timestamp,
    /// When it arrived.
    pub received_at: Timestamp,
    /// The level that it gave.
    pub severity: Option<Severity>,
    /// What judged it.
    pub model_id: ModelId,
    /// Its template.
    pub template: TemplateKey,
    /// How abnormal it is, 0 to 1.
    pub score: f64,
    /// How much of the stream had been seen.
    pub confidence: Confidence,
    /// The anomaly's id, if it is one.
    pub anomaly: Option<AnomalyId>,
    /// Reasons and summary, shared by all lines with the same ones.
    pub explanation: Arc<Explanation>,
    /// When it was judged.
    pub scored_at: Timestamp,
}

/// How often a template was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateSighting {
    /// Whose lines.
    pub tenant_id: TenantId,
    /// The template.
    pub template: TemplateKey,
    /// Its text, with placeholders.
    pub text: Arc<str>,
    /// How many lines.
    pub lines: i64,
    /// The earliest of them.
    pub first: Timestamp,
    /// The latest of them.
    pub last: Timestamp,
}

/// The sentence vector of a template's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateVector {
    /// The embedder's name and version.
    pub embedder: Arc<str>,
    /// The template.
    pub template: TemplateKey,
    /// The vector's bytes; only the embedder knows their layout.
    pub vector: Vec<u8>,
}
