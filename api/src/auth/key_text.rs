//! How keys and tokens look. A fixed start lets secret scanners find leaked ones.

use rand::Rng;
use sha2::{Digest, Sha256};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 43 characters of base 62 hold 256 bits.
const SECRET_LENGTH: usize = 43;

/// A fresh signing key: `lsk_live_<id>_<secret>_<check>`.
pub(super) fn new_signing_key() -> String {
    let id: [u8; 4] = rand::random();
    let start = format!("lsk_live_{}_{}", hex::encode(id), random_text());
    let check = hex::encode(&Sha256::digest(&start)[..3]);
    format!("{start}_{check}")
}

/// A fresh bearer token: `ntk_<secret>`.
pub(super) fn new_token() -> String {
    format!("ntk_{}", random_text())
}

/// The public name of a key: the one that it holds, or one made from a key of another form.
#[must_use]
pub fn key_id_of(key: &str) -> String {
    let mut parts = key.split('_');
    let own = match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("lsk"), Some(_), Some(id), Some(_), Some(_)) => Some(id),
        _ => None,
    };
    own.filter(|id| id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .map_or_else(|| hex::encode(&Sha256::digest(key)[..4]), ToOwned::to_owned)
}

/// What is stored of a token.
pub(super) fn token_digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

fn random_text() -> String {
    let mut random = rand::rng();
    (0..SECRET_LENGTH).map(|_| char::from(BASE62[random.random_range(0..BASE62.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_its_id() {
        let key = new_signing_key();
        let id = key_id_of(&key);
        assert!(key.starts_with(&format!("lsk_live_{id}_")), "{key}");
        assert_ne!(key, new_signing_key());
        // Keys of other forms have a stable id as well.
        assert_eq!(key_id_of("lsk_test_4f9c2b7d1e8a6053"), key_id_of("lsk_test_4f9c2b7d1e8a6053"));
        assert_eq!(key_id_of("anything").len(), 8);
        assert_ne!(key_id_of("anything"), key_id_of("anything else"));
    }
}
