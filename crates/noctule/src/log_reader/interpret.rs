//! Reads one line: picks the format's parser, and plain text if none fits.

use super::{
    access_log, apache_error,
    calendar::Calendar,
    container,
    format::Format,
    json, logfmt, nginx_error,
    record::{BadLine, Envelope, Fields, ParsedLine},
    syslog::{self, Surroundings},
    text,
};

/// Which formats a line may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expectation {
    /// The caller named the format: it is tried, then JSON, then plain text.
    Named(Format),
    /// The first lines have this format: every format is tried, as files are often mixed.
    Detected(Format),
}

impl Expectation {
    pub(super) const fn format(self) -> Format {
        match self {
            Self::Named(format) | Self::Detected(format) => format,
        }
    }
}

/// A line that was read.
#[derive(Debug)]
pub(super) struct Interpreted {
    pub(super) line: ParsedLine,
    /// Whether the lines after it may belong to it. Those of JSON never do.
    pub(super) is_joinable: bool,
}

/// Reads one line that is not blank.
pub(super) fn interpret(
    line: &str,
    expectation: Expectation,
    calendar: &Calendar,
) -> Result<Interpreted, BadLine> {
    // A broken object is plain text in a text file, but a loss in a JSON file.
    if expectation.format() == Format::Json && json::is_object(line) {
        let fields = json::parse(line, calendar)?;
        return Ok(Interpreted { line: unwrapped(fields, calendar), is_joinable: false });
    }
    let (format, fields) = parse_as(expectation.format(), line, calendar)
        .or_else(|| match expectation {
            Expectation::Detected(_) => recognise(line, calendar),
            Expectation::Named(_) => {
                Some((Format::Json, parse_as(Format::Json, line, calendar)?.1))
            }
        })
        // JSON says what is a name, so a long one there is the sender's mistake and told so.
        .filter(|(format, fields)| *format == Format::Json || fields.has_fitting_labels())
        .unwrap_or_else(|| (Format::Text, text::parse(line, calendar)));
    let is_joinable = format != Format::Json;
    Ok(Interpreted { line: unwrapped(fields, calendar), is_joinable })
}

/// Whether a line says by itself when it was written, so that it cannot continue another one.
pub(super) fn has_own_time(line: &str, calendar: &Calendar) -> bool {
    let fields = recognise(line, calendar).map(|(_, fields)| fields);
    fields.unwrap_or_else(|| text::parse(line, calendar)).timestamp.is_some()
}

/// Reads a line that needs no other line to be sure of its format; `None` for plain text.
pub(super) fn recognise<'a>(line: &'a str, calendar: &Calendar) -> Option<(Format, Fields<'a>)> {
    Format::ALL.into_iter().find_map(|format| {
        if format == Format::Syslog {
            let fields = syslog::parse(line, calendar, Surroundings::Unknown)?;
            return Some((format, fields));
        }
        parse_as(format, line, calendar)
    })
}

/// Reads a line in one format, given that the other lines have it too.
fn parse_as<'a>(
    format: Format,
    line: &'a str,
    calendar: &Calendar,
) -> Option<(Format, Fields<'a>)> {
    let fields = match format {
        Format::Json if json::is_object(line) => json::parse(line, calendar).ok(),
        Format::Syslog => syslog::parse(line, calendar, Surroundings::Syslog),
        Format::AccessLog => access_log::parse(line, calendar),
        Format::NginxError => nginx_error::parse(line, calendar),
        Format::ApacheError => apache_error::parse(line, calendar),
        Format::Container => container::parse(line, calendar),
        Format::Logfmt => logfmt::parse(line, calendar),
        Format::Json | Format::Text => None,
    };
    fields.map(|fields| (format, fields))
}

