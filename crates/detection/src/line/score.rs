//! From evidence to a verdict: one sum of log-odds, whose parts are the reasons.

use noctule_domain::{Severity, Verdict};

use super::evidence::TemplateEvidence;
use super::head::sigmoid;
use super::rarity::Rarity;
use super::{reasons, summary};

/// A score from here on is an anomaly, unless a stream says otherwise.
pub const DEFAULT_THRESHOLD: f64 = 0.5;

/// The log-odds of a line of which nothing speaks: one in 150.
pub(super) const BASE: f64 = -5.0;
/// The log-odds of the highest severity.
pub(super) const SEVERITY_WEIGHT: f64 = 2.6;
/// The log-odds of a text that is all trouble.
pub(super) const SUSPICION_WEIGHT: f64 = 5.0;
/// The same for a line without severity, where the text must carry more.
pub(super) const LONE_SUSPICION_WEIGHT: f64 = 6.75;
/// The log-odds of the rarest template with the worst text.
pub(super) const RARITY_WEIGHT: f64 = 2.0;
/// How much rarity counts for a line that is otherwise harmless.
pub(super) const RARITY_FLOOR: f64 = 0.25;

/// The parts of the log-odds: with [`BASE`] they sum to the whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Contributions {
    pub(super) severity: f64,
    pub(super) words: f64,
    pub(super) meaning: f64,
    pub(super) rarity: f64,
}

/// Judges one line.
///
/// `z = -5 + 2.6 v + 5 S + 2 r (.25 + .75 max(S, v))`, with `6.75 S` for a line without severity;
/// the score is `sigmoid(z)`, and a score of at least `threshold` is an anomaly. `v` is 1 for
/// CRITICAL, .8 for ERROR, .4 for WARNING and 0 below; `S` is
/// [`TemplateEvidence::suspicion`] and `r` is [`Rarity::score`].
#[must_use]
pub fn score_line(
    evidence: &TemplateEvidence,
    severity: Option<Severity>,
    rarity: &Rarity,
    threshold: f64,
) -> Verdict {
    let parts = contributions(evidence, severity, rarity);
    let score = sigmoid(BASE + parts.severity + parts.words + parts.meaning + parts.rarity);
    let is_anomaly = score >= threshold;
    Verdict {
        score,
        is_anomaly,
        confidence: rarity.confidence(),
        template: evidence.template,
        reasons: reasons::reasons(evidence, severity, rarity, &parts),
        summary: summary::summary(evidence, severity, rarity, is_anomaly),
    }
}

fn contributions(
    evidence: &TemplateEvidence,
    severity: Option<Severity>,
    rarity: &Rarity,
) -> Contributions {
    let prior = severity.map_or(0.0, severity_prior);
    let weight = if severity.is_some() { SUSPICION_WEIGHT } else { LONE_SUSPICION_WEIGHT };
    let gravity = evidence.suspicion().max(prior);
    Contributions {
        severity: SEVERITY_WEIGHT * prior,
        words: weight * evidence.words_part(),
        meaning: weight * evidence.meaning_part(),
        rarity: RARITY_WEIGHT * rarity.score * (RARITY_FLOOR + (1.0 - RARITY_FLOOR) * gravity),
    }
}

