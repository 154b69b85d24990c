//! Plain text: whatever time, level and logger a line starts with, and then the message.
//!
//! Never fails. A line in which nothing is recognised is its own message, unchanged.

use std::borrow::Cow;

use noctule_domain::Timestamp;

use super::{
    calendar::Calendar,
    cursor::Cursor,
    klog, logcat,
    record::Fields,
    text_header::{self, Header},
    text_logger,
    timestamps::{self, Stamp},
};

/// Reads a line of any text.
pub(super) fn parse<'a>(line: &'a str, calendar: &Calendar) -> Fields<'a> {
    let text = line.trim_start();
    klog::parse(text, calendar)
        .or_else(|| logcat::parse(text, calendar))
        .or_else(|| kernel(text))
        .or_else(|| timed(text, calendar))
        .or_else(|| level_then_time(text, calendar))
        .or_else(|| text_header::at_line_start(text).map(|header| fields(None, header)))
        .filter(|fields| !fields.message.trim().is_empty() && fields.has_fitting_labels())
        .unwrap_or_else(|| Fields { message: Cow::Borrowed(line), ..Fields::default() })
}

/// Reads `[12345.678901] message`: the kernel's ring buffer counts seconds since the start, so
/// there is no time to be had from it.
fn kernel(text: &str) -> Option<Fields<'_>> {
    let mut cursor = Cursor::new(text.strip_prefix('[')?);
    cursor.spaces();
    cursor.number(cursor.digits_ahead().min(9))?;
    cursor.byte(b".")?;
    let decimals = cursor.digits_ahead();
    cursor.number(decimals.min(9)).filter(|_| (3..=9).contains(&decimals))?;
    let message = cursor.rest().strip_prefix("] ")?;
    Some(Fields {
        message: Cow::Borrowed(message),
        // Others count seconds too, but not to the microsecond.
        service: (decimals == 6).then_some(Cow::Borrowed("kernel")),
        has_header: true,
        ..Fields::default()
    })
}

/// The time at the start of a line.
enum Start<'a> {
    /// Certainly a time.
    Clear(Stamp<'a>),
    /// Digits that are a time only if a level follows. Some have no date.
    Doubtful(Option<Timestamp>, &'a str),
}

/// Reads `TIME …` and `[TIME …] …`.
fn timed<'a>(text: &'a str, calendar: &Calendar) -> Option<Fields<'a>> {
    let opened = text.strip_prefix('[');
    let start = start(opened.unwrap_or(text), calendar)?;
    let (timestamp, after, needs_level) = match start {
        Start::Clear((timestamp, rest)) => (Some(timestamp), rest, false),
        Start::Doubtful(timestamp, rest) => (timestamp, rest, true),
    };
    let (inside, rest) = if opened.is_some() { after.split_once(']')? } else { ("", after) };
    if opened.is_none() && rest.starts_with(|c: char| c.is_alphanumeric() || c == '.') {
        return None;
    }
    let header = match text_header::in_brackets(inside) {
        Some((severity, service)) => {
            Some(Header { severity, service, message: text_header::after_separators(rest) })
        }
        None => text_header::after_time(rest),
    };
    if let Some(header) = header {
        // A line that is only a time and a level keeps the level's word as its message.
        let is_silent = header.message.trim().is_empty();
        let message = if is_silent { text_header::after_separators(rest) } else { header.message };
        return Some(fields(timestamp, Header { message, ..header }));
    }
    (!needs_level).then(|| Fields {
        timestamp,
        message: Cow::Borrowed(text_header::after_separators(rest)),
        has_header: true,
        ..Fields::default()
    })
}

/// Reads `INFO 2024-01-15 10:30:00 up` (Django) and `INFO [2024-01-15 10:30:00] c.f.Shop: up`.
fn level_then_time<'a>(text: &'a str, calendar: &Calendar) -> Option<Fields<'a>> {
    let (severity, rest) = text_header::level_at_line_start(text)?;
    let mut fields = timed(rest, calendar)?;
    fields.severity = Some(severity);
    if let Cow::Borrowed(message) = fields.message
        && let Some((service, message)) = text_logger::after_level(message)
    {
        fields.service = service.map(Cow::Borrowed);
        fields.message = Cow::Borrowed(message);
    }
    Some(fields)
}

fn start<'a>(text: &'a str, calendar: &Calendar) -> Option<Start<'a>> {
    if !text.as_bytes().first()?.is_ascii_digit() {
        let forms = [timestamps::weekday_first, timestamps::day_first, timestamps::month_first];
        return forms.iter().find_map(|form| form(text, calendar)).map(Start::Clear);
    }
    if let Some((moment, rest)) = timestamps::unix(text) {
        // `1365301360 alignment exceptions` counts them, and `1705314600.25 up` is a time.
        let is_clear = text[..text.len() - rest.len()].contains('.') || calendar.is_recent(moment);
        return Some(if is_clear {
            Start::Clear((moment, rest))
        } else {
            Start::Doubtful(Some(moment), rest)
        });
    }
    timestamps::iso(text, calendar)
        .or_else(|| timestamps::day_first(text, calendar))
        .map(Start::Clear)
        .or_else(|| {
            timestamps::short_date(text, calendar)
                .or_else(|| timestamps::compact(text, calendar))
                .map(|(timestamp, rest)| Start::Doubtful(Some(timestamp), rest))
        })
        .or_else(|| {
            let mut cursor = Cursor::new(text);
            cursor.day_time().map(|_| Start::Doubtful(None, cursor.rest()))
        })
}

