//! Templates that were met before, with all that does not change from line to line.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use foldhash::fast::RandomState;
use lru::LruCache;
use noctule_detection::line::{DEFAULT_THRESHOLD, Rarity, TemplateEvidence, score_line};
use noctule_domain::{Confidence, Severity, TemplateKey};
use noctule_store::Explanation;

/// Templates that one process remembers; 50,000 take about 60 MB with their explanations.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(50_000).expect("not zero");
/// Severities (five and none) times confidences (three).
const COMMON_VERDICTS: usize = 18;

/// A template: its text, what its words and meaning say, and the verdicts on its common lines.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) text: Arc<str>,
    evidence: TemplateEvidence,
    common: [OnceLock<StoredVerdict>; COMMON_VERDICTS],
}

/// A verdict in the form in which it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredVerdict {
    pub(crate) score: f64,
    pub(crate) is_anomaly: bool,
    pub(crate) confidence: Confidence,
    pub(crate) explanation: Arc<Explanation>,
}

impl Template {
    pub(crate) fn new(text: Arc<str>, evidence: TemplateEvidence) -> Self {
        Self { text, evidence, common: [const { OnceLock::new() }; COMMON_VERDICTS] }
    }

    /// Judges a line of this template.
    ///
    /// While rarity has no say, lines of the same severity get the very same verdict, which is
    /// made once and shared.
    pub(crate) fn judge(&self, severity: Option<Severity>, rarity: &Rarity) -> StoredVerdict {
        if rarity.score > 0.0 {
            return self.judge_anew(severity, rarity);
        }
        let level = severity.map_or(0, |severity| severity as usize + 1);
        let slot = &self.common[level * 3 + rarity.confidence() as usize];
        slot.get_or_init(|| self.judge_anew(severity, rarity)).clone()
    }

    fn judge_anew(&self, severity: Option<Severity>, rarity: &Rarity) -> StoredVerdict {
        let verdict = score_line(&self.evidence, severity, rarity, DEFAULT_THRESHOLD);
        StoredVerdict {
            score: verdict.score,
            is_anomaly: verdict.is_anomaly,
            confidence: verdict.confidence,
            explanation: Arc::new(Explanation::of(&verdict)),
        }
    }
}

/// The templates that were used last.
#[derive(Debug)]
pub(crate) struct TemplateCache {
    templates: Mutex<LruCache<TemplateKey, Arc<Template>, RandomState>>,
}

impl Default for TemplateCache {
    fn default() -> Self {
        Self { templates: Mutex::new(LruCache::with_hasher(REMEMBERED, RandomState::default())) }
    }
}

impl TemplateCache {
    /// Looks up many templates at once, in the order of the keys.
    pub(crate) fn find(
        &self,
        keys: impl Iterator<Item = TemplateKey>,
    ) -> Vec<Option<Arc<Template>>> {
        let mut templates = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
        keys.map(|key| templates.get(&key).cloned()).collect()
    }

    /// Remembers a template.
    pub(crate) fn keep(&self, key: TemplateKey, template: Arc<Template>) {
        self.templates.lock().unwrap_or_else(PoisonError::into_inner).put(key, template);
    }
}
