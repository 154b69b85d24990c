//! The `X-HMAC-Signature` header, in both versions. The parser is strict and bounded, because
//! anybody may send anything here.

/// The longest header that is looked at.
const MAX_BYTES: usize = 512;
/// The most `v1=` parts in one header; a sender that rotates its key sends two.
const MAX_SIGNATURES: usize = 3;
/// The hex digits of an HMAC-SHA256.
const DIGITS: usize = 64;

/// A parsed header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SignatureHeader {
    /// Over the body alone, as in the seed system and at GitHub.
    V0 {
        /// The HMAC.
        signature: [u8; 32],
    },
    /// Over time, nonce, method, address and body.
    V1 {
        /// Seconds since 1970.
        time: i64,
        /// A text that the sender uses once.
        nonce: String,
        /// The key's name.
        key_id: String,
        /// HMACs by the sender's keys; one that fits is enough.
        signatures: Vec<[u8; 32]>,
    },
}

impl SignatureHeader {
    /// Reads a header's value; `None` when it has neither form.
    pub(super) fn parse(value: &str) -> Option<Self> {
        if value.len() > MAX_BYTES {
            return None;
        }
        let value = value.trim();
        if !value.contains(',') {
            let digits = value.strip_prefix("sha256=").unwrap_or(value);
            return Some(Self::V0 { signature: hmac_of(digits)? });
        }
        let (mut time, mut nonce, mut key_id, mut signatures) = (None, None, None, Vec::new());
        for part in value.split(',') {
            let (name, text) = part.trim().split_once('=')?;
            match name {
                "t" if time.is_none() => time = Some(text.parse().ok()?),
                "n" if nonce.is_none() => nonce = Some(word(text, 8..=64)?),
                "kid" if key_id.is_none() => key_id = Some(word(text, 1..=64)?),
                "v1" if signatures.len() < MAX_SIGNATURES => signatures.push(hmac_of(text)?),
                _ => return None,
            }
        }
        if signatures.is_empty() {
            return None;
        }
        Some(Self::V1 { time: time?, nonce: nonce?, key_id: key_id?, signatures })
    }
}

fn hmac_of(digits: &str) -> Option<[u8; 32]> {
    let bytes = (digits.len() == DIGITS).then(|| hex::decode(digits).ok()).flatten()?;
    bytes.try_into().ok()
}

fn word(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<String> {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (length.contains(&text.len()) && text.bytes().all(is_safe)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "26e6b9f394cf5dcf23d1c13fe5abfeacd0f410b7c27dedc9decf9e5d9f2c82a0";

    #[test]
    fn both_versions_are_read() {
        let plain = SignatureHeader::parse(HEX).unwrap();
        assert_eq!(SignatureHeader::parse(&format!("sha256={HEX}")), Some(plain.clone()));
        assert!(matches!(plain, SignatureHeader::V0 { signature } if signature[0] == 0x26));
        let v1 = format!("t=1700000000,n=9f2c1d7ab34e5601,kid=k1,v1={HEX},v1={HEX}");
        let SignatureHeader::V1 { time, nonce, key_id, signatures } =
            SignatureHeader::parse(&v1).unwrap()
        else {
            panic!("not v1");
        };
        assert_eq!(
            (time, nonce.as_str(), key_id.as_str()),
            (1_700_000_000, "9f2c1d7ab34e5601", "k1")
        );
        assert_eq!(signatures.len(), 2);
    }

    #[test]
    fn everything_else_is_refused() {
        let long = "a".repeat(600);
        for value in [
            "",
            "sha256=",
            "zz",
            &HEX[1..],
            &long,
            "t=1,n=12345678,kid=k",
            &format!("t=1,n=short,kid=k,v1={HEX}"),
            &format!("t=1,n=12345678,v1={HEX}"),
            &format!("t=1,t=2,n=12345678,kid=k,v1={HEX}"),
            &format!("t=x,n=12345678,kid=k,v1={HEX}"),
            &format!("t=1,n=12345 78,kid=k,v1={HEX}"),
            &format!("t=1,n=12345678,kid=k,v2={HEX}"),
            &format!("t=1,n=12345678,kid=k,v1={HEX},v1={HEX},v1={HEX},v1={HEX}"),
        ] {
            assert_eq!(SignatureHeader::parse(value), None, "{value:?}");
        }
    }
}