fn fields(timestamp: Option<Timestamp>, header: Header<'_>) -> Fields<'_> {
    Fields {
        timestamp,
        severity: Some(header.severity),
        message: Cow::Borrowed(header.message),
        service: header.service.map(Cow::Borrowed),
        has_header: timestamp.is_some(),
        ..Fields::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, shown: &str) {
        assert_eq!(parse(line, &Calendar::of_tests()).shown(), shown, "{line}");
    }

    #[test]
    fn lines_with_a_time_are_read() {
        for (line, shown) in [
            ("2024-01-15T10:30:00Z it broke", "2024-01-15T10:30:00Z | it broke"),
            ("2024-01-15 10:30:00 - it broke", "2024-01-15T10:30:00Z | it broke"),
            ("2024-01-15 10:30:00 -5 degrees", "2024-01-15T10:30:00Z | -5 degrees"),
            (
                "2024-01-15 10:30:00,123 - shop.pay - ERROR - it broke",
                "2024-01-15T10:30:00.123Z ERROR service=shop.pay | it broke",
            ),
            (
                "2024-01-15 10:30:00,123 WARN [main] c.f.Shop - slow",
                "2024-01-15T10:30:00.123Z WARNING service=c.f.Shop | slow",
            ),
            ("[2024-01-15 10:30:00] ERROR: it broke", "2024-01-15T10:30:00Z ERROR | it broke"),
            (
                "[2024-01-15T10:30:00Z INFO  shop::pay] up",
                "2024-01-15T10:30:00Z INFO service=shop::pay | up",
            ),
            (
                "[2024-01-15 10:30:00,123: ERROR/MainProcess] it broke",
                "2024-01-15T10:30:00.123Z ERROR | it broke",
            ),
            ("[2024-01-15 10:30:00 +0100] [12] [INFO] up", "2024-01-15T09:30:00Z INFO | up"),
            (
                "081109 203615 148 INFO dfs.DataNode$Packet: block blk_7 gone",
                "2008-11-09T20:36:15Z INFO service=dfs.DataNode$Packet | block blk_7 gone",
            ),
            (
                "17/06/09 20:10:40 INFO executor.Backend: up",
                "2017-06-09T20:10:40Z INFO service=executor.Backend | up",
            ),
            (
                "15-Jan-2024 10:30:00.123 SEVERE [main] org.apache.Start.log it broke",
                "2024-01-15T10:30:00.123Z ERROR service=org.apache.Start.log | it broke",
            ),
            (
                "2024-01-15 10:30:00.123 UTC [12] ERROR:  no table",
                "2024-01-15T10:30:00.123Z ERROR | no table",
            ),
            ("2024/01/15 10:30:00 main.go:12: up", "2024-01-15T10:30:00Z | main.go:12: up"),
            ("INFO 2024-01-15 10:30:00,5 up", "2024-01-15T10:30:00.500Z INFO | up"),
            ("[ERROR] 2024-01-15 10:30:00 - it broke", "2024-01-15T10:30:00Z ERROR | it broke"),
            (
                "WARN  [2024-01-15 10:30:00,5] c.f.Shop: slow",
                "2024-01-15T10:30:00.500Z WARNING service=c.f.Shop | slow",
            ),
            ("2024-01-15 10:30:00:250 up", "2024-01-15T10:30:00.250Z | up"),
            ("1705314600 it broke", "2024-01-15T10:30:00Z | it broke"),
            ("1365301360 INFO up", "2013-04-07T02:22:40Z INFO | up"),
            ("1705314600.250 INFO up", "2024-01-15T10:30:00.250Z INFO | up"),
            ("[Mon Jan 15 10:30:00 2024] usb 1-1: new", "2024-01-15T10:30:00Z | usb 1-1: new"),
            ("10:30:00.123 [main] INFO c.f.Shop - up", "INFO service=c.f.Shop | up"),
            ("[10:30:00 INF] up", "INFO | up"),
            ("2024-01-15 10:30:00 ERROR", "2024-01-15T10:30:00Z ERROR | ERROR"),
            (
                "E0115 10:30:00.123456 1234 pod.go:12] it broke",
                "2024-01-15T10:30:00.123456Z ERROR source=pod.go | it broke",
            ),
            ("  2024-01-15 10:30:00 INFO up", "2024-01-15T10:30:00Z INFO | up"),
        ] {
            check(line, shown);
        }
    }

    #[test]
    fn lines_without_a_time_are_read() {
        for (line, shown) in [
            ("[12345.678901] eth0: link down", "service=kernel | eth0: link down"),
            ("[    12.345] (II) LoadModule", "| (II) LoadModule"),
            ("[    0.000000] Linux version 6", "service=kernel | Linux version 6"),
            ("ERROR it broke", "ERROR | it broke"),
            ("WARNING:root:slow", "WARNING service=root | slow"),
            ("E/Shop( 12): it broke", "ERROR service=Shop | it broke"),
        ] {
            check(line, shown);
        }
    }

    #[test]
    fn a_line_with_nothing_known_is_its_own_message() {
        for line in [
            "",
            "  indented  ",
            "2024-01-15",
            "2024-01-15 10:30:00",
            "2024-01-15 10:30:00abc",
            "12345 records",
            "1365301360 alignment exceptions",
            "123456 123456 records",
            "10:30:00 the train left",
            "17/06/09 20:10:40 the train left",
            "[1.5] version",
            "[2024-01-15 10:30:00 never closed",
            "ERROR",
            "[error]",
            "Ünïcode ERROR",
        ] {
            check(line, &format!("| {line}"));
        }
    }
}