/// Reads the log line inside a container's or syslog's line.
///
/// The wrapper knows best where and when the line was written. The level is the inner line's if
/// that has a header of its own, since a container has none and a daemon's output is all INFO to
/// journald. A message in syslog that only starts with a level's word stays whole.
fn unwrapped(outer: Fields<'_>, calendar: &Calendar) -> ParsedLine {
    if outer.envelope == Envelope::None {
        return outer.into_parsed();
    }
    let inner = recognise(&outer.message, calendar)
        .map(|(_, fields)| fields)
        .filter(Fields::has_fitting_labels)
        .unwrap_or_else(|| text::parse(&outer.message, calendar));
    let is_kept = outer.envelope == Envelope::Syslog && !inner.has_header;
    let inner = inner.into_parsed();
    let severity =
        if is_kept { outer.severity.or(inner.severity) } else { inner.severity.or(outer.severity) };
    let mut parsed = outer.into_parsed();
    if !is_kept {
        parsed.message = inner.message;
    }
    parsed.severity = severity;
    parsed.timestamp = parsed.timestamp.or(inner.timestamp);
    parsed.origin.service = parsed.origin.service.or(inner.origin.service);
    parsed.origin.host = parsed.origin.host.or(inner.origin.host);
    parsed.origin.source = parsed.origin.source.or(inner.origin.source);
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, expectation: Expectation) -> String {
        match interpret(line, expectation, &Calendar::of_tests()) {
            Ok(Interpreted { line, .. }) => {
                let time = line.timestamp.map_or("-".to_owned(), |moment| moment.to_string());
                let level = line.severity.map_or("-", noctule_domain::Severity::name);
                let service = line.origin.service.as_deref().unwrap_or("-");
                format!("{time} {level} {service} | {}", line.message)
            }
            Err(bad) => format!("bad: {bad}"),
        }
    }

    #[test]
    fn lines_inside_containers_and_syslog_are_unwrapped() {
        for (line, expected) in [
            (
                r#"{"log":"{\"level\":\"error\",\"msg\":\"it broke\"}\n","stream":"stdout","time":"2024-01-15T10:30:00Z"}"#,
                "2024-01-15T10:30:00Z ERROR - | it broke",
            ),
            (
                r#"{"log":"WARN: slow\n","stream":"stdout","time":"2024-01-15T10:30:00Z"}"#,
                "2024-01-15T10:30:00Z WARNING - | slow",
            ),
            (
                "2024-01-15T10:30:00Z stderr F E0115 09:00:00.1 7 pod.go:12] it broke",
                "2024-01-15T10:30:00Z ERROR - | it broke",
            ),
            (
                r#"Jan 15 10:30:00 web1 dockerd[7]: time="2024-01-15T10:29:59Z" level=warning msg="slow""#,
                "2024-01-15T10:30:00Z WARNING dockerd | slow",
            ),
            (
                "<30>Jan 15 10:30:00 web1 kubelet[7]: E0115 10:29:59.1 7 pod.go:12] it broke",
                "2024-01-15T10:30:00Z ERROR kubelet | it broke",
            ),
            (
                "Jan 15 10:30:00 web1 sshd[7]: error: no route",
                "2024-01-15T10:30:00Z ERROR sshd | error: no route",
            ),
            (
                "<30>Jan 15 10:30:00 web1 sshd[7]: error: no route",
                "2024-01-15T10:30:00Z INFO sshd | error: no route",
            ),
            (
                r#"<190>Jan 15 10:30:00 web1 nginx: 192.0.2.7 - - [15/Jan/2024:10:30:00 +0000] "GET / HTTP/1.1" 502 0"#,
                r#"2024-01-15T10:30:00Z ERROR nginx | "GET / HTTP/1.1" 502 0"#,
            ),
        ] {
            assert_eq!(shown(line, Expectation::Detected(Format::Text)), expected, "{line}");
        }
    }

    #[test]
    fn a_broken_object_is_bad_in_a_json_file_and_text_elsewhere() {
        let line = r#"{"level":"error""#;
        for (format, expected) in [
            (Format::Json, "bad: line is not valid JSON: EOF while parsing an object at column 16"),
            (Format::Text, "- - - | {\"level\":\"error\""),
        ] {
            assert_eq!(shown(line, Expectation::Named(format)), expected);
            assert_eq!(shown(line, Expectation::Detected(format)), expected);
        }
        let no_message = "bad: JSON object has no message";
        assert!(shown("{}", Expectation::Named(Format::Json)).starts_with(no_message));
        assert_eq!(shown("{}", Expectation::Detected(Format::Syslog)), "- - - | {}");
    }

    #[test]
    fn a_name_that_is_too_long_is_no_name_in_text() {
        let long = "h".repeat(noctule_domain::MAX_LABEL_BYTES + 1);
        for line in [
            format!("Jan 15 10:30:00 {long} shop[7]: up"),
            format!("2024-01-15 10:30:00 INFO a.{long}: up"),
            format!("level=info service={long} msg=up"),
            format!("E/{long}: up"),
        ] {
            let read = interpret(&line, Expectation::Detected(Format::Text), &Calendar::of_tests());
            let message = read.unwrap().line.checked().unwrap().message;
            assert!(message.contains(&long), "{line}");
        }
        let line = format!(r#"{{"service":"{long}","msg":"up"}}"#);
        let read = interpret(&line, Expectation::Detected(Format::Json), &Calendar::of_tests());
        assert!(read.unwrap().line.checked().is_err());
    }

    #[test]
    fn a_named_format_leaves_only_json_and_text_beside_it() {
        let syslog = "Jan 15 10:30:00 web1 cron: ran";
        let json = r#"{"msg":"hi","level":"warn"}"#;
        for (line, expectation, expected) in [
            (syslog, Expectation::Detected(Format::Logfmt), "2024-01-15T10:30:00Z - cron | ran"),
            (
                syslog,
                Expectation::Named(Format::Logfmt),
                "2024-01-15T10:30:00Z - - | web1 cron: ran",
            ),
            (json, Expectation::Named(Format::Syslog), "- WARNING - | hi"),
            (json, Expectation::Named(Format::Text), "- WARNING - | hi"),
            ("just text", Expectation::Named(Format::Json), "- - - | just text"),
        ] {
            assert_eq!(shown(line, expectation), expected, "{line}");
        }
    }
}
