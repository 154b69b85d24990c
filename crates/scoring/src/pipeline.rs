//! The pipeline: mask, look up, embed what is new, judge.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use noctule_bootstrap::{HealthCheck, Process};
use noctule_detection::line::embedding_text;
use noctule_domain::{Clock, LogId, StoredLine, SystemClock, TemplateKey, TenantScope};
use noctule_embedding::{EmbeddingError, Vector};
use noctule_jobs::JobFailure;
use noctule_store::{Effects, ModelId, Store, StoreError, TemplateVector};

use crate::{
    model::{Model, load_embedder},
    score::{Judging, Masked, judge_lines, mask_lines},
    streams::Streams,
    template::{Template, TemplateCache},
};

/// More lines than this are masked on a thread of their own, so that others are not kept waiting.
const INLINE_LINES: usize = 64;

/// Judges lines. One pipeline serves all workers of a process.
#[derive(Debug)]
pub struct Pipeline {
    model: Model,
    model_id: ModelId,
    store: Store,
    clock: Arc<dyn Clock>,
    templates: TemplateCache,
    streams: Streams,
}

/// Lines could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum ScoringError {
    /// The store does not answer.
    #[error("counts or vectors could not be read")]
    Store(#[from] StoreError),
    /// The model failed.
    #[error("new templates could not be embedded")]
    Embedding(#[from] EmbeddingError),
}

impl From<ScoringError> for JobFailure {
    /// The store and the model are dependencies; only a text that the model chokes on may be the
    /// job's own fault.
    fn from(error: ScoringError) -> Self {
        match error {
            ScoringError::Embedding(EmbeddingError::EngineFailed(_)) => Self::retryable(error),
            other => Self::dependency(other),
        }
    }
}

impl Pipeline {
    /// Loads the model that the settings name, and tells the process's readiness of it.
    ///
    /// # Errors
    /// When the model is missing or is not the pinned one, or the store is away.
    pub async fn open(process: &Process) -> anyhow::Result<Arc<Self>> {
        let config = process.config.clone();
        let load = move || Model::new(load_embedder(&config)?);
        let model = tokio::task::spawn_blocking(load).await??;
        let model_id = process.store.ensure_model(&model.version).await?;
        let (version, is_semantic) = (model.version.clone(), model.embedder.is_semantic());
        process.readiness.require("model", move || {
            let version = version.clone();
            async move {
                if is_semantic {
                    HealthCheck::ready(version)
                } else {
                    HealthCheck::degraded(format!("{version}: chosen stand-in without meaning"))
                }
            }
        });
        Ok(Arc::new(Self {
            model,
            model_id,
            store: process.store.clone(),
            clock: Arc::new(SystemClock),
            templates: TemplateCache::default(),
            streams: Streams::default(),
        }))
    }

    /// The weights, phrases, thresholds and code that judge.
    #[must_use]
    pub fn model_version(&self) -> &str {
        &self.model.version
    }

    /// The model version's number in the store.
    #[must_use]
    pub const fn model_id(&self) -> ModelId {
        self.model_id
    }

    /// Leaves out lines that have a verdict by this model.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the store is away.
    pub async fn unscored(
        &self,
        mut lines: Vec<StoredLine>,
    ) -> Result<Vec<StoredLine>, StoreError> {
        let ids: Vec<LogId> = lines.iter().map(|line| line.id).collect();
        let mut scored = self.store.scored_among(self.model_id, &ids).await?;
        scored.sort_unstable();
        lines.retain(|line| scored.binary_search(&line.id).is_err());
        Ok(lines)
    }

    /// Judges lines of one tenant, in their order. The effects must be stored with the end of the
    /// job that asked.
    ///
    /// # Errors
    /// [`ScoringError`] when the store or the model fails.
    pub async fn score(
        self: &Arc<Self>,
        scope: TenantScope,
        lines: Arc<[StoredLine]>,
    ) -> Result<Effects, ScoringError> {
        let masked = mask_somewhere(Arc::clone(&lines)).await;
        let (templates, vectors) = self.templates_of(&masked).await?;
        let judging = Judging { scope, model_id: self.model_id, now: self.clock.now() };
        let mut effects = self
            .streams
            .with(&self.store, scope, |rarity| {
                judge_lines(judging, &lines, &masked.keys, &templates, rarity)
            })
            .await?;
        effects.vectors = vectors;
        metrics::counter!("noctule_lines_scored_total").increment(effects.lines.len() as u64);
        let anomalies = effects.lines.iter().filter(|line| line.anomaly.is_some()).count();
        metrics::counter!("noctule_anomalies_total").increment(anomalies as u64);
        Ok(effects)
    }

    /// All templates of some lines: remembered, from the store's vectors, or embedded now. The
    /// vectors that were embedded now are to be stored.
    async fn templates_of(
        &self,
        masked: &Masked,
    ) -> Result<(Templates, Vec<TemplateVector>), ScoringError> {
        let keys: Vec<_> = masked.texts.keys().copied().collect();
        let mut templates = Templates::default();
        let mut unknown = Vec::new();
        for (key, found) in keys.iter().zip(self.templates.find(keys.iter().copied())) {
            match found {
                Some(template) => {
                    templates.insert(*key, template);
                }
                None => unknown.push(*key),
            }
        }
        metrics::counter!("noctule_template_misses_total").increment(unknown.len() as u64);
        // The order of a hash map is random; the same input shall run the same way.
        unknown.sort_unstable();
        let (vectors, fresh) = self.vectors_of(masked, &unknown).await?;
        for key in unknown {
            let text = Arc::clone(&masked.texts[&key]);
            let vector = vectors.get(&key).map(|vector| &vector.as_array()[..]);
            let evidence = self.model.judge.evidence(key, &text, vector);
            let template = Arc::new(Template::new(text, evidence));
            self.templates.keep(key, Arc::clone(&template));
            templates.insert(key, template);
        }
        Ok((templates, fresh))
    }

    async fn vectors_of(
        &self,
        masked: &Masked,
        unknown: &[TemplateKey],
    ) -> Result<(HashMap<TemplateKey, Vector>, Vec<TemplateVector>), ScoringError> {
        let embedder_id = &self.model.embedder_id;
        if unknown.is_empty() || !self.model.embedder.is_semantic() {
            return Ok((HashMap::new(), Vec::new()));
        }
        let stored = self.store.template_vectors(embedder_id, unknown).await?;
        // A stored vector that cannot be read is computed anew.
        let mut vectors: HashMap<_, _> = stored
            .into_iter()
            .filter_map(|(key, bytes)| Some((key, Vector::from_bytes(&bytes).ok()?)))
            .collect();
        let missing: Vec<_> = unknown.iter().filter(|key| !vectors.contains_key(key)).collect();
        let texts: Vec<_> = missing.iter().map(|key| embedding_text(&masked.texts[key])).collect();
        metrics::counter!("noctule_texts_embedded_total").increment(texts.len() as u64);
        let embedder: Arc<str> = embedder_id.as_str().into();
        let mut fresh = Vec::with_capacity(missing.len());
        for (key, vector) in missing.into_iter().zip(self.model.embedder.submit(texts).await?) {
            fresh.push(TemplateVector {
                embedder: Arc::clone(&embedder),
                template: *key,
                vector: vector.to_bytes(),
            });
            vectors.insert(*key, vector);
        }
        Ok((vectors, fresh))
    }
}

type Templates = HashMap<TemplateKey, Arc<Template>, RandomState>;

async fn mask_somewhere(lines: Arc<[StoredLine]>) -> Masked {
    if lines.len() <= INLINE_LINES {
        return mask_lines(&lines);
    }
    let masking = tokio::task::spawn_blocking(move || mask_lines(&lines));
    masking.await.expect("masking does not panic on any text")
}
