//! Severities as logs write them: words, letters and the number scales of loggers.
//!
//! The usual words are the domain's; this adds the abbreviations that only make sense where a
//! level is expected, and so must not be looked for in running text.

use noctule_domain::Severity;

/// The longest level word, `informational`.
pub(super) const MAX_WORD_BYTES: usize = 13;

/// Reads a level field: a word, an abbreviation or a letter, with brackets or a colon around it.
pub(super) fn named(text: &str) -> Option<Severity> {
    let is_frame = |c: char| c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')' | '<' | ':');
    let name = text.trim_matches(is_frame).trim_end_matches('>');
    match name.as_bytes() {
        [letter] => self::letter(*letter),
        _ => word(name),
    }
}

/// Reads a level's word or abbreviation with nothing around it.
pub(super) fn word(word: &str) -> Option<Severity> {
    let is_word = (2..=MAX_WORD_BYTES).contains(&word.len());
    is_word.then(|| abbreviation(word).or_else(|| word.parse().ok())).flatten()
}

/// Reads the one-letter levels of Android, klog and many a table.
pub(super) fn letter(letter: u8) -> Option<Severity> {
    match letter.to_ascii_uppercase() {
        b'V' | b'T' | b'D' => Some(Severity::Debug),
        b'I' => Some(Severity::Info),
        b'W' => Some(Severity::Warning),
        b'E' => Some(Severity::Error),
        b'F' | b'C' | b'A' => Some(Severity::Critical),
        _ => None,
    }
}

/// Serilog's and .NET's short names.
fn abbreviation(word: &str) -> Option<Severity> {
    let table = [
        ("vrb", Severity::Debug),
        ("trc", Severity::Debug),
        ("trce", Severity::Debug),
        ("dbug", Severity::Debug),
        ("inf", Severity::Info),
        ("wrn", Severity::Warning),
        ("ftl", Severity::Critical),
    ];
    let is_short = word.len() <= 4;
    let found = table.iter().find(|(name, _)| is_short && name.eq_ignore_ascii_case(word));
    found.map(|(_, severity)| *severity)
}

/// Whose numbers 10 to 60 are. Both scales count in tens but mean different levels by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tens {
    /// pino and bunyan: 30 is INFO, 40 WARN, 50 ERROR, 60 FATAL.
    Node,
    /// Python's logging: 20 is INFO, 30 WARNING, 40 ERROR, 50 CRITICAL.
    Python,
}

/// Reads a level that is a number.
///
/// 0 to 7 are syslog's, 10 to 69 those that `tens` says, 100 to 600 Monolog's (PHP). The ranges
/// do not overlap; custom levels in between count as the level below them.
pub(super) fn numbered(number: i64, tens: Tens) -> Option<Severity> {
    match (number, tens) {
        (0..=7, _) => Severity::from_syslog(u8::try_from(number).ok()?),
        (10..=19 | 100..=199, _) | (20..=29, Tens::Node) => Some(Severity::Debug),
        (20..=29, Tens::Python) | (30..=39, Tens::Node) | (200..=299, _) => Some(Severity::Info),
        (30..=39, Tens::Python) | (40..=49, Tens::Node) | (300..=399, _) => Some(Severity::Warning),
        (40..=49, Tens::Python) | (50..=59, Tens::Node) | (400..=499, _) => Some(Severity::Error),
        (50..=69 | 500..=600, _) => Some(Severity::Critical),
        _ => None,
    }
}

/// Reads OpenTelemetry's severity number, 1 to 24.
pub(super) fn open_telemetry(number: i64) -> Option<Severity> {
    match number {
        1..=8 => Some(Severity::Debug),
        9..=12 => Some(Severity::Info),
        13..=16 => Some(Severity::Warning),
        17..=20 => Some(Severity::Error),
        21..=24 => Some(Severity::Critical),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_fields_are_read_in_all_their_spellings() {
        for (text, expected) in [
            ("ERROR", Some(Severity::Error)),
            (" warn ", Some(Severity::Warning)),
            ("[info]", Some(Severity::Info)),
            ("Information", Some(Severity::Info)),
            ("<Warning>", Some(Severity::Warning)),
            ("error:", Some(Severity::Error)),
            ("E", Some(Severity::Error)),
            ("d", Some(Severity::Debug)),
            ("FTL", Some(Severity::Critical)),
            ("dbug", Some(Severity::Debug)),
            ("FAILURE", Some(Severity::Error)),
            ("", None),
            ("combo", None),
            ("-", None),
            ("é", None),
            ("x", None),
            ("an error occurred", None),
        ] {
            assert_eq!(named(text), expected, "{text}");
        }
    }

    #[test]
    fn number_scales_are_told_apart() {
        for (number, node, python) in [
            (0, Some(Severity::Critical), Some(Severity::Critical)),
            (3, Some(Severity::Error), Some(Severity::Error)),
            (6, Some(Severity::Info), Some(Severity::Info)),
            (8, None, None),
            (10, Some(Severity::Debug), Some(Severity::Debug)),
            (20, Some(Severity::Debug), Some(Severity::Info)),
            (30, Some(Severity::Info), Some(Severity::Warning)),
            (40, Some(Severity::Warning), Some(Severity::Error)),
            (50, Some(Severity::Error), Some(Severity::Critical)),
            (60, Some(Severity::Critical), Some(Severity::Critical)),
            (250, Some(Severity::Info), Some(Severity::Info)),
            (400, Some(Severity::Error), Some(Severity::Error)),
            (601, None, None),
            (-4, None, None),
        ] {
            assert_eq!(numbered(number, Tens::Node), node, "{number}");
            assert_eq!(numbered(number, Tens::Python), python, "{number}");
        }
        assert_eq!(open_telemetry(9), Some(Severity::Info));
        assert_eq!(open_telemetry(25), None);
    }
}
