//! The phrases and words that the cold-start detector knows, from `assets/seed_phrases.json`.
//!
//! They were written for Noctule without looking at any benchmark's alerts. Keep it so: a word
//! taken from a benchmark makes the figure on that benchmark worthless.

use serde::Deserialize;

/// The text of the asset, as it is compiled in.
pub(super) const SHIPPED: &str = include_str!("../../assets/seed_phrases.json");

/// Phrases to compare with, phrases to fit on, and the lexicon.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedPhrases {
    /// Phrases of trouble that a line's meaning is compared with.
    pub anchors_bad: Vec<String>,
    /// Phrases of health that a line's meaning is compared with.
    pub anchors_good: Vec<String>,
    /// Phrases of trouble that the head is fitted on (label 1).
    #[serde(rename = "seeds_bad_clean")]
    pub seeds_bad: Vec<String>,
    /// Phrases of health that the head is fitted on (label 0).
    #[serde(rename = "seeds_good_clean")]
    pub seeds_good: Vec<String>,
    /// Groups of words of trouble: a weight of 0 to 1 and a regular expression each.
    pub lexicon: Vec<(f64, String)>,
    /// A regular expression of words that take the trouble back.
    pub lexicon_neg: String,
}

impl SeedPhrases {
    /// The phrases that ship with this build.
    #[must_use]
    pub fn shipped() -> Self {
        serde_json::from_str(SHIPPED).expect("the compiled-in asset is covered by a test")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_asset_is_complete() {
        let seeds = SeedPhrases::shipped();
        assert_eq!((seeds.anchors_bad.len(), seeds.anchors_good.len()), (24, 19));
        assert_eq!((seeds.seeds_bad.len(), seeds.seeds_good.len()), (125, 130));
        assert!(seeds.lexicon.iter().all(|(weight, _)| (0.0..=1.0).contains(weight)));
    }
}
