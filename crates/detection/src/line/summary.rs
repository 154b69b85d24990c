//! One sentence that says why, made from the same evidence as the reasons.
//!
//! Like the reasons, it names counts only for a rare line.

use noctule_domain::{Confidence, Severity};

use super::evidence::TemplateEvidence;
use super::rarity::Rarity;
use super::reasons::{CLOSE, quoted, times};

/// The sentence.
pub(super) fn summary(
    evidence: &TemplateEvidence,
    severity: Option<Severity>,
    rarity: &Rarity,
    is_anomaly: bool,
) -> String {
    let level =
        severity.map_or("Line without severity".to_owned(), |level| format!("{level} line"));
    let mut sentence = if is_anomaly { level } else { format!("Looks normal: {level}") };
    if !evidence.words.words.is_empty() {
        sentence.push_str(" with words of failure (");
        sentence.push_str(&quoted(&evidence.words.words));
        sentence.push(')');
    }
    sentence += &meaning_clause(evidence, is_anomaly);
    sentence += &rarity_clause(rarity, is_anomaly);
    sentence.push('.');
    sentence
}

/// The nearest phrase of trouble. For a normal line it would only alarm.
fn meaning_clause(evidence: &TemplateEvidence, is_anomaly: bool) -> String {
    match &evidence.meaning {
        Some(meaning) if is_anomaly && meaning.affinity.bad.cosine >= CLOSE => {
            format!(", close in meaning to \"{}\"", meaning.affinity.bad.phrase)
        }
        _ => String::new(),
    }
}

fn rarity_clause(rarity: &Rarity, is_anomaly: bool) -> String {
    let is_rare = rarity.score > 0.0;
    match rarity.count {
        0 if is_rare && rarity.has_forgotten => "; of an uncommon pattern".to_owned(),
        0 if is_rare => "; seen for the first time".to_owned(),
        seen if is_rare => format!("; seen {} before", times(seen)),
        _ if is_anomaly || rarity.confidence() == Confidence::Cold => String::new(),
        _ => " of a common pattern".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use noctule_domain::TemplateKey;

    use super::super::anchors::{Affinity, Nearest};
    use super::super::evidence::Meaning;
    use super::super::lexicon::Lexicon;
    use super::super::rarity::RarityTable;
    use super::super::score::{DEFAULT_THRESHOLD, score_line};
    use super::*;

    const SEEN: TemplateKey = TemplateKey(7);
    const NEW: TemplateKey = TemplateKey(8);

    #[track_caller]
    fn check(
        message: &str,
        cosine: f64,
        severity: Option<Severity>,
        rarity: &Rarity,
        expected: &str,
    ) {
        let nearest = |phrase: &str, cosine| Nearest { phrase: phrase.to_owned(), cosine };
        let affinity = Affinity {
            value: cosine - 0.3,
            bad: nearest("request timed out", cosine),
            good: nearest("heartbeat received", 0.2),
        };
        let evidence = TemplateEvidence {
            template: SEEN,
            words: Lexicon::shipped().read(message),
            meaning: Some(Meaning { affinity, head: cosine }),
        };
        let verdict = score_line(&evidence, severity, rarity, DEFAULT_THRESHOLD);
        assert_eq!(verdict.summary, expected, "score {}", verdict.score);
    }

    #[test]
    fn summaries_read_as_sentences() {
        let known = RarityTable::from_counts([(SEEN, 10_000), (TemplateKey(9), 2)]);
        check(
            "request failed: timeout",
            0.7,
            Some(Severity::Error),
            &known.rarity(NEW),
            "ERROR line with words of failure (\"failed\", \"timeout\"), close in meaning to \
             \"request timed out\"; seen for the first time.",
        );
        check(
            "request failed",
            0.7,
            Some(Severity::Critical),
            &known.rarity(TemplateKey(9)),
            "CRITICAL line with words of failure (\"failed\"), close in meaning to \
             \"request timed out\"; seen 2 times before.",
        );
        check(
            "fatal error",
            0.7,
            None,
            &Rarity::unknown(),
            "Line without severity with words of failure (\"fatal\", \"error\"), close in meaning \
             to \"request timed out\".",
        );
        check(
            "user logged in",
            0.1,
            Some(Severity::Info),
            &known.rarity(SEEN),
            "Looks normal: INFO line of a common pattern.",
        );
        check(
            "user logged in",
            0.1,
            Some(Severity::Info),
            &Rarity::unknown(),
            "Looks normal: INFO line.",
        );
        check(
            "link down",
            0.1,
            Some(Severity::Info),
            &known.rarity(NEW),
            "Looks normal: INFO line with words of failure (\"down\"); seen for the first time.",
        );
    }
}
