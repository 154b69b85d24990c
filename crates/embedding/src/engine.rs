//! What turns texts into vectors: the choice that [`Embedder`](crate::Embedder) hides. A faster
//! engine for the same model becomes one more variant here, and nothing outside changes.

use crate::{
    EmbeddingError, ModelDir, Vector,
    bert::Bert,
    hashing,
    model::{CONFIG, TOKENIZER, WEIGHTS, digest_prefix},
};

/// An engine, shared by all replicas.
pub(crate) enum Engine {
    /// all-MiniLM-L6-v2 on candle.
    Bert(Box<Bert>),
    /// The stand-in without meaning.
    Hashing,
    /// Does what its texts say, so that tests can make it fail.
    #[cfg(test)]
    Scripted,
}

impl Engine {
    /// Loads the network and embeds one text, so that an error shows now and not at the first
    /// line of a log.
    pub(crate) fn load(model: &ModelDir) -> Result<Self, EmbeddingError> {
        let config = model.read(&CONFIG)?;
        let tokenizer = model.read(&TOKENIZER)?;
        let bert = Bert::parse(&config, &tokenizer, &model.read(&WEIGHTS)?)?;
        bert.embed(&["ready".to_owned()])?;
        Ok(Self::Bert(Box::new(bert)))
    }

    /// Embeds texts; the result has their order.
    pub(crate) fn embed(&self, texts: &[String]) -> Result<Vec<Vector>, EmbeddingError> {
        match self {
            Self::Bert(bert) => bert.embed(texts),
            Self::Hashing => Ok(texts.iter().map(|text| hashing::embed(text)).collect()),
            #[cfg(test)]
            Self::Scripted => scripted(texts),
        }
    }

    /// The model's name.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Bert(_) => "minilm-l6-v2",
            Self::Hashing => "hashing",
            #[cfg(test)]
            Self::Scripted => "scripted",
        }
    }

    /// Eight characters that change whenever the vectors do.
    pub(crate) fn digest(&self) -> &'static str {
        match self {
            Self::Bert(_) => digest_prefix(),
            Self::Hashing => hashing::DIGEST,
            #[cfg(test)]
            Self::Scripted => "scripted",
        }
    }

    /// Whether nearness of vectors means nearness in meaning.
    pub(crate) const fn is_semantic(&self) -> bool {
        match self {
            Self::Bert(_) => true,
            Self::Hashing => false,
            #[cfg(test)]
            Self::Scripted => false,
        }
    }
}

#[cfg(test)]
fn scripted(texts: &[String]) -> Result<Vec<Vector>, EmbeddingError> {
    if texts.iter().any(|text| text == "fail") {
        return Err(EmbeddingError::engine("told to fail"));
    }
    assert!(!texts.iter().any(|text| text == "panic"), "told to panic");
    Ok(texts.iter().map(|text| hashing::embed(text)).collect())
}
