//! The name of a template: a hash of its masked text that never changes.
//!
//! Not a hash for hash maps: those may change with every release of their crate, while these keys
//! are stored.

use sha2::{Digest, Sha256};

/// Names a masked text: the first eight bytes of its SHA-256 (FIPS 180-4), big-endian.
///
/// SHA-256 because its output is fixed for ever and because senders choose the text. The fast
/// hashes (xxh3, foldhash) let a sender construct two texts with one key on paper, and a hostile
/// line that shares the key of a harmless one would inherit its verdict. Sixty-four bits resist a
/// second pre-image, but two texts that were *both* chosen collide after some 2^32 trials, so a
/// store that must not be fooled compares the masked text too. Costs about a tenth of a
/// microsecond where the CPU has SHA instructions (measured, see `examples/mask_throughput.rs`).
#[must_use]
pub fn template_key(masked: &str) -> i64 {
    let digest = Sha256::digest(masked.as_bytes());
    let (head, _) = digest.split_first_chunk().expect("a SHA-256 digest has 32 bytes");
    i64::from_be_bytes(*head)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stored keys depend on these numbers: if this test fails, the function is wrong, not the
    /// test. The first is the well-known SHA-256 of the empty text, `e3b0c44298fc1c14...`.
    #[test]
    fn keys_are_the_same_for_ever() {
        for (text, key) in [
            ("", 0xe3b0_c442_98fc_1c14_u64),
            ("abc", 0xba78_16bf_8f01_cfea),
            ("Connection refused", 0x1a28_032c_dce5_3064),
        ] {
            assert_eq!(format!("{:016x}", template_key(text)), format!("{key:016x}"), "{text}");
        }
    }
}
