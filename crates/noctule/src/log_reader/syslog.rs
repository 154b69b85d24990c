//! Syslog in its many forms: RFC 5424, RFC 3164, rsyslog's files and `journalctl`'s output.
//!
//! RFC 5424 is read by `syslog_loose`. The older forms are not: that crate takes the first word of
//! a message without a tag for the tag (`last message repeated 2 times`), and knows neither
//! fractions of a second in RFC 3164 times nor the `+0000` of `journalctl -o short-iso`.

use std::borrow::Cow;

use noctule_domain::{Severity, Timestamp};
use syslog_loose::Variant;

use super::{
    calendar::Calendar,
    cursor::Cursor,
    level,
    record::{Envelope, Fields},
    timestamps,
};

/// The highest priority, facility 23 and severity 7 (RFC 5424 section 6.2.1).
const MAX_PRIORITY: u32 = 191;

/// RFC 5424 section 6 allows names of programs 48 bytes.
const MAX_TAG_BYTES: usize = 48;

/// Tags that make a line syslog although they have no process.
const CERTAIN_TAGS: [&str; 4] = ["kernel", "systemd", "sudo", "rsyslogd"];

/// How much a line must look like syslog to be taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surroundings {
    /// Nothing is known of the other lines, so `2024-01-15T10:30:00Z disk check: ok` is not.
    Unknown,
    /// The other lines are syslog, so it is, by a host called `disk`.
    Syslog,
}

/// Reads a line with a priority, with an RFC 3164 time, or with an ISO time, host and tag.
pub(super) fn parse<'a>(
    line: &'a str,
    calendar: &Calendar,
    surroundings: Surroundings,
) -> Option<Fields<'a>> {
    match line.as_bytes().first()? {
        b'<' => with_priority(line, calendar),
        b'0'..=b'9' => with_iso_time(line, calendar, surroundings),
        _ => with_old_time(line, calendar),
    }
}

fn with_priority<'a>(line: &'a str, calendar: &Calendar) -> Option<Fields<'a>> {
    let mut cursor = Cursor::new(&line[1..]);
    let priority = cursor.number(cursor.digits_ahead().min(3))?;
    cursor.byte(b">").filter(|_| priority <= MAX_PRIORITY)?;
    let rest = cursor.rest();
    let severity = Severity::from_syslog(u8::try_from(priority % 8).ok()?);
    let is_versioned = matches!(rest.as_bytes(), [b'1'..=b'9', b' ', ..]);
    let fields = is_versioned
        .then(|| rfc_5424(line))
        .flatten()
        .or_else(|| with_old_time(rest.trim_start(), calendar))
        .or_else(|| with_iso_time(rest, calendar, Surroundings::Syslog))
        .unwrap_or_else(|| Fields {
            message: Cow::Borrowed(rest),
            envelope: Envelope::Syslog,
            ..Fields::default()
        });
    Some(Fields { severity, ..fields })
}

fn rfc_5424(line: &str) -> Option<Fields<'_>> {
    // The year is only asked for in RFC 3164 times.
    let message =
        syslog_loose::parse_message_with_year_exact(line, |_| 0, Variant::RFC5424).ok()?;
    let text = message.msg.trim_start_matches('\u{feff}');
    let is_silent = text.trim().is_empty();
    let elements = message.structured_data.iter().filter(|_| is_silent);
    Some(Fields {
        timestamp: message.timestamp.map(|moment| Timestamp::from(moment.to_utc())),
        message: if is_silent {
            Cow::Owned(elements.map(ToString::to_string).collect())
        } else {
            Cow::Borrowed(text)
        },
        service: message.appname.map(Cow::Borrowed),
        host: message.hostname.map(Cow::Borrowed),
        envelope: Envelope::Syslog,
        has_header: true,
        ..Fields::default()
    })
}

/// Reads `Jan 15 10:30:00 host prog[1]: message`.
fn with_old_time<'a>(text: &'a str, calendar: &Calendar) -> Option<Fields<'a>> {
    let (timestamp, rest) = timestamps::month_first(text, calendar)?;
    // Network gear ends the time with a colon.
    let rest = rest.strip_prefix(':').unwrap_or(rest).strip_prefix(' ')?;
    Some(Sender::read(rest).into_fields(timestamp))
}

/// Reads `2024-01-15T10:30:00.123456+00:00 host prog[1]: message`.
fn with_iso_time<'a>(
    text: &'a str,
    calendar: &Calendar,
    surroundings: Surroundings,
) -> Option<Fields<'a>> {
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let (timestamp, rest) = timestamps::iso(text, calendar)?;
    let sender = Sender::read(rest.strip_prefix(' ')?);
    let is_complete = sender.host.is_some() && sender.service.is_some();
    let is_syslog = surroundings == Surroundings::Syslog
        || sender.has_process
        || sender.service.is_some_and(|tag| CERTAIN_TAGS.contains(&tag))
        || is_rsyslog_time(&text[..text.len() - rest.len()]);
    (is_complete && is_syslog).then(|| sender.into_fields(timestamp))
}

/// Whether a time has the exact shape that rsyslog writes: six decimals and a numeric zone.
fn is_rsyslog_time(time: &str) -> bool {
    let time = time.as_bytes();
    time.len() == 32 && time[19] == b'.' && matches!(time[26], b'+' | b'-') && time[29] == b':'
}

/// Who sent a message, and the message.
#[derive(Debug, Default)]
struct Sender<'a> {
    host: Option<&'a str>,
    service: Option<&'a str>,
    has_process: bool,
    message: &'a str,
}