/// How much the sender's level alone says of trouble, 0 to 1.
pub(super) const fn severity_prior(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 1.0,
        Severity::Error => 0.8,
        Severity::Warning => 0.4,
        Severity::Info | Severity::Debug => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use noctule_domain::{Confidence, TemplateKey};

    use super::super::anchors::{Affinity, Nearest};
    use super::super::evidence::Meaning;
    use super::super::lexicon::{LexicalHits, Lexicon};
    use super::super::rarity::RarityTable;
    use super::*;

    /// Evidence with given affinity and head, as the model would give them for `text`.
    fn evidence(text: &str, affinity: f64, head: f64) -> TemplateEvidence {
        let nearest = |phrase: &str, cosine| Nearest { phrase: phrase.to_owned(), cosine };
        let affinity = Affinity {
            value: affinity,
            bad: nearest("operation failed", 0.6),
            good: nearest("status update", 0.3),
        };
        let meaning = Some(Meaning { affinity, head });
        TemplateEvidence { template: TemplateKey(7), words: Lexicon::shipped().read(text), meaning }
    }

    /// The table at the end of section 4.2. The affinities and estimates are those of MiniLM and of
    /// the shipped head for these texts. The prototype's head and its exact texts are not known, so
    /// a few hundredths of difference are expected; the side of the threshold is not.
    #[test]
    fn the_sanity_table_of_the_design() {
        use Severity::{Critical, Error, Info, Warning};
        for (severity, text, affinity, head, published) in [
            (Some(Error), "Database connection failed: timeout", 0.282, 0.97, 0.78),
            (Some(Critical), "Out of memory: Kill process", 0.265, 0.81, 0.90),
            (Some(Critical), "kernel panic", 0.247, 0.99, 0.92),
            (Some(Error), "NullPointerException", 0.200, 0.63, 0.67),
            (None, "Failed password for invalid user", 0.245, 0.97, 0.65),
            (None, "segfault", 0.222, 0.98, 0.73),
            (Some(Warning), "Disk usage <num>%", 0.185, 0.42, 0.06),
            (Some(Info), "backup completed, no errors", 0.212, 0.82, 0.08),
            (Some(Info), "login", 0.095, 0.04, 0.01),
            (Some(Info), "Connection refused by upstream", 0.315, 0.93, 0.24),
        ] {
            let evidence = evidence(text, affinity, head);
            let verdict = score_line(&evidence, severity, &Rarity::unknown(), DEFAULT_THRESHOLD);
            assert!((verdict.score - published).abs() < 0.05, "{text}: {}", verdict.score);
            assert_eq!(verdict.is_anomaly, published >= 0.5, "{text}");
        }
    }

    #[test]
    fn contributions_sum_to_the_log_odds() {
        let table = RarityTable::from_counts([(TemplateKey(1), 10_000), (TemplateKey(7), 2)]);
        let severities = Severity::ALL.into_iter().map(Some).chain([None]);
        for severity in severities {
            for rarity in [Rarity::unknown(), table.rarity(TemplateKey(7))] {
                for (text, degraded) in [("request failed", false), ("all fine", true), ("", false)]
                {
                    let mut evidence = evidence(text, 0.2, 0.7);
                    if degraded {
                        evidence.meaning = None;
                    }
                    let verdict = score_line(&evidence, severity, &rarity, 0.5);
                    let sum: f64 = verdict.reasons.iter().map(|r| r.contribution).sum();
                    let log_odds = (verdict.score / (1.0 - verdict.score)).ln();
                    assert!((BASE + sum - log_odds).abs() < 1e-9, "{text} {severity:?}");
                }
            }
        }
    }

    #[test]
    fn rarity_raises_bad_lines_more_than_harmless_ones() {
        let table = RarityTable::from_counts([(TemplateKey(1), 10_000)]);
        let rare = table.rarity(TemplateKey(7));
        let rise = |evidence: &TemplateEvidence| {
            let score = |rarity| score_line(evidence, Some(Severity::Info), rarity, 0.5).score;
            score(&rare) - score(&Rarity::unknown())
        };
        let bad = rise(&evidence("connection refused", 0.3, 0.9));
        let harmless = rise(&evidence("user logged in", -0.1, 0.05));
        assert!(bad > 0.2 && harmless < 0.02, "{bad} {harmless}");
    }

    #[test]
    fn the_threshold_is_the_callers() {
        let evidence = evidence("connection refused", 0.3, 0.9);
        let judge =
            |threshold| score_line(&evidence, Some(Severity::Info), &Rarity::unknown(), threshold);
        assert!(!judge(DEFAULT_THRESHOLD).is_anomaly && judge(0.2).is_anomaly);
        assert_eq!(judge(0.5).confidence, Confidence::Cold);
    }

    #[test]
    fn an_empty_text_is_normal_whatever_else_is_missing() {
        let evidence = TemplateEvidence::from_words_only(TemplateKey(7), LexicalHits::default());
        let verdict = score_line(&evidence, None, &Rarity::unknown(), DEFAULT_THRESHOLD);
        assert!(!verdict.is_anomaly && verdict.score < 0.01);
    }
}
