//! Reads dates and times of day in the forms that logs use, with what may follow: a fraction, a
//! zone, a year. Bare numbers (Unix times) are numbers, not times.

use super::class::{DIGIT, LETTER, class_at, is_boundary, run_end};

const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];
const WEEKDAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];

/// The end of the date, the time of day or both that start at the digit at `at`.
pub(super) fn numeric(text: &[u8], at: usize) -> Option<usize> {
    let end = match date(text, at) {
        Some(date_end) => clock_behind(text, date_end).unwrap_or(date_end),
        None => clock(text, at, Seconds::Required)?,
    };
    let end = zone(text, end);
    is_boundary(text, end).then_some(end)
}

/// The end of a date with a named month, as in `Jan 15 10:30:00` or `Thu, 15 Jan 2024 10:30 GMT`.
/// A month and a day alone are not enough: `May 5` may begin a sentence.
pub(super) fn named(text: &[u8], at: usize) -> Option<usize> {
    let mut start = at;
    if starts_with_any(text, start, &WEEKDAYS) {
        start += 3 + usize::from(text.get(start + 3) == Some(&b','));
        start = spaces_end(text, start)?;
    }
    let (day_end, has_year) = if starts_with_any(text, start, &MONTHS) {
        let day = spaces_end(text, start + 3)?;
        (number_end(text, day, 1, 2, 31)?, false)
    } else {
        let month = spaces_end(text, number_end(text, start, 1, 2, 31)?)?;
        if !starts_with_any(text, month, &MONTHS) {
            return None;
        }
        (year(text, spaces_end(text, month + 3)?)?, true)
    };
    let comma = usize::from(text.get(day_end) == Some(&b','));
    let mut end = day_end;
    let year_ahead = |end| spaces_end(text, end).and_then(|at| year(text, at));
    let clock_ahead = |end| spaces_end(text, end).and_then(|at| clock(text, at, Seconds::Optional));
    let early_year = if has_year { None } else { year_ahead(end + comma) };
    end = early_year.unwrap_or(end);
    let time = clock_ahead(end);
    end = zone(text, time.unwrap_or(end));
    if early_year.is_none() && !has_year && time.is_some() {
        end = year_ahead(end).unwrap_or(end);
    }
    let complete = has_year || early_year.is_some() || time.is_some();
    (complete && is_boundary(text, end)).then_some(end)
}

/// `2024-01-15`, `2016/9/27`, `15.01.2024`, `10/Oct/2000`, `17/06/09 20:10`, `20240115T`.
fn date(text: &[u8], at: usize) -> Option<usize> {
    let first_end = run_end(text, at, DIGIT);
    let separator = *text.get(first_end)?;
    let next = first_end + 1;
    match first_end - at {
        8 if matches!(separator, b'T' | b'-') => {
            year(text, at)?;
            clock_behind(text, first_end).map(|_| first_end)
        }
        4 if matches!(separator, b'-' | b'/' | b'.') => {
            year(text, at)?;
            let month = number_end(text, next, 1, 2, 12)?;
            let day = (text.get(month) == Some(&separator)).then_some(month + 1)?;
            number_end(text, day, 1, 2, 31)
        }
        1 | 2 if matches!(separator, b'-' | b'/' | b'.') => {
            let named = starts_with_any(text, next, &MONTHS);
            let month = if named { next + 3 } else { number_end(text, next, 1, 2, 31)? };
            let last = (text.get(month) == Some(&separator)).then_some(month + 1)?;
            // Two digits for the year are told from `1/2/3` by the time of day that follows.
            year(text, last).or_else(|| {
                let end = number_end(text, last, 2, 2, 31)?;
                (text.get(end) == Some(&b' ') && clock_behind(text, end).is_some()).then_some(end)
            })
        }
        _ => None,
    }
}

fn year(text: &[u8], at: usize) -> Option<usize> {
    let end = number_end(text, at, 4, 4, 9999).or_else(|| {
        // `20240115` begins with a year as well.
        (run_end(text, at, DIGIT) == at + 8).then_some(at + 4)
    })?;
    matches!(&text[at..at + 2], b"19" | b"20" | b"21").then_some(end)
}

