//! The scoring pipeline that the analysis, real-time and batch workers share: stored lines in,
//! verdicts ready to be stored out.
//!
//! A line is masked and its template looked up; BERT runs only for templates never seen before.
//! The pipeline reads the store (counts, vectors) but writes nothing: what is to be stored goes
//! back to the worker, which stores it with the end of its job.

mod model;
mod pipeline;
mod score;
mod streams;
mod template;

pub use model::{ModelError, load_embedder, model_source};
pub use pipeline::{Pipeline, ScoringError};
