//! The model behind the verdicts: embedder, anchors and head, under one name.

use anyhow::Context;
use noctule_bootstrap::{Config, EmbedderKind};
use noctule_detection::line::{
    Anchors, Head, LineModel, embedding_text, model_version as line_model_version,
};
use noctule_embedding::{Embedder, EmbedderConfig, EmbeddingError, ModelSource};
use noctule_template_miner::masked;

/// The model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The embedder failed.
    #[error("the embedder failed")]
    Embedding(#[from] EmbeddingError),
}

/// What judges lines, and its name.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) embedder: Embedder,
    pub(crate) judge: LineModel,
    /// The embedder's name and the digest of its weights: vectors of others are not comparable.
    pub(crate) embedder_id: String,
    /// Everything that a verdict depends on, by name.
    pub(crate) version: String,
}

/// Where the settings say that the model is.
#[must_use]
pub fn model_source(config: &Config) -> ModelSource {
    let usual = ModelSource::from_env();
    ModelSource {
        directory: config.model.dir.clone().or(usual.directory),
        cache: config.data_dir.join("models"),
        hub_cache: usual.hub_cache,
    }
}

/// Loads the embedder that the settings name.
///
/// # Errors
/// When the model is missing or is not the pinned one.
pub fn load_embedder(config: &Config) -> anyhow::Result<Embedder> {
    if config.model.embedder == EmbedderKind::Hashing {
        return Embedder::hashing().context("cannot start the embedder");
    }
    let mut settings = EmbedderConfig::default();
    if config.model.replicas > 0 {
        settings.replicas = config.model.replicas;
    }
    let model = model_source(config).locate().context(
        "the model is missing; `noctule model fetch` gets it, and `--embedder hashing` works \
         without it, but knows no meaning",
    )?;
    Ok(Embedder::load(&model, &settings)?)
}

impl Model {
    /// Joins an embedder with the anchors and the head.
    ///
    /// The head was fitted on the vectors of the real model; to others it means nothing, so a
    /// stand-in judges by words, severity and rarity alone.
    pub(crate) fn new(embedder: Embedder) -> anyhow::Result<Self> {
        let embedder_id = format!("{}@{}", embedder.name(), embedder.model_digest());
        let version = format!("{embedder_id}+{}", line_model_version());
        let line_model = if embedder.is_semantic() {
            let phrases = Anchors::phrases();
            let bad = embed_phrases(&embedder, &phrases.bad)?;
            let good = embed_phrases(&embedder, &phrases.good)?;
            LineModel::new(Anchors::new(bad, good)?, Head::shipped())?
        } else {
            LineModel::words_only()
        };
        Ok(Self { embedder, judge: line_model, embedder_id, version })
    }
}

/// Embeds phrases exactly as lines are: masked, and with compound words apart.
pub(crate) fn embed_phrases(
    embedder: &Embedder,
    phrases: &[String],
) -> Result<Vec<Vec<f32>>, EmbeddingError> {
    let texts: Vec<_> = phrases.iter().map(|phrase| embedding_text(&masked(phrase))).collect();
    let vectors = embedder.embed(&texts)?;
    Ok(vectors.iter().map(|vector| vector.as_array().to_vec()).collect())
}
