//! The Common and Combined Log Format of web servers.
//!
//! The message is the request line, status and size as they stand: `"GET / HTTP/1.1" 200 512`.
//! The client's address, the user, the referrer and the agent are left out, because they differ on
//! every line and say nothing of the server. The level comes from the status: 5xx is ERROR, 4xx
//! WARNING, everything else INFO.

use std::borrow::Cow;

use noctule_domain::Severity;

use super::{
    calendar::Calendar,
    cursor::{Cursor, quoted_length},
    record::Fields,
    timestamps,
};

/// Client, identity and user; a fourth before them is the virtual host.
const CLIENT_WORDS: std::ops::RangeInclusive<usize> = 3..=4;

/// Reads `1.2.3.4 - ann [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 512 "…" "…"`.
pub(super) fn parse<'a>(line: &'a str, calendar: &Calendar) -> Option<Fields<'a>> {
    let (client, rest) = line.split_once(" [")?;
    // Other lines have a bracket too; a day is quick to tell.
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let words = client.split(' ').count();
    if !CLIENT_WORDS.contains(&words) {
        return None;
    }
    let (timestamp, rest) = timestamps::day_first(rest, calendar)?;
    let quoted = rest.strip_prefix("] ")?;
    let mut cursor = Cursor::new(&quoted[quoted_length(quoted)?..]);
    cursor.byte(b" ")?;
    let status = cursor.number(3)?;
    cursor.byte(b" ")?;
    let size_length = cursor.digits_ahead().max(usize::from(cursor.peek() == Some(b'-')));
    let after_size = &cursor.rest()[size_length..];
    let message = &quoted[..quoted.len() - after_size.len()];
    let is_whole = size_length > 0 && (after_size.is_empty() || after_size.starts_with(' '));
    is_whole.then(|| Fields {
        timestamp: Some(timestamp),
        severity: Some(severity(status)),
        message: Cow::Borrowed(message),
        host: virtual_host(client, words).map(Cow::Borrowed),
        has_header: true,
        ..Fields::default()
    })
}

fn virtual_host(client: &str, words: usize) -> Option<&str> {
    let name = client.split(' ').next().filter(|_| words == *CLIENT_WORDS.end())?;
    Some(name.rsplit_once(':').map_or(name, |(host, _)| host))
}

fn severity(status: u32) -> Severity {
    match status {
        500..=599 => Severity::Error,
        400..=499 => Severity::Warning,
        _ => Severity::Info,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_and_combined_lines_are_read() {
        for (line, shown) in [
            (
                r#"192.0.2.7 - - [15/Jan/2024:10:30:00 +0000] "GET /cart?id=7 HTTP/1.1" 200 2326"#,
                r#"2024-01-15T10:30:00Z INFO | "GET /cart?id=7 HTTP/1.1" 200 2326"#,
            ),
            (
                r#"192.0.2.7 - ann [15/Jan/2024:11:30:00 +0100] "POST /pay HTTP/2.0" 503 - "https://x.test/" "curl/8.5""#,
                r#"2024-01-15T10:30:00Z ERROR | "POST /pay HTTP/2.0" 503 -"#,
            ),
            (
                r#"x.test:443 2001:db8::7 - - [15/Jan/2024:10:30:00 +0000] "GET /\"a HTTP/1.1" 404 12 "-" "-""#,
                r#"2024-01-15T10:30:00Z WARNING host=x.test | "GET /\"a HTTP/1.1" 404 12"#,
            ),
            (
                r#"192.0.2.7 - - [15/Jan/2024:10:30:00 +0000] "-" 408 0"#,
                r#"2024-01-15T10:30:00Z WARNING | "-" 408 0"#,
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
            "started [15 workers]",
            r#"a b c [15/Jan/2024:10:30:00 +0000] "GET / HTTP/1.1" 200"#,
            r#"a b c [15/Jan/2024:10:30:00 +0000] "GET / HTTP/1.1 200 5"#,
            r#"a b c [15/Jan/2024:10:30:00 +0000] "GET /" 200 5x"#,
            r#"one word too many here [15/Jan/2024:10:30:00 +0000] "GET /" 200 5"#,
        ] {
            assert_eq!(parse(line, &Calendar::of_tests()), None, "{line}");
        }
    }
}
