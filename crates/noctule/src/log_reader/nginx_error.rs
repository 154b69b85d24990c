//! nginx's error log. Its process, thread and connection numbers are not part of the message.

use std::borrow::Cow;

use super::{calendar::Calendar, cursor::Cursor, level, record::Fields, timestamps};

/// Reads `2024/01/15 10:30:00 [error] 123#0: *1 open() failed, client: 1.2.3.4`.
pub(super) fn parse<'a>(line: &'a str, calendar: &Calendar) -> Option<Fields<'a>> {
    if line.as_bytes().get(4) != Some(&b'/') {
        return None;
    }
    let (timestamp, rest) = timestamps::iso(line, calendar)?;
    let (name, rest) = rest.strip_prefix(" [")?.split_once("] ")?;
    let severity = level::word(name)?;
    let rest = numbered(rest, "#").and_then(|rest| numbered(rest, ": "))?;
    let message = rest.strip_prefix('*').and_then(|rest| numbered(rest, " ")).unwrap_or(rest);
    Some(Fields {
        timestamp: Some(timestamp),
        severity: Some(severity),
        message: Cow::Borrowed(message),
        service: Some(Cow::Borrowed("nginx")),
        has_header: true,
        ..Fields::default()
    })
}

/// What follows a number and `end`.
fn numbered<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    let digits = Cursor::new(text).digits_ahead();
    text[digits..].strip_prefix(end).filter(|_| digits > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_without_their_numbers() {
        for (line, shown) in [
            (
                r#"2024/01/15 10:30:00 [error] 123#0: *17 open() "/x" failed, client: 192.0.2.7"#,
                r#"2024-01-15T10:30:00Z ERROR service=nginx | open() "/x" failed, client: 192.0.2.7"#,
            ),
            (
                "2024/01/15 10:30:00 [notice] 1#1: signal process started",
                "2024-01-15T10:30:00Z INFO service=nginx | signal process started",
            ),
            (
                "2024/01/15 10:30:00 [emerg] 1#1: *x bind() failed",
                "2024-01-15T10:30:00Z CRITICAL service=nginx | *x bind() failed",
            ),
        ] {
            let fields = parse(line, &Calendar::of_tests()).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(fields.shown(), shown, "{line}");
        }
    }

    #[test]
    fn other_lines_are_left_alone() {
        for line in [
            "",
            "2024/01/15 10:30:00 main.go:12: started",
            "2024/01/15 10:30:00 [pool] 1#1: started",
            "2024/01/15 10:30:00 [error] no numbers",
            "2024-01-15 10:30:00 [error] 123#0: dashes",
        ] {
            assert_eq!(parse(line, &Calendar::of_tests()), None, "{line}");
        }
    }
}
