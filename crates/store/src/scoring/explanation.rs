//! Reasons and summary of verdicts, content-addressed: lines that share them store them once.

use noctule_domain::Verdict;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Reasons and summary in their stored form, and the hash that is their id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The first 8 bytes of the SHA-256 of the body.
    pub id: i64,
    /// The body as JSON.
    pub body: String,
}

/// The stored form of a verdict's reasons. The HTTP API shows it as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplanationBody {
    /// One sentence.
    pub summary: String,
    /// Why, the weightiest first.
    pub reasons: Vec<ReasonBody>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasonBody {
    /// `severity`, `words`, `meaning` or `rarity`.
    pub kind: String,
    /// Its part of the score in log-odds, to three decimals.
    pub contribution: f64,
    /// The reason in words.
    pub text: String,
    /// Names and values.
    pub evidence: serde_json::Map<String, serde_json::Value>,
}

impl Explanation {
    /// Takes a verdict's reasons and summary.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        let reasons = verdict.reasons.iter().map(|reason| ReasonBody {
            kind: reason.kind.name().to_owned(),
            contribution: (reason.contribution * 1000.0).round() / 1000.0,
            text: reason.text.clone(),
            evidence: reason
                .evidence
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone().into()))
                .collect(),
        });
        let body = ExplanationBody { summary: verdict.summary.clone(), reasons: reasons.collect() };
        let body = serde_json::to_string(&body).expect("strings and finite numbers serialise");
        let hash = Sha256::digest(body.as_bytes());
        let id = i64::from_le_bytes(hash[..8].try_into().expect("a hash has 32 bytes"));
        Self { id, body }
    }
}

impl ExplanationBody {
    /// Reads a stored body; an unreadable one says so instead of hiding the verdict.
    #[must_use]
    pub fn read(body: &str) -> Self {
        serde_json::from_str(body).unwrap_or_else(|error| Self {
            summary: format!("the explanation cannot be read: {error}"),
            reasons: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use noctule_domain::{Confidence, Reason, ReasonKind, TemplateKey};

    use super::*;

    #[test]
    fn the_same_reasons_have_the_same_id_and_survive_storage() {
        let verdict = |contribution| Verdict {
            score: 0.7,
            is_anomaly: true,
            confidence: Confidence::Cold,
            template: TemplateKey(1),
            reasons: vec![Reason {
                kind: ReasonKind::Words,
                contribution,
                text: "words of failure".to_owned(),
                evidence: vec![("words", "failed, timeout".to_owned())],
            }],
            summary: "A sentence.".to_owned(),
        };
        let first = Explanation::of(&verdict(1.000_1));
        assert_eq!(first, Explanation::of(&verdict(1.000_2)));
        assert_ne!(first.id, Explanation::of(&verdict(1.1)).id);
        let body = ExplanationBody::read(&first.body);
        assert_eq!(body.reasons[0].evidence["words"], "failed, timeout");
        assert_eq!(body.summary, "A sentence.");
    }
}
