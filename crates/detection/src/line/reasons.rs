//! The reasons behind a verdict, each with its part of the score, in words for an operator.
//!
//! Explanations are stored once for equal content. So unless the line is rare nothing here may
//! change from one line of a template to the next: no counts, no times.

use noctule_domain::{Reason, ReasonKind, Severity};

use super::evidence::{Meaning, TemplateEvidence};
use super::lexicon::LexicalHits;
use super::rarity::{MAX_TEMPLATES, Rarity};
use super::score::{Contributions, severity_prior};
use crate::words::{count, percent};

/// From this cosine on, two texts are close in meaning. Pairs of unrelated log lines seldom reach
/// 0.3 with MiniLM, paraphrases seldom stay below 0.5.
pub(super) const CLOSE: f64 = 0.45;

/// The reasons, weightiest first; of equals, in the order of this list. Evidence that says nothing
/// (no words of trouble, a common pattern) is left out.
pub(super) fn reasons(
    evidence: &TemplateEvidence,
    severity: Option<Severity>,
    rarity: &Rarity,
    parts: &Contributions,
) -> Vec<Reason> {
    let words = !evidence.words.words.is_empty();
    let mut reasons: Vec<Reason> = [
        Some(severity_reason(severity, parts.severity)),
        words.then(|| words_reason(&evidence.words, parts.words)),
        Some(
            evidence
                .meaning
                .as_ref()
                .map_or_else(no_meaning_reason, |meaning| meaning_reason(meaning, parts.meaning)),
        ),
        (rarity.score > 0.0).then(|| rarity_reason(rarity, parts.rarity)),
    ]
    .into_iter()
    .flatten()
    .collect();
    reasons.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    reasons
}

fn severity_reason(severity: Option<Severity>, contribution: f64) -> Reason {
    let text = match severity {
        None => "The sender gave no severity, so the text weighs more.".to_owned(),
        Some(level) if severity_prior(level) == 0.0 => {
            format!("The sender marked the line as {level}, which is normal operation.")
        }
        Some(level) => format!("The sender marked the line as {level}."),
    };
    let name = severity.map_or("none", Severity::name);
    Reason {
        kind: ReasonKind::Severity,
        contribution,
        text,
        evidence: vec![("severity", name.to_owned())],
    }
}

fn words_reason(words: &LexicalHits, contribution: f64) -> Reason {
    let found = quoted(&words.words);
    let text = if words.calming.is_empty() {
        format!("Words of failure: {found}.")
    } else {
        format!("Words of failure: {found}, softened by {}.", quoted(&words.calming))
    };
    Reason {
        kind: ReasonKind::Words,
        contribution,
        text,
        evidence: vec![
            ("words", words.words.join(", ")),
            ("softened_by", words.calming.join(", ")),
            ("words_score", format!("{:.2}", words.score)),
        ],
    }
}

fn meaning_reason(meaning: &Meaning, contribution: f64) -> Reason {
    let (bad, good) = (&meaning.affinity.bad, &meaning.affinity.good);
    let (nearest, health) = if good.cosine > bad.cosine { (good, "healthy ") } else { (bad, "") };
    let nearness = if nearest.cosine >= CLOSE { "Close" } else { "Only distantly close" };
    Reason {
        kind: ReasonKind::Meaning,
        contribution,
        text: format!(
            "{nearness} in meaning to the {health}phrase \"{}\" (similarity {:.2}).",
            nearest.phrase, nearest.cosine
        ),
        evidence: vec![
            ("nearest_bad_phrase", bad.phrase.clone()),
            ("bad_similarity", format!("{:.2}", bad.cosine)),
            ("nearest_good_phrase", good.phrase.clone()),
            ("good_similarity", format!("{:.2}", good.cosine)),
            ("trouble_estimate", format!("{:.2}", meaning.head)),
        ],
    }
}

fn no_meaning_reason() -> Reason {
    Reason {
        kind: ReasonKind::Meaning,
        contribution: 0.0,
        text: "The meaning was not judged, because no language model is in use; the words weigh \
               more."
            .to_owned(),
        evidence: vec![("degraded", "true".to_owned())],
    }
}

