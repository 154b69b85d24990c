//! What a template's text says, computed once per template and kept by the caller.

use noctule_domain::TemplateKey;

use super::anchors::{Affinity, Anchors};
use super::head::Head;
use super::lexicon::{LexicalHits, Lexicon};

/// The parts of the suspicion: words, affinity and head. They sum to one.
pub(super) const WORDS_SHARE: f64 = 0.5;
pub(super) const AFFINITY_SHARE: f64 = 0.3;
pub(super) const HEAD_SHARE: f64 = 0.2;

/// Affinities from here on count, and count in full a span further up.
pub(super) const AFFINITY_START: f64 = 0.02;
pub(super) const AFFINITY_SPAN: f64 = 0.20;

/// What the text of a template says of trouble.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateEvidence {
    /// The template.
    pub template: TemplateKey,
    /// The words of trouble in it.
    pub words: LexicalHits,
    /// Its meaning; `None` when there was no embedding, and the evidence is degraded.
    pub meaning: Option<Meaning>,
}

/// What a text's vector says of trouble.
#[derive(Debug, Clone, PartialEq)]
pub struct Meaning {
    /// How near it is to phrases of trouble and of health.
    pub affinity: Affinity,
    /// The head's estimate that it is trouble, 0 to 1.
    pub head: f64,
}

impl TemplateEvidence {
    /// The evidence of a text without its embedding: the model is missing, or was too late.
    #[must_use]
    pub const fn from_words_only(template: TemplateKey, words: LexicalHits) -> Self {
        Self { template, words, meaning: None }
    }

    /// Whether the meaning is missing.
    #[must_use]
    pub const fn is_degraded(&self) -> bool {
        self.meaning.is_none()
    }

    /// How much the text speaks of trouble, 0 to 1:
    /// `S = .5 lex + .3 clip((a - .02) / .20, 0, 1) + .2 h`. Without an embedding the share of the
    /// words is scaled up to the whole: `S = lex`.
    #[must_use]
    pub fn suspicion(&self) -> f64 {
        self.words_part() + self.meaning_part()
    }

    /// The part of the suspicion that the words give.
    pub(super) fn words_part(&self) -> f64 {
        let share = if self.is_degraded() { 1.0 } else { WORDS_SHARE };
        share * self.words.score
    }

    /// The part of the suspicion that the meaning gives.
    pub(super) fn meaning_part(&self) -> f64 {
        self.meaning.as_ref().map_or(0.0, |meaning| {
            let affinity = (meaning.affinity.value - AFFINITY_START) / AFFINITY_SPAN;
            AFFINITY_SHARE * affinity.clamp(0.0, 1.0) + HEAD_SHARE * meaning.head
        })
    }
}

/// Everything that turns a template's text into its evidence.
#[derive(Debug, Clone)]
pub struct LineModel {
    lexicon: Lexicon,
    /// `None` when there is no embedder, or one that the head was not fitted for.
    meaning: Option<(Anchors, Head)>,
}

/// Anchors and a head of different embedders.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the embedder gives vectors of {anchors} numbers, the head needs {head}")]
pub struct LineModelError {
    /// The length of the anchors' vectors.
    pub anchors: usize,
    /// The length of the vectors that the head was fitted on.
    pub head: usize,
}

impl LineModel {
    /// The shipped lexicon with embedded anchors and a head for the same embedder.
    ///
    /// # Errors
    /// [`LineModelError`] when the head was fitted on vectors of another length.
    pub fn new(anchors: Anchors, head: Head) -> Result<Self, LineModelError> {
        if anchors.dimension() != head.dimension() {
            return Err(LineModelError { anchors: anchors.dimension(), head: head.dimension() });
        }
        Ok(Self { lexicon: Lexicon::shipped(), meaning: Some((anchors, head)) })
    }

    /// The shipped lexicon alone: all its evidence is degraded.
    #[must_use]
    pub fn words_only() -> Self {
        Self { lexicon: Lexicon::shipped(), meaning: None }
    }

    /// The evidence of a template. A vector of another length than the anchors' is left out, as is
    /// one that is not finite: wrong words about meaning are worse than none.
    #[must_use]
    pub fn evidence(
        &self,
        template: TemplateKey,
        masked: &str,
        vector: Option<&[f32]>,
    ) -> TemplateEvidence {
        let meaning = self.meaning.as_ref().zip(vector).and_then(|((anchors, head), vector)| {
            let usable = vector.len() == head.dimension() && vector.iter().all(|x| x.is_finite());
            usable.then(|| Meaning {
                affinity: anchors.affinity(vector),
                head: head.probability(vector),
            })
        });
        TemplateEvidence { template, words: self.lexicon.read(masked), meaning }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> LineModel {
        let phrases = Anchors::phrases();
        let vectors = |count: usize, first: f32| {
            (0..count).map(|_| [vec![first], vec![0.1; 383]].concat()).collect()
        };
        let bad = vectors(phrases.bad.len(), 1.0);
        let good = vectors(phrases.good.len(), -1.0);
        LineModel::new(Anchors::new(bad, good).unwrap(), Head::shipped()).unwrap()
    }

    #[test]
    fn suspicion_is_the_weighted_sum() {
        let vector = [vec![1.0_f32], vec![0.0; 383]].concat();
        let evidence = model().evidence(TemplateKey(1), "request failed", Some(&vector));
        let head = Head::shipped().probability(&vector);
        let expected = 0.5 * 0.64 + 0.3 + 0.2 * head;
        assert!((evidence.suspicion() - expected).abs() < 1e-9, "{evidence:?}");
    }

    #[test]
    fn without_a_usable_vector_the_words_are_all() {
        for vector in [None, Some(&[1.0_f32; 3][..]), Some(&[f32::NAN; 384][..])] {
            let evidence = model().evidence(TemplateKey(1), "request failed", vector);
            assert!(evidence.is_degraded());
            assert!((evidence.suspicion() - 0.64).abs() < 1e-12);
        }
        let evidence = LineModel::words_only().evidence(TemplateKey(1), "", Some(&[0.0; 384]));
        assert!(evidence.is_degraded() && evidence.suspicion() == 0.0);
    }

    #[test]
    fn an_embedder_of_another_length_is_refused() {
        let phrases = Anchors::phrases();
        let bad = vec![vec![1.0; 8]; phrases.bad.len()];
        let good = vec![vec![1.0; 8]; phrases.good.len()];
        let error = LineModel::new(Anchors::new(bad, good).unwrap(), Head::shipped()).unwrap_err();
        assert_eq!(error, LineModelError { anchors: 8, head: 384 });
    }
}
