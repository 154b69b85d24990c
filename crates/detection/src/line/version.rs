//! Names the model that judged a line, so that a stored verdict can be told from a later one.

use sha2::{Digest, Sha256};

use super::{anchors, evidence, head, lexicon, reasons, score, seeds};

/// The name of the scoring code. Raise the number with every change that can move a score or
/// change an explanation and that [`model_fingerprint`] cannot see.
pub const MODEL_CODE_VERSION: &str = "line-1";

/// Sixteen hex digits of a hash over the seed phrases, the head and the constants of the formulas:
/// different models differ in it, and one model has the same on every machine.
#[must_use]
pub fn model_fingerprint() -> String {
    let constants = format!(
        "{:?}",
        [
            lexicon::TRUST,
            lexicon::SOFTENING,
            anchors::TEMPERATURE,
            anchors::HEALTH_WEIGHT,
            evidence::WORDS_SHARE,
            evidence::AFFINITY_SHARE,
            evidence::HEAD_SHARE,
            evidence::AFFINITY_START,
            evidence::AFFINITY_SPAN,
            score::BASE,
            score::SEVERITY_WEIGHT,
            score::SUSPICION_WEIGHT,
            score::LONE_SUSPICION_WEIGHT,
            score::RARITY_WEIGHT,
            score::RARITY_FLOOR,
            reasons::CLOSE,
        ]
    );
    let mut hash = Sha256::new();
    for part in [MODEL_CODE_VERSION, seeds::SHIPPED, head::SHIPPED, &constants] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let (head, _) = digest.split_first_chunk().expect("a SHA-256 digest has 32 bytes");
    format!("{:016x}", u64::from_be_bytes(*head))
}

/// What to stamp on a verdict, beside the name of the embedder: `line-1-0123456789abcdef`.
#[must_use]
pub fn model_version() -> String {
    format!("{MODEL_CODE_VERSION}-{}", model_fingerprint())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_names_code_and_content() {
        let version = model_version();
        assert_eq!(version, model_version());
        let (code, fingerprint) = version.rsplit_once('-').unwrap();
        assert_eq!(code, MODEL_CODE_VERSION);
        assert!(fingerprint.len() == 16 && fingerprint.bytes().all(|b| b.is_ascii_hexdigit()));
    }
}