/// The time of day behind a date that ends at `at`.
fn clock_behind(text: &[u8], at: usize) -> Option<usize> {
    if !matches!(text.get(at)?, b'T' | b't' | b' ' | b'-' | b'_' | b':') {
        return None;
    }
    let start = at + 1;
    clock(text, start, Seconds::Optional).or_else(|| {
        let compact = number_end(text, start, 6, 6, 235_960)?;
        Some(fraction(text, compact))
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seconds {
    Required,
    Optional,
}

/// `10:30:00`, `10:30:00.123`, `10:30:00,123`, `22:15:29:606`, `15.42.50.363779`; hours may be
/// elapsed ones.
fn clock(text: &[u8], at: usize, seconds: Seconds) -> Option<usize> {
    let hours = number_end(text, at, 1, 3, 999)?;
    let separator = *text.get(hours).filter(|&&byte| {
        byte == b':' || (byte == b'.' && seconds == Seconds::Optional && hours == at + 2)
    })?;
    let minutes = number_end(text, hours + 1, 2, 2, 59)?;
    if text.get(minutes) == Some(&separator) {
        let second = number_end(text, minutes + 1, 2, 2, 60)?;
        return Some(fraction(text, second));
    }
    (seconds == Seconds::Optional && separator == b':').then_some(minutes)
}

fn fraction(text: &[u8], at: usize) -> usize {
    let end = run_end(text, at + 1, DIGIT);
    let digits = end.saturating_sub(at + 1);
    match text.get(at) {
        Some(b'.' | b',') if (1..=9).contains(&digits) => end,
        Some(b':') if digits == 3 => end,
        _ => at,
    }
}

/// The end of a zone or of AM/PM behind a time that ends at `at`; `at` if there is none.
fn zone(text: &[u8], at: usize) -> usize {
    if text.get(at) == Some(&b'Z') {
        return at + 1;
    }
    let start = at + usize::from(text.get(at) == Some(&b' '));
    if matches!(text.get(start), Some(b'+' | b'-')) {
        let end = run_end(text, start + 1, DIGIT);
        let minutes = run_end(text, end + 1, DIGIT);
        if end == start + 3 && text.get(end) == Some(&b':') && minutes == end + 3 {
            return minutes;
        }
        // `+02` alone is a zone only when it touches the time.
        let touches = start == at && text[start] == b'+' && end == start + 3;
        return if end == start + 5 || touches { end } else { at };
    }
    let word = text.get(start..run_end(text, start, LETTER)).unwrap_or_default();
    let known: [&[u8]; 6] = [b"UTC", b"GMT", b"AM", b"PM", b"am", b"pm"];
    if known.contains(&word) { start + word.len() } else { at }
}

/// The end of a number of `min..=max` digits at `at` that is at most `limit`.
fn number_end(text: &[u8], at: usize, min: usize, max: usize, limit: u32) -> Option<usize> {
    let end = run_end(text, at, DIGIT);
    let length = end.saturating_sub(at);
    if !(min..=max).contains(&length) {
        return None;
    }
    let value = text[at..end].iter().fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'));
    (value <= limit).then_some(end)
}

fn spaces_end(text: &[u8], at: usize) -> Option<usize> {
    // Two at most: days are padded to two places.
    let spaces = text.get(at..)?.iter().take(2).take_while(|&&byte| byte == b' ').count();
    (spaces > 0).then_some(at + spaces)
}

fn starts_with_any(text: &[u8], at: usize, words: &[&[u8]]) -> bool {
    let Some(word) = text.get(at..at + 3) else { return false };
    words.contains(&word) && class_at(text, at + 3) & LETTER == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_dates_and_times() {
        for (text, rest) in [
            ("2024-01-15T10:30:00Z x", Some(" x")),
            ("2024-01-15 10:30:00,123 INFO", Some(" INFO")),
            ("2024-01-15T12:30:00.250+02:00", Some("")),
            ("2005-06-03-15.42.50.363779 R02", Some(" R02")),
            ("2016/9/27:20:30:31.455 Wcp", Some(" Wcp")),
            ("10/Oct/2000:13:55:36 -0700]", Some("]")),
            ("17/06/09 20:10:40 INFO", Some(" INFO")),
            ("20171223-22:15:29:606|Step", Some("|Step")),
            ("20240115T103000Z", Some("")),
            ("15.01.2024", Some("")),
            ("10:30:00 UTC", Some("")),
            ("1:02:03 PM", Some("")),
            ("2024-01-15.log", Some(".log")),
            ("10:30", None),
            ("10:99:00", None),
            ("1/2/3", None),
            ("1.2.3", None),
            ("20240115", None),
            ("2024-13-01", None),
            ("10:30:00x", None),
        ] {
            let found = numeric(text.as_bytes(), 0).map(|end| &text[end..]);
            assert_eq!(found, rest, "{text}");
        }
    }

    #[test]
    fn named_months() {
        for (text, rest) in [
            ("Jan 15 10:30:00 host", Some(" host")),
            ("Thu Jun  9 06:06:20 2005.", Some(".")),
            ("Thu Jun 09 06:06:20 UTC 2005", Some("")),
            ("Thu, 15 Jan 2024 10:30:00 GMT", Some("")),
            ("Jan 15, 2024 ok", Some(" ok")),
            ("May 5 retries", None),
            ("Sun rose", None),
            ("Mart 15 10:30:00", None),
        ] {
            let found = named(text.as_bytes(), 0).map(|end| &text[end..]);
            assert_eq!(found, rest, "{text}");
        }
    }
}
