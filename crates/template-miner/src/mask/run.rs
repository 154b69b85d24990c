//! Judges a run of letters and digits: a word, or something that varies.

use super::class::{DIGIT, HEX_LETTER, LETTER, class};
use super::placeholder::Placeholder;

/// Letters that must stand before a number for them to be kept: `node17` becomes `node<num>`, but
/// the short prefixes of racks and ranks (`R02`, `bn473`) are part of the identifier.
const MIN_KEPT_PREFIX: usize = 3;

/// From this length on, hex digits that include a decimal one are hexadecimal: the length of a
/// 32-bit word and of a short commit id. Shorter ones are as likely `cafe1` or `b12`.
const MIN_HEX_DIGITS: usize = 8;

/// The shortest random suffix that Kubernetes gives a pod; see [`is_random_suffix`].
const MIN_RANDOM_SUFFIX: usize = 5;

/// The shortest text that is taken for base64: 18 bytes of data.
const MIN_ENCODED_BYTES: usize = 24;

/// What a run of letters and digits is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// A word, kept as it is.
    Word,
    /// One letter: part of an identifier if one is beside it, a word otherwise.
    Letter,
    /// Bytes `start..end` of the run vary; the rest are words.
    Variable { kind: Placeholder, start: usize, end: usize },
}

/// Judges a run, which must be non-empty and hold only letters and digits.
///
/// Digits that fill a machine word or a digest and begin with a zero are hexadecimal: counts are
/// seldom padded to eight places, registers and addresses always.
pub(super) fn judge(run: &[u8]) -> Run {
    let first_digit = run.iter().position(u8::is_ascii_digit);
    let Some(first) = first_digit else {
        return if run.len() == 1 { Run::Letter } else { Run::Word };
    };
    let whole = |kind| Run::Variable { kind, start: 0, end: run.len() };
    let digits = run[first..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == run.len() {
        let is_word = matches!(digits, 8 | 16 | 32 | 40 | 64) && run[0] == b'0';
        return whole(if is_word { Placeholder::Hex } else { Placeholder::Num });
    }
    if is_hexadecimal(run) {
        return whole(Placeholder::Hex);
    }
    let suffix = &run[first + digits..];
    let keeps_words = if suffix.is_empty() {
        first >= MIN_KEPT_PREFIX
    } else {
        first > 0 && is_capitalised_word(suffix)
    };
    if keeps_words {
        return Run::Variable { kind: Placeholder::Num, start: first, end: first + digits };
    }
    whole(Placeholder::Id)
}

fn is_hexadecimal(run: &[u8]) -> bool {
    let all_hex = |bytes: &[u8]| bytes.iter().all(|&byte| class(byte) & (DIGIT | HEX_LETTER) != 0);
    match run {
        [b'0', b'x' | b'X', digits @ ..] => !digits.is_empty() && all_hex(digits),
        _ => run.len() >= MIN_HEX_DIGITS && all_hex(run),
    }
}

/// The tail of a class name with one number inside, as in `Http2Connection`: its words matter.
fn is_capitalised_word(suffix: &[u8]) -> bool {
    suffix.len() >= 4
        && suffix[0].is_ascii_uppercase()
        && suffix[1..4].iter().all(u8::is_ascii_lowercase)
        && suffix.iter().all(|&byte| class(byte) & LETTER != 0)
}

/// Whether a word that follows an identifier and a `-` can only be random. Kubernetes draws
/// suffixes from consonants and digits (`SafeEncodeString`) so that they never spell a word; two
/// or four hex letters are the tail of a cut UUID.
pub(super) fn is_random_suffix(word: &[u8]) -> bool {
    let consonants = word.iter().all(|byte| byte.is_ascii_lowercase() && !b"aeiouy".contains(byte));
    let hex_letters = word.iter().all(|&byte| class(byte) == HEX_LETTER);
    (consonants && word.len() >= MIN_RANDOM_SUFFIX) || (hex_letters && matches!(word.len(), 2 | 4))
}

/// Whether `chunk` is base64 (RFC 4648): its case and its digits change too often for words, and
/// it has the signs that no identifier has. The URL-safe alphabet needs no rule, because its runs
/// are identifiers that are joined by `-`.
pub(super) fn is_encoded(chunk: &[u8]) -> bool {
    let kind = |byte: u8| match byte {
        b'a'..=b'z' => 1_u8,
        b'A'..=b'Z' => 2,
        b'0'..=b'9' => 4,
        b'+' | b'/' => 8,
        _ => 16,
    };
    if chunk.len() < MIN_ENCODED_BYTES || chunk[0] == b'/' {
        return false;
    }
    if chunk.iter().fold(0, |seen, &byte| seen | kind(byte)) != 15 {
        return false;
    }
    let changes = chunk.windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    // Random base64 changes at two of three places, camelCase at one of four or less.
    changes * 5 >= chunk.len() * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_words_or_vary_in_whole_or_in_part() {
        let variable = |kind, start, end| Run::Variable { kind, start, end };
        for (run, expected) in [
            ("refused", Run::Word),
            ("deadbeef", Run::Word),
            ("größe", Run::Word),
            ("C", Run::Letter),
            ("42", variable(Placeholder::Num, 0, 2)),
            ("0x1f", variable(Placeholder::Hex, 0, 4)),
            ("0x", variable(Placeholder::Id, 0, 2)),
            ("00000042", variable(Placeholder::Hex, 0, 8)),
            ("20240115", variable(Placeholder::Num, 0, 8)),
            ("3ffb6183", variable(Placeholder::Hex, 0, 8)),
            ("9f4ef63", variable(Placeholder::Id, 0, 7)),
            ("node17", variable(Placeholder::Num, 4, 6)),
            ("R02", variable(Placeholder::Id, 0, 3)),
            ("Http2ConnectionHandler", variable(Placeholder::Num, 4, 5)),
            ("x2x9z", variable(Placeholder::Id, 0, 5)),
            ("2nd", variable(Placeholder::Id, 0, 3)),
        ] {
            assert_eq!(judge(run.as_bytes()), expected, "{run}");
        }
    }

    #[test]
    fn encoded_text_is_told_from_camel_case() {
        assert!(is_encoded(b"dGhpcyBpcyBhIHRlc3Q+b2Yg/GJhc2U2NA"));
        assert!(!is_encoded(b"getContainerManagementProtocolProxy2"));
        assert!(!is_encoded(b"short1A"));
        assert!(!is_encoded(b"7e142b938aa74c3292d4dc09e6d15df8"));
        assert!(is_random_suffix(b"bvqzx") && is_random_suffix(b"ae"));
        assert!(!is_random_suffix(b"proxy") && !is_random_suffix(b"add"));
    }
}
