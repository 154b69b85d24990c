//! Reads numbers, with sign, fraction, exponent and unit.

use super::class::{DIGIT, LETTER, class_at, is_boundary, run_end};
use super::placeholder::Placeholder;

/// Units of time, amount of data, rate and electricity, in lower case. `c` and `f` are missing
/// because `3c` and `4f` are more often hexadecimal than temperatures.
const UNITS: [&str; 52] = [
    "ns", "us", "µs", "μs", "ms", "s", "sec", "secs", "m", "min", "mins", "h", "hr", "hrs", "d",
    "day", "days", "k", "kb", "mb", "gb", "tb", "pb", "kib", "mib", "gib", "tib", "g", "t", "byte",
    "bytes", "bit", "bits", "bps", "kbps", "mbps", "gbps", "hz", "khz", "mhz", "ghz", "v", "mv",
    "w", "mw", "kw", "ma", "rpm", "px", "°c", "°f", "kbit",
];

/// The longest of [`UNITS`], in bytes.
const MAX_UNIT_BYTES: usize = 5;

/// Numbers with units in a row, as in `1h30m12s`.
const MAX_COMPOUND: usize = 4;

/// Reads the number that starts at the digit at `at`: its kind and its end. `None` when letters
/// that are no unit follow, so that the run must be judged as a whole.
pub(super) fn read(text: &[u8], at: usize) -> Option<(Placeholder, usize)> {
    let mut end = decimal_end(text, at);
    if is_boundary(text, end) {
        return Some((Placeholder::Num, end));
    }
    for _ in 0..MAX_COMPOUND {
        let unit_end = run_end(text, end, LETTER);
        if !is_unit(&text[end..unit_end]) {
            return None;
        }
        if is_boundary(text, unit_end) {
            return Some((Placeholder::Size, unit_end));
        }
        end = decimal_end(text, unit_end);
    }
    None
}

fn decimal_end(text: &[u8], at: usize) -> usize {
    let digit = |at| class_at(text, at) == DIGIT;
    let mut end = run_end(text, at, DIGIT);
    if text.get(end) == Some(&b'.') && digit(end + 1) {
        end = run_end(text, end + 1, DIGIT);
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let exponent_end = run_end(text, end + 1 + sign, DIGIT);
        if digit(end + 1 + sign) && is_boundary(text, exponent_end) {
            end = exponent_end;
        }
    }
    end
}

fn is_unit(letters: &[u8]) -> bool {
    (1..=MAX_UNIT_BYTES).contains(&letters.len())
        && (letters == b"B"
            || UNITS.iter().any(|unit| letters.eq_ignore_ascii_case(unit.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_are_read_to_their_end() {
        for (text, expected) in [
            ("42 left", Some((Placeholder::Num, 2))),
            ("42.", Some((Placeholder::Num, 2))),
            ("3.14%", Some((Placeholder::Num, 4))),
            ("1.5e-3,", Some((Placeholder::Num, 6))),
            ("6.1.7601", Some((Placeholder::Num, 3))),
            ("12ms", Some((Placeholder::Size, 4))),
            ("3.5GB/s", Some((Placeholder::Size, 5))),
            ("1h30m12.5s", Some((Placeholder::Size, 10))),
            ("7µs", Some((Placeholder::Size, 4))),
            ("1e", None),
            ("3ffb", None),
            ("2nd", None),
        ] {
            assert_eq!(read(text.as_bytes(), 0), expected, "{text}");
        }
    }

    #[test]
    fn no_unit_is_longer_than_the_bound() {
        assert!(UNITS.iter().all(|unit| unit.len() <= MAX_UNIT_BYTES));
    }
}