fn rarity_reason(rarity: &Rarity, contribution: f64) -> Reason {
    let total = count(rarity.total);
    let text = match (rarity.count, rarity.has_forgotten) {
        (0, false) => format!("First time this pattern is seen among {total} lines."),
        (0, true) => format!(
            "This pattern is not among the {} best known of {total} lines.",
            count(MAX_TEMPLATES as u64)
        ),
        (seen, _) => format!(
            "This pattern was seen {} in {total} lines; {} of lines are this rare.",
            times(seen),
            percent(rarity.share)
        ),
    };
    Reason {
        kind: ReasonKind::Rarity,
        contribution,
        text,
        evidence: vec![
            ("times_seen", rarity.count.to_string()),
            ("lines_seen", rarity.total.to_string()),
            ("share_this_rare", percent(rarity.share)),
        ],
    }
}

/// `once`, or `3 times`.
pub(super) fn times(number: u64) -> String {
    if number == 1 { "once".to_owned() } else { format!("{} times", count(number)) }
}

/// Words in quotes: `"failed", "timeout"`.
pub(super) fn quoted(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use noctule_domain::TemplateKey;

    use super::super::anchors::{Affinity, Nearest};
    use super::super::lexicon::Lexicon;
    use super::super::rarity::RarityTable;
    use super::super::score::{DEFAULT_THRESHOLD, score_line};
    use super::*;

    fn texts(message: &str, severity: Option<Severity>, rarity: &Rarity) -> Vec<String> {
        let words = Lexicon::shipped().read(message);
        let nearest = |phrase: &str, cosine| Nearest { phrase: phrase.to_owned(), cosine };
        let affinity = Affinity {
            value: 0.1,
            bad: nearest("request timed out", 0.71),
            good: nearest("heartbeat received", 0.2),
        };
        let meaning = Some(Meaning { affinity, head: 0.5 });
        let evidence = TemplateEvidence { template: TemplateKey(7), words, meaning };
        let verdict = score_line(&evidence, severity, rarity, DEFAULT_THRESHOLD);
        verdict.reasons.into_iter().map(|reason| reason.text).collect()
    }

    #[test]
    fn reasons_are_whole_sentences_weightiest_first() {
        let table = RarityTable::from_counts([(TemplateKey(1), 48_207), (TemplateKey(7), 3)]);
        let found =
            texts("request failed: timeout", Some(Severity::Error), &table.rarity(TemplateKey(7)));
        assert_eq!(
            found,
            [
                "The sender marked the line as ERROR.",
                "This pattern was seen 3 times in 48,210 lines; less than 0.01 % of lines are this rare.",
                "Words of failure: \"failed\", \"timeout\".",
                "Close in meaning to the phrase \"request timed out\" (similarity 0.71).",
            ]
        );
    }

    #[test]
    fn a_new_pattern_is_told_from_a_forgotten_one() {
        let table = RarityTable::from_counts([(TemplateKey(1), 48_210)]);
        let mut rarity = table.rarity(TemplateKey(7));
        let found = texts("x", None, &rarity);
        assert!(found.contains(&"First time this pattern is seen among 48,210 lines.".to_owned()));
        assert!(
            found.contains(&"The sender gave no severity, so the text weighs more.".to_owned())
        );
        rarity.has_forgotten = true;
        let found = texts("x", None, &rarity);
        let text = "This pattern is not among the 10,000 best known of 48,210 lines.";
        assert!(found.contains(&text.to_owned()), "{found:?}");
    }

    #[test]
    fn nothing_changes_from_line_to_line_unless_the_line_is_rare() {
        let common =
            |lines| RarityTable::from_counts([(TemplateKey(7), lines)]).rarity(TemplateKey(7));
        let first = texts("request failed", Some(Severity::Info), &common(1_000));
        assert_eq!(first, texts("request failed", Some(Severity::Info), &common(2_000)));
        assert!(first.iter().all(|text| !text.contains("000")), "{first:?}");
    }
}
