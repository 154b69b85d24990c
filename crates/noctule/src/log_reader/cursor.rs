//! Reads the parts of dates and headers off the start of a text, byte by byte.
//!
//! It only ever passes ASCII bytes, so the rest is always whole UTF-8. A failed read may have
//! passed some bytes: whoever needs to go back keeps a copy, which is cheap.

use super::calendar::DayTime;

const MONTHS: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

const WEEKDAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];

/// Zone names that mean the same everywhere, in hours east of UTC. Others, such as IST, do not.
const ZONES: [(&str, i32); 13] = [
    ("UTC", 0),
    ("GMT", 0),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("CET", 1),
    ("CEST", 2),
    ("EEST", 3),
];

/// A place in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// What has not been read yet.
    pub(super) const fn rest(self) -> &'a str {
        self.rest
    }

    pub(super) fn peek(self) -> Option<u8> {
        self.rest.as_bytes().first().copied()
    }

    /// Passes one byte if it is among `accepted`, which are ASCII.
    pub(super) fn byte(&mut self, accepted: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| accepted.contains(byte))?;
        self.rest = &self.rest[1..];
        Some(byte)
    }

    /// Passes spaces and says how many.
    pub(super) fn spaces(&mut self) -> usize {
        let trimmed = self.rest.trim_start_matches(' ');
        let count = self.rest.len() - trimmed.len();
        self.rest = trimmed;
        count
    }

    /// How many digits come next.
    pub(super) fn digits_ahead(self) -> usize {
        self.rest.bytes().take_while(u8::is_ascii_digit).count()
    }

    /// Reads the next `count` digits, at most nine.
    pub(super) fn number(&mut self, count: usize) -> Option<u32> {
        let digits = self.rest.as_bytes().get(..count).filter(|_| count > 0)?;
        let mut number = 0;
        for digit in digits {
            if !digit.is_ascii_digit() {
                return None;
            }
            number = number * 10 + u32::from(digit - b'0');
        }
        self.rest = &self.rest[count..];
        Some(number)
    }

    /// Reads one or two digits, as days are written.
    pub(super) fn day(&mut self) -> Option<u32> {
        self.number(self.digits_ahead().min(2))
    }

    /// Reads the English name of a month, three letters in any case, as 1 to 12.
    pub(super) fn month(&mut self) -> Option<u32> {
        (1..).zip(MONTHS).find(|(_, name)| self.word(*name)).map(|(number, _)| number)
    }

    /// Reads the English name of a weekday, three letters in any case.
    pub(super) fn weekday(&mut self) -> Option<()> {
        WEEKDAYS.into_iter().any(|name| self.word(name)).then_some(())
    }

    fn word(&mut self, lower_case: &[u8]) -> bool {
        let ahead = self.rest.as_bytes().get(..lower_case.len());
        let is_next = ahead.is_some_and(|ahead| ahead.eq_ignore_ascii_case(lower_case));
        if is_next {
            self.rest = &self.rest[lower_case.len()..];
        }
        is_next
    }

    /// Reads `10:30:00`, with a fraction after a dot or a comma if there is one, or with the
    /// milliseconds after a colon.
    pub(super) fn day_time(&mut self) -> Option<DayTime> {
        let hour = self.number(2)?;
        self.byte(b":")?;
        let minute = self.number(2)?;
        self.byte(b":")?;
        let second = self.number(2)?;
        Some(DayTime { hour, minute, second, micros: self.fraction_micros() })
    }

    fn fraction_micros(&mut self) -> u32 {
        let bytes = self.rest.as_bytes();
        let is_fraction = match bytes.first() {
            Some(b'.' | b',') => bytes.get(1).is_some_and(u8::is_ascii_digit),
            Some(b':') => Cursor::new(&self.rest[1..]).digits_ahead() == 3,
            _ => false,
        };
        if !is_fraction {
            return 0;
        }
        let (mut micros, mut unit, mut length) = (0, 100_000, 1);
        while let Some(digit) = bytes.get(length).filter(|byte| byte.is_ascii_digit()) {
            micros += u32::from(digit - b'0') * unit;
            unit /= 10;
            length += 1;
        }
        self.rest = &self.rest[length..];
        micros
    }

    /// Reads a zone as seconds east of UTC: `Z`, `+02:00`, `-0700`, `+01`, ` UTC`; the last two
    /// with a space before them only in full, since ` -5` may belong to the message.
    pub(super) fn zone(&mut self) -> Option<i32> {
        let mut ahead = *self;
        let zone = if ahead.byte(b"Zz").is_some() {
            Some(0)
        } else if ahead.spaces() == 1 {
            ahead.named_zone().or_else(|| ahead.offset(4))
        } else {
            ahead.offset(2)
        };
        let is_whole = !ahead.peek().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if zone.is_some() && is_whole {
            *self = ahead;
        }
        zone.filter(|_| is_whole)
    }

    fn named_zone(&mut self) -> Option<i32> {
        let length = self.rest.bytes().take_while(u8::is_ascii_uppercase).count();
        let (name, rest) = self.rest.split_at(length);
        let (_, hours) = ZONES.iter().find(|(known, _)| *known == name)?;
        self.rest = rest;
        Some(hours * 3600)
    }

    fn offset(&mut self, min_digits: usize) -> Option<i32> {
        let sign = if self.byte(b"+-")? == b'+' { 1 } else { -1 };
        let hours = self.number(2)?;
        let has_colon = self.byte(b":").is_some();
        let minutes = self.number(2);
        let is_long_enough = minutes.is_some() || (min_digits == 2 && !has_colon);
        let minutes = minutes.unwrap_or(0);
        if !is_long_enough || hours > 14 || !minutes.is_multiple_of(15) || minutes > 45 {
            return None;
        }
        i32::try_from(hours * 3600 + minutes * 60).ok().map(|seconds| sign * seconds)
    }
}

