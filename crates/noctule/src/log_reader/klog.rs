//! klog and glog, as Kubernetes and other Google software write.

use std::borrow::Cow;

use super::{calendar::Calendar, cursor::Cursor, level, record::Fields, timestamps};

/// Reads `E0115 10:30:00.123456    1234 file.go:12] message`. The source is the file without the
/// line, which moves with every release.
pub(super) fn parse<'a>(line: &'a str, calendar: &Calendar) -> Option<Fields<'a>> {
    let (&letter, rest) = line.as_bytes().split_first()?;
    if !matches!(letter, b'I' | b'W' | b'E' | b'F') || !rest.first()?.is_ascii_digit() {
        return None;
    }
    let (timestamp, rest) = timestamps::joined_date(&line[1..], calendar)?;
    let mut cursor = Cursor::new(rest);
    cursor.spaces();
    cursor.number(cursor.digits_ahead().min(9))?;
    cursor.byte(b" ")?;
    let (place, message) = cursor.rest().split_once("] ")?;
    let (file, _) = place.rsplit_once(':').filter(|(file, _)| !file.contains(' '))?;
    Some(Fields {
        timestamp: Some(timestamp),
        severity: level::letter(letter),
        message: Cow::Borrowed(message),
        source: Some(Cow::Borrowed(file)),
        has_header: true,
        ..Fields::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_others_left_alone() {
        for (line, shown) in [
            (
                r#"E0115 10:30:00.123456    1234 pod.go:12] "Sync failed" pod="a/b""#,
                Some(
                    r#"2024-01-15T10:30:00.123456Z ERROR source=pod.go | "Sync failed" pod="a/b""#,
                ),
            ),
            (
                "I20240115 10:30:00.5 1234 main.cc:7] up",
                Some("2024-01-15T10:30:00.500Z INFO source=main.cc | up"),
            ),
            ("E0115 is a code", None),
            ("E0115 10:30:00.1 12 no place", None),
            ("Error", None),
            ("", None),
        ] {
            let fields = parse(line, &Calendar::of_tests());
            assert_eq!(fields.map(|fields| fields.shown()).as_deref(), shown, "{line}");
        }
    }
}