impl<'a> Sender<'a> {
    /// Reads `host prog[1]: message`, where the host or the tag may be missing.
    fn read(text: &'a str) -> Self {
        if let Some(sender) = Self::with_tag(text) {
            return sender;
        }
        let Some((host, rest)) = text.split_once(' ').filter(|(word, _)| is_host(word)) else {
            return Self { message: text, ..Self::default() };
        };
        let rest = rest.trim_start();
        let tagged = Self::with_tag(rest).unwrap_or(Self { message: rest, ..Self::default() });
        Self { host: Some(host), ..tagged }
    }

    /// Reads `prog[1]: message` and `prog: message`.
    fn with_tag(text: &'a str) -> Option<Self> {
        let length = text.find(|c: char| c == '[' || c == ':' || c.is_whitespace())?;
        let (tag, rest) = text.split_at(length);
        let is_tag = (1..=MAX_TAG_BYTES).contains(&length) && !tag.contains(['"', '=']);
        let process = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let has_process = process.is_some();
        let rest = match process {
            Some((_, rest)) => rest.strip_prefix(':').unwrap_or(rest),
            None => rest.strip_prefix(':')?,
        };
        let is_ended = rest.is_empty() || rest.starts_with(char::is_whitespace);
        let message = rest.strip_prefix(' ').unwrap_or(rest);
        (is_tag && is_ended).then_some(Self {
            host: None,
            service: Some(tag),
            has_process,
            message,
        })
    }

    fn into_fields(self, timestamp: Timestamp) -> Fields<'a> {
        Fields {
            timestamp: Some(timestamp),
            message: Cow::Borrowed(self.message),
            service: self.service.map(Cow::Borrowed),
            host: self.host.map(Cow::Borrowed),
            envelope: Envelope::Syslog,
            has_header: true,
            ..Fields::default()
        }
    }
}

/// Whether a word can be a host's name or address, and is not a level that stands in its place.
fn is_host(word: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:%/".contains(&byte);
    !word.is_empty() && word.bytes().all(is_name) && level::word(word).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, surroundings: Surroundings, shown: Option<&str>) {
        let fields = parse(line, &Calendar::of_tests(), surroundings);
        assert_eq!(fields.map(|fields| fields.shown()).as_deref(), shown, "{line}");
    }

    #[test]
    fn every_form_is_read_by_itself() {
        for (line, shown) in [
            (
                "<11>1 2024-01-15T10:30:00.250Z web1 shop 12 ID7 [a@1 k=\"v\"] \u{feff}it broke",
                "2024-01-15T10:30:00.250Z ERROR service=shop host=web1 | it broke",
            ),
            ("<14>1 - - - - - - hi", "INFO | hi"),
            (
                r#"<14>1 2024-01-15T10:30:00Z web1 shop - - [a@1 k="v"]"#,
                r#"2024-01-15T10:30:00Z INFO service=shop host=web1 | [a@1 k="v"]"#,
            ),
            (
                "<34>Jan 15 10:30:00 web1 su: 'su root' failed",
                "2024-01-15T10:30:00Z CRITICAL service=su host=web1 | 'su root' failed",
            ),
            (
                "<30>2024-01-15T10:30:00+00:00 web1 cron: ran",
                "2024-01-15T10:30:00Z INFO service=cron host=web1 | ran",
            ),
            ("<3>it broke", "ERROR | it broke"),
            (
                "Jan  5 10:30:00 web1 sshd[123]: Failed password for root",
                "2024-01-05T10:30:00Z service=sshd host=web1 | Failed password for root",
            ),
            (
                "Jan 15 10:30:00.123456 web1 su(pam_unix)[9]: session opened",
                "2024-01-15T10:30:00.123456Z service=su(pam_unix) host=web1 | session opened",
            ),
            (
                "Dec 31 23:59:59 web1 kernel: [1.5] eth0: link down",
                "2023-12-31T23:59:59Z service=kernel host=web1 | [1.5] eth0: link down",
            ),
            (
                "Jan 15 10:30:00 web1 last message repeated 2 times",
                "2024-01-15T10:30:00Z host=web1 | last message repeated 2 times",
            ),
            ("Jan 15 10:30:00 shop[7]: hi", "2024-01-15T10:30:00Z service=shop | hi"),
            ("Jan 15 10:30:00 ERROR it broke", "2024-01-15T10:30:00Z | ERROR it broke"),
            (
                "2024-01-15T10:30:00.123456+00:00 web1 shop[7]: hi: there",
                "2024-01-15T10:30:00.123456Z service=shop host=web1 | hi: there",
            ),
            (
                "2024-01-15T11:30:00.123456+01:00 web1 kernel: oops",
                "2024-01-15T10:30:00.123456Z service=kernel host=web1 | oops",
            ),
            (
                "2024-01-15T10:30:00+0000 web1 kernel: oops",
                "2024-01-15T10:30:00Z service=kernel host=web1 | oops",
            ),
            (
                "2024-01-15T10:30:00+0000 web1 systemd[1]: Started X.",
                "2024-01-15T10:30:00Z service=systemd host=web1 | Started X.",
            ),
        ] {
            check(line, Surroundings::Unknown, Some(shown));
        }
    }

    #[test]
    fn doubtful_lines_are_syslog_among_syslog_only() {
        let line = "2024-01-15T10:30:00+0000 web1 cron: ran";
        check(line, Surroundings::Unknown, None);
        let shown = "2024-01-15T10:30:00Z service=cron host=web1 | ran";
        check(line, Surroundings::Syslog, Some(shown));
    }

    #[test]
    fn other_lines_are_left_alone() {
        for line in [
            "",
            "<html>",
            "<192>x",
            "<1234>x",
            "January was cold",
            "Jan 32 10:30:00 web1 x: y",
            "2024-01-15T10:30:00Z INFO shop: hi",
            "2024-01-15 10:30:00 web1 shop[7]: hi",
        ] {
            check(line, Surroundings::Unknown, None);
        }
    }
}
