//! Which model we run, where its files may lie, and how they are checked before anything reads
//! them. Nothing is downloaded here.

mod directory;
mod manifest;
mod source;

pub use directory::ModelDir;
pub(crate) use manifest::{CONFIG, TOKENIZER, WEIGHTS, digest_prefix};
pub use source::ModelSource;
#[cfg(feature = "download")]
pub(crate) use {
    directory::sha256_hex,
    manifest::{MODEL_FILES, PinnedFile, REPOSITORY, REVISION},
    source::cache_dir,
};
