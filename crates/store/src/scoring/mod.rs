//! What scoring leaves behind: results, anomalies, template counts, vectors, window counts.

mod effects;
mod explanation;
mod models;
mod templates;
mod write;

pub use effects::{Effects, ModelId, ScoredLine, TemplateSighting, TemplateVector};
pub use explanation::{Explanation, ExplanationBody, ReasonBody};
pub use templates::KnownTemplate;

pub(crate) use write::{severity_code, write_effects};
