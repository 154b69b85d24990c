//! Tells the format of a log from its first lines, which vote.
//!
//! The verdict need not be right for every line: each line is still tried in every format. It
//! says what to call the log, whether a broken object is a broken record, and whether a doubtful
//! line is syslog.

use super::{calendar::Calendar, format::Format, interpret, json};

/// How many lines vote.
const MAX_LINES: usize = 50;

/// A format wins with this part of the votes, a quarter, because banners and tracebacks vote for
/// plain text.
const WINNING_PART: usize = 4;

/// Tells the format of a log by its start, which may end in the middle of a line.
pub(super) fn format_of(start: &[u8], calendar: &Calendar) -> Format {
    let text = String::from_utf8_lossy(start);
    // Indented lines continue others and have no say.
    let is_voter = |line: &&str| {
        !line.trim().is_empty() && (json::is_object(line) || !line.starts_with([' ', '\t']))
    };
    let mut votes = [0_usize; Format::ALL.len()];
    let mut line_count = 0;
    for line in text.lines().filter(is_voter).take(MAX_LINES) {
        votes[place(vote(line, calendar))] += 1;
        line_count += 1;
    }
    Format::ALL
        .into_iter()
        .rev()
        .filter(|format| *format != Format::Text)
        .max_by_key(|format| votes[place(*format)])
        .filter(|format| line_count > 0 && votes[place(*format)] * WINNING_PART >= line_count)
        .unwrap_or(Format::Text)
}

fn vote(line: &str, calendar: &Calendar) -> Format {
    // An object that the sample cuts off, or that has no message, is JSON still.
    if line.trim_start().starts_with("{\"") && json::is_object(line) {
        return Format::Json;
    }
    interpret::recognise(line, calendar).map_or(Format::Text, |(format, _)| format)
}

fn place(format: Format) -> usize {
    Format::ALL.iter().position(|other| *other == format).expect("ALL has every format")
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"level":"info","msg":"up"}"#;
    const SYSLOG: &str = "Jan 15 10:30:00 web1 shop[7]: up";
    const ACCESS: &str = r#"192.0.2.7 - - [15/Jan/2024:10:30:00 +0000] "GET / HTTP/1.1" 200 5"#;
    const NGINX: &str = "2024/01/15 10:30:00 [error] 123#0: *1 it broke";
    const APACHE: &str = "[Mon Jan 15 10:30:00 2024] [error] it broke";
    const CONTAINER: &str = "2024-01-15T10:30:00Z stdout F up";
    const LOGFMT: &str = "ts=2024-01-15T10:30:00Z level=info msg=up";
    const TEXT: &str = "2024-01-15 10:30:00 INFO up";

    #[track_caller]
    fn check(lines: &[&str], expected: Format) {
        let start = lines.join("\n");
        assert_eq!(format_of(start.as_bytes(), &Calendar::of_tests()), expected, "{start}");
    }

    #[test]
    fn every_format_is_told() {
        check(&[], Format::Text);
        check(&["", "  "], Format::Text);
        check(&[JSON], Format::Json);
        check(&[SYSLOG], Format::Syslog);
        check(&[ACCESS], Format::AccessLog);
        check(&[NGINX], Format::NginxError);
        check(&[APACHE], Format::ApacheError);
        check(&[CONTAINER], Format::Container);
        check(&[LOGFMT], Format::Logfmt);
        check(&[TEXT], Format::Text);
    }

    #[test]
    fn mixed_files_go_to_the_largest_part() {
        check(&["== log ==", "", JSON, JSON, "plain"], Format::Json);
        check(&[SYSLOG, JSON, SYSLOG], Format::Syslog);
        check(&["Traceback (most recent call last):", "  File x", SYSLOG], Format::Syslog);
        check(&[TEXT, TEXT, TEXT, TEXT, JSON], Format::Text);
        check(&[TEXT, &[JSON; 60].join("\n")], Format::Json);
    }

    #[test]
    fn a_line_that_is_cut_off_still_counts() {
        check(&[&JSON[..20]], Format::Json);
        check(&[&ACCESS[..50]], Format::Text);
    }
}
