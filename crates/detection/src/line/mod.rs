//! Judges one log line.
//!
//! What depends only on a line's template is computed once ([`TemplateEvidence`]): the words of
//! trouble in it, its nearness in meaning to phrases of trouble and of health, and the estimate of
//! a small fitted head. [`score_line`] adds what depends on the line: its severity and how rare the
//! template is in its stream. The formulas are those of the design, `detection.md` section 4.2.

mod anchors;
mod compound;
mod evidence;
mod fit;
mod head;
mod lexicon;
mod line_counts;
mod rarity;
mod reasons;
mod score;
mod seeds;
mod summary;
mod version;

pub use anchors::{Affinity, AnchorPhrases, Anchors, AnchorsError, Nearest};
pub use compound::embedding_text;
pub use evidence::{LineModel, LineModelError, Meaning, TemplateEvidence};
pub use fit::{CrossValidation, FitConfig, FitError};
pub use head::{Head, HeadError};
pub use lexicon::{LexicalHits, Lexicon};
pub use rarity::{MAX_TEMPLATES, Rarity, RarityTable};
pub use score::{DEFAULT_THRESHOLD, score_line};
pub use seeds::SeedPhrases;
pub use version::{MODEL_CODE_VERSION, model_fingerprint, model_version};
