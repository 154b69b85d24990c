//! Android's logcat, in its brief, tag, time and threadtime forms.

use std::borrow::Cow;

use super::{calendar::Calendar, cursor::Cursor, level, record::Fields, timestamps};

/// Reads `E/Tag( 123): message`, `01-15 10:30:00.123 E/Tag(123): message` and
/// `01-15 10:30:00.123  1234  1235 E Tag: message`.
pub(super) fn parse<'a>(line: &'a str, calendar: &Calendar) -> Option<Fields<'a>> {
    let (timestamp, rest) = match timestamps::month_and_day(line, calendar) {
        Some((timestamp, rest)) => (Some(timestamp), rest.trim_start()),
        None => (None, line),
    };
    let rest = timestamp.and_then(|_| after_thread(rest)).unwrap_or(rest);
    let (&letter, after_letter) = rest.as_bytes().split_first()?;
    let is_separated = match after_letter.first()? {
        b'/' => true,
        b' ' => timestamp.is_some(),
        _ => false,
    };
    if !is_separated || !matches!(letter, b'V' | b'D' | b'I' | b'W' | b'E' | b'F' | b'A') {
        return None;
    }
    let (tag, message) = rest[2..].split_once(": ")?;
    let (tag, _) = tag.split_once('(').unwrap_or((tag, ""));
    let tag = tag.trim();
    // Without a time, `A/B testing is on: yes` looks the same, but tags are single words.
    let is_tag = !tag.is_empty() && (timestamp.is_some() || !tag.contains(' '));
    is_tag.then(|| Fields {
        timestamp,
        severity: level::letter(letter),
        message: Cow::Borrowed(message),
        service: Some(Cow::Borrowed(tag)),
        has_header: timestamp.is_some(),
        ..Fields::default()
    })
}

/// What follows the numbers of process and thread.
fn after_thread(text: &str) -> Option<&str> {
    let mut cursor = Cursor::new(text);
    for _ in 0..2 {
        cursor.number(cursor.digits_ahead().min(9))?;
        cursor.byte(b" ")?;
        cursor.spaces();
    }
    Some(cursor.rest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_others_left_alone() {
        for (line, shown) in [
            ("E/WifiService( 123): scan failed", Some("ERROR service=WifiService | scan failed")),
            ("W/Shop: slow", Some("WARNING service=Shop | slow")),
            (
                "01-15 10:30:00.250  1234  1235 D PowerManager: acquire lock=7",
                Some("2024-01-15T10:30:00.250Z DEBUG service=PowerManager | acquire lock=7"),
            ),
            (
                "01-15 10:30:00.250 I/Shop ( 99): up",
                Some("2024-01-15T10:30:00.250Z INFO service=Shop | up"),
            ),
            ("A/B testing is on: yes", None),
            ("I am here: yes", None),
            ("E/Tag", None),
            ("01-15 10:30:00 plain", None),
        ] {
            let fields = parse(line, &Calendar::of_tests());
            assert_eq!(fields.map(|fields| fields.shown()).as_deref(), shown, "{line}");
        }
    }
}
