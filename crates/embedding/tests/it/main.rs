//! The real model against reference vectors, and the loader against wrong files.
//!
//! The model is looked for as the product does (`NOCTULE_MODEL_DIR`, then our cache, then the
//! hub's; see `ModelSource::from_env`). Where it is nowhere, these tests pass and say that they
//! were skipped.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like the tests themselves")]

mod loading;
mod reference;

use std::sync::OnceLock;

use noctule_embedding::{Embedder, EmbedderConfig, ModelDir, ModelSource};

/// The model's directory, or `None` after saying so.
fn model_dir() -> Option<ModelDir> {
    let found = ModelSource::from_env().locate();
    if let Err(error) = &found {
        println!("skipped, because there is no model here: {error}");
    }
    found.ok()
}

/// One embedder for all tests: to load it takes longer than most of them.
fn embedder() -> Option<&'static Embedder> {
    static EMBEDDER: OnceLock<Option<Embedder>> = OnceLock::new();
    let load = || {
        let config = EmbedderConfig { replicas: 2, ..EmbedderConfig::default() };
        Some(Embedder::load(&model_dir()?, &config).expect("the model that was found loads"))
    };
    EMBEDDER.get_or_init(load).as_ref()
}
