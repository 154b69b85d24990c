//! Words that usually mean trouble, and words that take it back.
//!
//! A list of words, not a language model: it knows `failed`, not `gave up the ghost`. What it finds
//! is told to the operator word by word.

use regex::Regex;

use super::compound::split_words;
use super::seeds::SeedPhrases;

/// How much of a group's weight counts, so that no word alone is certainty.
pub(super) const TRUST: f64 = 0.8;

/// What every calming word leaves of the score.
pub(super) const SOFTENING: f64 = 0.35;

/// Words that are reported, at most: more do not help an operator.
const MAX_REPORTED: usize = 5;

/// The lexicon, compiled.
#[derive(Debug, Clone)]
pub struct Lexicon {
    groups: Vec<(f64, Regex)>,
    calming: Regex,
}

/// What the lexicon found in one text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LexicalHits {
    /// How much the words speak of trouble: 0 (not at all) to just below 1.
    pub score: f64,
    /// The distinct words of trouble in lower case, weightiest first, at most five.
    pub words: Vec<String>,
    /// The distinct calming words in lower case, in order of appearance, at most five.
    pub calming: Vec<String>,
}

impl Lexicon {
    /// The lexicon that ships with this build.
    #[must_use]
    pub fn shipped() -> Self {
        let seeds = SeedPhrases::shipped();
        let compile = |pattern: &str| {
            Regex::new(pattern).expect("the compiled-in asset is covered by a test")
        };
        Self {
            groups: seeds.lexicon.iter().map(|(weight, text)| (*weight, compile(text))).collect(),
            calming: compile(&seeds.lexicon_neg),
        }
    }

    /// Reads a masked text: its words survive masking.
    ///
    /// The score is `1 - prod(1 - 0.8 w)` over the groups that are hit, times 0.35 for every
    /// calming word. A group counts once however many of its words are there, because lines that
    /// repeat themselves are not worse. Calming phrases with a number (`0 errors`) are not seen in
    /// masked text.
    #[must_use]
    pub fn read(&self, masked: &str) -> LexicalHits {
        let text = split_words(masked);
        let mut hits = LexicalHits::default();
        let mut calm = 1.0;
        for (weight, group) in &self.groups {
            if group.is_match(&text) {
                calm *= 1.0 - TRUST * weight;
                add_words(&mut hits.words, group, &text);
            }
        }
        if hits.words.is_empty() {
            return hits;
        }
        hits.score = 1.0 - calm;
        for _ in self.calming.find_iter(&text) {
            hits.score *= SOFTENING;
        }
        add_words(&mut hits.calming, &self.calming, &text);
        hits
    }
}

fn add_words(words: &mut Vec<String>, pattern: &Regex, text: &str) {
    for found in pattern.find_iter(text) {
        let word = found.as_str().to_lowercase();
        if words.len() == MAX_REPORTED {
            return;
        }
        if !words.contains(&word) {
            words.push(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_count_once_and_calming_words_each_time() {
        let lexicon = Lexicon::shipped();
        for (text, score) in [
            ("", 0.0),
            ("VM Paused", 0.0),
            ("<num>", 0.0),
            ("kernel panic", 0.8),
            ("request failed", 0.64),
            ("request failed: timeout", 0.64),
            ("fatal error", 1.0 - 0.2 * 0.36),
            ("NullPointerException", 0.64),
            ("ERR_CONNECTION_REFUSED", 0.64),
            ("IOException in OOMKiller", 1.0 - 0.2 * 0.36),
            ("cannot open", 0.48),
            ("error corrected", 0.64 * 0.35),
            ("error corrected, recovered", 0.64 * 0.35 * 0.35),
            ("completed successfully", 0.0),
            ("failsafe panicky", 0.0),
        ] {
            let hits = lexicon.read(text);
            assert!((hits.score - score).abs() < 1e-12, "{text}: {hits:?}");
        }
    }

    #[test]
    fn distinct_words_are_reported_in_lower_case_weightiest_first() {
        let hits = Lexicon::shipped().read("Error: connection REFUSED, refused; fatal; recovered");
        assert_eq!(hits.words, ["fatal", "error", "refused"]);
        assert_eq!(hits.calming, ["recovered"]);
        let many = Lexicon::shipped().read("error failed dead killed lost hung invalid");
        assert_eq!(many.words.len(), MAX_REPORTED);
    }

    #[test]
    fn any_text_is_read() {
        let lexicon = Lexicon::shipped();
        for text in ["\u{0}\u{feff}\u{202e}", "ÄÖÜ_ß", "_", &"é".repeat(1_000)] {
            assert!(lexicon.read(text).score.abs() < f64::EPSILON, "{text:?}");
        }
    }
}
