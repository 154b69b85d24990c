//! What is signed, and checking it in constant time.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// The string that a v1 signature covers: six lines, the last without an end.
fn string_to_sign(time: i64, nonce: &str, method: &str, address: &str, body: &[u8]) -> String {
    let digest = hex::encode(Sha256::digest(body));
    format!("v1\n{time}\n{nonce}\n{method}\n{address}\n{digest}")
}

/// The hex digits of a v0 signature, which covers the body alone.
#[must_use]
pub fn sign_v0(secret: &str, body: &[u8]) -> String {
    hex::encode(mac_of(secret.as_bytes(), body).finalize().into_bytes())
}

/// The hex digits of a v1 signature, for senders written in Rust.
///
/// `address` is the path and query exactly as they are sent, and `secret` the key as it is shown.
#[must_use]
pub fn sign_v1(
    secret: &str,
    time: i64,
    nonce: &str,
    method: &str,
    address: &str,
    body: &[u8],
) -> String {
    let text = string_to_sign(time, nonce, method, address, body);
    hex::encode(mac_of(secret.as_bytes(), text.as_bytes()).finalize().into_bytes())
}

/// Whether a v0 signature fits.
pub(super) fn fits_v0(secret: &[u8], body: &[u8], signature: &[u8; 32]) -> bool {
    mac_of(secret, body).verify_slice(signature).is_ok()
}

/// The parts of a request that a v1 signature covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Covered<'r> {
    pub(super) time: i64,
    pub(super) nonce: &'r str,
    pub(super) method: &'r str,
    pub(super) address: &'r str,
    pub(super) body: &'r [u8],
}

/// Whether one of the v1 signatures fits. All are checked, so the time tells nothing.
pub(super) fn fits_v1(secret: &[u8], covered: &Covered<'_>, signatures: &[[u8; 32]]) -> bool {
    let Covered { time, nonce, method, address, body } = *covered;
    let mac = mac_of(secret, string_to_sign(time, nonce, method, address, body).as_bytes());
    let fits = |signature: &[u8; 32]| mac.clone().verify_slice(signature).is_ok();
    signatures.iter().filter(|signature| fits(signature)).count() > 0
}

fn mac_of(secret: &[u8], text: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(text);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    // The vector that Python, openssl and Node agree on.
    const KEY: &str = "lsk_test_4f9c2b7d1e8a6053";
    const BODY: &[u8] = br#"{"timestamp":"2024-01-15T10:30:00Z","severity":"ERROR","message":"Database connection failed after 3 retries"}"#;
    const V0: &str = "26e6b9f394cf5dcf23d1c13fe5abfeacd0f410b7c27dedc9decf9e5d9f2c82a0";
    const V1: &str = "d370a14a901b41aae235650cee342338814f18b1b14226f6dccb3081c8e86af3";
    const COVERED: Covered<'_> = Covered {
        time: 1_700_000_000,
        nonce: "9f2c1d7ab34e5601",
        method: "POST",
        address: "/api/logs/",
        body: BODY,
    };

    fn bytes(digits: &str) -> [u8; 32] {
        hex::decode(digits).unwrap().try_into().unwrap()
    }

    #[test]
    fn the_vector_holds() {
        assert_eq!(
            hex::encode(Sha256::digest(BODY)),
            "102d7c4147e0d04a90323e6fe05477c6a7086e65fa5cc5924f82bd422e5397f3"
        );
        assert!(fits_v0(KEY.as_bytes(), BODY, &bytes(V0)));
        assert!(fits_v1(KEY.as_bytes(), &COVERED, &[bytes(V1)]));
        let signed = sign_v1(KEY, COVERED.time, COVERED.nonce, "POST", "/api/logs/", BODY);
        assert_eq!(signed, V1);
    }

    #[test]
    fn any_change_breaks_a_signature() {
        let key = KEY.as_bytes();
        let fits = |covered: Covered<'_>| fits_v1(key, &covered, &[bytes(V1)]);
        assert!(!fits(Covered { time: 1_700_000_001, ..COVERED }));
        assert!(!fits(Covered { nonce: "9f2c1d7ab34e5602", ..COVERED }));
        assert!(!fits(Covered { method: "PUT", ..COVERED }));
        assert!(!fits(Covered { address: "/api/logs", ..COVERED }));
        assert!(!fits(Covered { body: b"{}", ..COVERED }));
        assert!(!fits_v1(b"another key", &COVERED, &[bytes(V1)]));
        for bit in 0..256 {
            let mut signature = bytes(V1);
            signature[bit / 8] ^= 1 << (bit % 8);
            assert!(!fits_v1(key, &COVERED, &[signature]), "bit {bit}");
        }
        assert!(fits_v1(key, &COVERED, &[[0; 32], bytes(V1)]));
    }
}