/// The length of a text in double quotes at the start, in which `\"` is a quote; `None` if the text
/// starts with no quote or lacks the closing one.
pub(super) fn quoted_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('"')?;
    let mut is_escaped = false;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'"' if !is_escaped => return Some(at + 2),
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_zone(text: &str, expected: Option<i32>, rest: &str) {
        let mut cursor = Cursor::new(text);
        assert_eq!((cursor.zone(), cursor.rest()), (expected, rest), "{text:?}");
    }

    #[test]
    fn zones_are_told_from_what_follows_a_time() {
        check_zone("Z m", Some(0), " m");
        check_zone("+02:00 m", Some(7200), " m");
        check_zone("-0730] m", Some(-27000), "] m");
        check_zone("+01", Some(3600), "");
        check_zone(" UTC [12]", Some(0), " [12]");
        check_zone(" +0530 m", Some(19800), " m");
        check_zone(" CEST", Some(7200), "");
        for text in ["", " m", " - m", " -5 m", " -12 m", " -1299 m", "-INFO", " UTCX", "Zebra"] {
            check_zone(text, None, text);
        }
    }

    #[test]
    fn times_of_day_are_read_with_their_fraction() {
        for (text, micros, rest) in [
            ("10:30:59", 0, ""),
            ("10:30:59.5 m", 500_000, " m"),
            ("10:30:59,123456789 m", 123_456, " m"),
            ("10:30:59, m", 0, ", m"),
            ("10:30:59:250 m", 250_000, " m"),
            ("10:30:59:12 m", 0, ":12 m"),
        ] {
            let mut cursor = Cursor::new(text);
            let expected = DayTime { hour: 10, minute: 30, second: 59, micros };
            assert_eq!((cursor.day_time(), cursor.rest()), (Some(expected), rest), "{text}");
        }
        for text in ["", "10", "10:3", "1a:30:00", "10:30:0é"] {
            assert_eq!(Cursor::new(text).day_time(), None, "{text}");
        }
    }

    #[test]
    fn quoted_texts_end_at_the_first_bare_quote() {
        for (text, expected) in [
            (r#""a" b"#, Some(3)),
            (r#""a\"b" c"#, Some(6)),
            (r#""a\\" b"#, Some(5)),
            (r#""""#, Some(2)),
            (r#""a"#, None),
            ("a", None),
        ] {
            assert_eq!(quoted_length(text), expected, "{text}");
        }
    }

    #[test]
    fn names_are_read_in_any_case() {
        let mut cursor = Cursor::new("Fri DEC x");
        assert_eq!(cursor.weekday(), Some(()));
        assert_eq!(cursor.spaces(), 1);
        assert_eq!(cursor.month(), Some(12));
        assert_eq!((cursor.month(), cursor.rest()), (None, " x"));
    }
}
