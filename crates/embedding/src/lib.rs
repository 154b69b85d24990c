//! BERT sentence vectors: text in, 384 numbers out, the nearer in meaning the nearer in angle.
//!
//! [`Embedder`] is the one type that everybody uses. [`ModelSource`] finds the model's files on
//! this machine, and the feature `download` adds `fetch`, which brings them here. This is the only
//! crate that names candle, tokenizers and gemm; it keeps no cache, masks no text and judges
//! nothing: equal texts are embedded twice, so callers embed each template once.

mod bert;
#[cfg(feature = "download")]
mod download;
mod embedder;
mod engine;
mod error;
mod hashing;
mod model;
mod replicas;
mod vector;

#[cfg(feature = "download")]
pub use download::{FetchError, FetchOptions, FetchProgress, FetchSource, fetch};
pub use embedder::{Embedder, EmbedderConfig};
pub use error::EmbeddingError;
pub use model::{ModelDir, ModelSource};
pub use vector::{CorruptVector, DIMENSIONS, Vector};
