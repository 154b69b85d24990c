//! Gathers the fields of a JSON or logfmt record, keeping the most preferred of each role.

use std::borrow::Cow;

use noctule_domain::{Severity, Timestamp};

use super::{
    calendar::{Calendar, plausible_unix},
    field_names::{self, FieldName, Role},
    level::{self, Tens},
    record::{Envelope, Fields},
    timestamps,
};

/// The best fields so far.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    calendar: Calendar,
    message: Ranked<Cow<'a, str>>,
    timestamp: Ranked<Timestamp>,
    severity: Ranked<Level>,
    service: Ranked<Cow<'a, str>>,
    host: Ranked<Cow<'a, str>>,
    source: Ranked<Cow<'a, str>>,
    is_python: bool,
    has_stream: bool,
}

/// A value and how preferred the field is that it came from; 0 is preferred.
#[derive(Debug)]
struct Ranked<T> {
    best: Option<(usize, T)>,
}

/// A level, or a number whose meaning depends on fields that may come later.
#[derive(Debug)]
enum Level {
    Known(Severity),
    Number(i64),
}

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Self { best: None }
    }
}

impl<T> Ranked<T> {
    fn would_take(&self, rank: usize) -> bool {
        self.best.as_ref().is_none_or(|(best, _)| rank < *best)
    }

    fn offer(&mut self, rank: usize, value: Option<T>) {
        if let Some(value) = value.filter(|_| self.would_take(rank)) {
            self.best = Some((rank, value));
        }
    }

    fn take(self) -> Option<T> {
        self.best.map(|(_, value)| value)
    }
}

impl<'a> Collector<'a> {
    pub(super) fn new(calendar: &Calendar) -> Self {
        Self {
            calendar: *calendar,
            message: Ranked::default(),
            timestamp: Ranked::default(),
            severity: Ranked::default(),
            service: Ranked::default(),
            host: Ranked::default(),
            source: Ranked::default(),
            is_python: false,
            has_stream: false,
        }
    }

    /// Takes note that a field by this name is there, whatever it holds.
    pub(super) fn note(&mut self, path: &str, name: FieldName) {
        self.is_python |= name.is_python;
        self.has_stream |= path == field_names::STREAM;
    }

    /// Takes a field that is text. Text that does not fit the field's role counts as absent.
    pub(super) fn offer_text(&mut self, name: FieldName, text: Cow<'a, str>) {
        let Some((role, rank)) = name.role else { return };
        match role {
            Role::Message => self.message.offer(rank, message(text)),
            Role::Timestamp if self.timestamp.would_take(rank) => {
                self.timestamp.offer(rank, timestamps::whole(&text, &self.calendar));
            }
            Role::Timestamp => {}
            Role::Severity | Role::SeverityText | Role::SeverityLetter => {
                self.severity.offer(rank, level(role, &text));
            }
            Role::OpenTelemetrySeverity => {
                if let Ok(number) = text.trim().parse() {
                    self.offer_level(role, rank, number);
                }
            }
            Role::Service => self.service.offer(rank, label(text)),
            Role::Host => self.host.offer(rank, label(text)),
            Role::Source => self.source.offer(rank, label(text)),
        }
    }

    /// Takes a field that is a number.
    #[expect(clippy::cast_possible_truncation, reason = "levels are small whole numbers")]
    pub(super) fn offer_number(&mut self, name: FieldName, number: f64) {
        match name.role {
            Some((Role::Timestamp, rank)) => self.timestamp.offer(rank, plausible_unix(number)),
            Some((role, rank)) if number.fract() == 0.0 => {
                self.offer_level(role, rank, number as i64);
            }
            _ => {}
        }
    }

    fn offer_level(&mut self, role: Role, rank: usize, number: i64) {
        let level = match role {
            Role::Severity => known_number(number),
            Role::OpenTelemetrySeverity => level::open_telemetry(number).map(Level::Known),
            _ => None,
        };
        self.severity.offer(rank, level);
    }

    /// Whether anything says when the line was written or how bad it is.
    pub(super) fn has_time_or_level(&self) -> bool {
        self.timestamp.best.is_some() || self.severity.best.is_some()
    }

    /// What was gathered; the message is empty if there was none.
    pub(super) fn finish(self) -> Fields<'a> {
        let tens = if self.is_python { Tens::Python } else { Tens::Node };
        let log_rank = field_names::lookup(field_names::LOG).and_then(|name| name.role);
        let message_rank = self.message.best.as_ref().map(|(rank, _)| *rank);
        let is_container =
            self.has_stream && log_rank == message_rank.map(|rank| (Role::Message, rank));
        Fields {
            timestamp: self.timestamp.take(),
            severity: self.severity.take().and_then(|level| match level {
                Level::Known(severity) => Some(severity),
                Level::Number(number) => level::numbered(number, tens),
            }),
            message: self.message.take().unwrap_or_default(),
            service: self.service.take(),
            host: self.host.take(),
            source: self.source.take(),
            envelope: if is_container { Envelope::Container } else { Envelope::None },
            has_header: true,
        }
    }
}

fn level(role: Role, text: &str) -> Option<Level> {
    if role == Role::SeverityLetter {
        // MongoDB numbers its debug levels: D1 to D5.
        return match text.as_bytes() {
            [letter] | [letter, b'1'..=b'5'] => level::letter(*letter).map(Level::Known),
            _ => None,
        };
    }
    match text.trim().parse() {
        Ok(number) => known_number(number),
        Err(_) => level::named(text).map(Level::Known),
    }
}

/// A number that is on some scale. Both scales of tens cover the same numbers.
fn known_number(number: i64) -> Option<Level> {
    level::numbered(number, Tens::Node).map(|_| Level::Number(number))
}

/// A message without the line end that Docker and journald keep; `None` if it is blank.
fn message(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let length = text.trim_end_matches(['\n', '\r']).len();
    let is_blank = text.trim_start().is_empty();
    (!is_blank).then(|| match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..length]),
        Cow::Owned(mut text) => {
            text.truncate(length);
            Cow::Owned(text)
        }
    })
}

/// A name; `None` for the ways to write that there is none.
fn label(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let is_name = !matches!(text.trim(), "" | "-");
    is_name.then_some(text)
}
