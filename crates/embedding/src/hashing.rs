//! A stand-in for the model: texts that share words and letters get near vectors.
//!
//! Signed feature hashing (Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask
//! Learning") of words, word pairs and letter triples. It knows spelling and nothing of meaning:
//! "connection lost" and "link down" are as far apart as any two texts.

use crate::{DIMENSIONS, Vector};

/// Names this very function of text to numbers; changes whenever its output does.
pub(crate) const DIGEST: &str = "hashing1";

/// FNV-1a, 64 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// Words count fully; pairs and letter triples are many, so each of them counts half.
const WORD_WEIGHT: f32 = 1.0;
const PAIR_WEIGHT: f32 = 0.5;
const LETTERS_WEIGHT: f32 = 0.5;

/// Embeds one text. The same text gives the same bits on every machine.
pub(crate) fn embed(text: &str) -> Vector {
    let mut sums = [0.0; DIMENSIONS];
    let lowered = text.to_lowercase();
    let mut previous = "";
    for word in lowered.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        add(&mut sums, &["word", word], WORD_WEIGHT);
        if !previous.is_empty() {
            add(&mut sums, &["pair", previous, word], PAIR_WEIGHT);
        }
        add_letters(&mut sums, word);
        previous = word;
    }
    // A text without words, or whose features cancel out, still needs a direction.
    Vector::normalised(&sums).unwrap_or_else(blank)
}

fn add_letters(sums: &mut [f32; DIMENSIONS], word: &str) {
    let bounds: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
    for triple in bounds.windows(4) {
        add(sums, &["letters", &word[triple[0]..triple[3]]], LETTERS_WEIGHT);
    }
}

fn add(sums: &mut [f32; DIMENSIONS], feature: &[&str], weight: f32) {
    let hash = hash(feature);
    let index = usize::try_from(hash % DIMENSIONS as u64).expect("less than DIMENSIONS");
    sums[index] += if hash >> 63 == 0 { weight } else { -weight };
}

/// Hashes the parts with a separator between them, then mixes so that every bit depends on all
/// (the finaliser of splitmix64; FNV's high bits alone are too even for a sign).
fn hash(parts: &[&str]) -> u64 {
    let mut state = FNV_OFFSET;
    for part in parts {
        for &byte in part.as_bytes().iter().chain(&[0xff]) {
            state = (state ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
        }
    }
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

fn blank() -> Vector {
    let mut sums = [0.0; DIMENSIONS];
    add(&mut sums, &["blank"], WORD_WEIGHT);
    Vector::normalised(&sums).expect("one feature has length one")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Golden values: they may change only together with [`DIGEST`].
    #[test]
    fn output_never_changes() {
        for (text, expected) in [
            ("", 0xea59_a45d_d912_52a8),
            ("disk failure", 0x738a_ed11_feba_de55),
            ("Connection refused by 10.0.0.1", 0x3c5c_98cd_2e36_240f),
        ] {
            let bytes = embed(text).to_bytes();
            assert_eq!(fingerprint(&bytes), expected, "{text:?}");
        }
    }

    fn fingerprint(bytes: &[u8]) -> u64 {
        bytes
            .iter()
            .fold(FNV_OFFSET, |state, &byte| (state ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
    }

    #[test]
    fn shared_words_bring_texts_near() {
        let failure = embed("disk failure on sda1");
        let near = failure.cosine(&embed("Disk failure on sdb1"));
        let far = failure.cosine(&embed("user logged in"));
        assert!(near > 0.6 && far.abs() < 0.3, "near {near}, far {far}");
    }

    #[test]
    fn any_text_has_a_direction() {
        for text in ["", " \t", "…", "\u{0}", "ß", &"word ".repeat(10_000)] {
            assert!((embed(text).cosine(&embed(text)) - 1.0).abs() < 1e-5);
        }
    }
}
