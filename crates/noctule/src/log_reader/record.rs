//! What the reader hands out: records, and why a line could not be read.
//!
//! A bad line is a value, so that one broken line never stops a file. Only a broken stream (a
//! disk error, a cut gzip file) is an error.

use std::{borrow::Cow, io};

use noctule_domain::{
    LogLineError, MAX_LABEL_BYTES, MAX_MESSAGE_BYTES, Severity, Source, Timestamp,
};

use super::lines::MAX_LINE_BYTES;

/// One record of a log: a line, or several that belong together such as a traceback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The number of its first line, counted from 1.
    pub line_number: u64,
    /// How many lines it covers. Every line of the input is in exactly one record.
    pub line_count: u64,
    /// What was read.
    pub parsed: Result<ParsedLine, BadLine>,
}

/// A line that was understood, or plain text whose message is the whole line.
///
/// It meets the rules of [`noctule_domain::LogLine`] except that NUL is not replaced yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedLine {
    /// When the line was written. `None` lets the server use the time of receipt.
    pub timestamp: Option<Timestamp>,
    /// The level that the line gives.
    pub severity: Option<Severity>,
    /// The text without the prefix that the other fields were read from.
    pub message: String,
    /// Where the line came from, as far as the line says.
    pub origin: Source,
}

/// Why a line is not a record that the server would accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// The line is empty or only white space. Callers usually do not report it.
    #[error("line is blank")]
    Blank,
    /// The line is longer than the reader takes; the rest of it was skipped.
    #[error("line has {bytes} bytes; at most {MAX_LINE_BYTES} are read")]
    TooLong {
        /// The line's whole length in bytes.
        bytes: u64,
    },
    /// A line of a JSON file starts an object but is not one.
    #[error("line is not valid JSON: {reason}")]
    InvalidJson {
        /// What the JSON parser says; it quotes nothing from the line.
        reason: String,
    },
    /// A JSON object without a message that is text.
    #[error("JSON object has no message (message, msg, log, text, content, …) or it is empty")]
    NoMessage,
    /// The line breaks a rule of the domain, so the server would refuse it.
    #[error(transparent)]
    Refused(#[from] LogLineError),
}

/// Why the input as a whole cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file, pipe or compressed stream failed. The records before it were handed out; a line
    /// that was cut off in the middle was not.
    #[error("the log could not be read after line {lines_read}")]
    Input {
        /// How many whole lines were read before.
        lines_read: u64,
        /// What failed.
        #[source]
        source: io::Error,
    },
    /// The input starts with the byte order mark of UTF-16, as files from `PowerShell` do.
    #[error("the log is UTF-16; convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)")]
    Utf16,
}

/// What a format's parser finds in one line, borrowed from it where possible.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fields<'a> {
    pub(super) timestamp: Option<Timestamp>,
    pub(super) severity: Option<Severity>,
    pub(super) message: Cow<'a, str>,
    pub(super) service: Option<Cow<'a, str>>,
    pub(super) host: Option<Cow<'a, str>>,
    pub(super) source: Option<Cow<'a, str>>,
    pub(super) envelope: Envelope,
    /// Whether the line names its parts itself (a time of its own, JSON, logfmt), as opposed to
    /// a lone level word or nothing. Decides whether a message inside an envelope is unwrapped.
    pub(super) has_header: bool,
}

/// What kind of transport wrapped the message, which may be a log line in its own right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Envelope {
    /// Nothing: the message is the message.
    #[default]
    None,
    /// A container runtime wrapped the line that the program wrote.
    Container,
    /// A syslog header stands before the message.
    Syslog,
}

impl Fields<'_> {
    /// Whether all names are short enough for the domain. In text, a longer one is no name.
    pub(super) fn has_fitting_labels(&self) -> bool {
        let labels = [&self.service, &self.host, &self.source];
        labels.into_iter().flatten().all(|label| label.len() <= MAX_LABEL_BYTES)
    }

    pub(super) fn into_parsed(self) -> ParsedLine {
        ParsedLine {
            timestamp: self.timestamp,
            severity: self.severity,
            message: self.message.into_owned(),
            origin: Source {
                service: self.service.map(Cow::into_owned),
                host: self.host.map(Cow::into_owned),
                source: self.source.map(Cow::into_owned),
            },
        }
    }
}

#[cfg(test)]
impl Fields<'_> {
    /// All that was found in one text, for the tables of the formats' tests:
    /// `2024-01-15T10:30:00Z ERROR service=a host=b source=c | message`.
    pub(super) fn shown(&self) -> String {
        let labels = [("service", &self.service), ("host", &self.host), ("source", &self.source)];
        let timestamp = self.timestamp.map(|moment| moment.to_string());
        let severity = self.severity.map(|severity| severity.name().to_owned());
        let labels = labels
            .into_iter()
            .filter_map(|(name, label)| label.as_ref().map(|label| format!("{name}={label}")));
        let mut parts = timestamp.into_iter().chain(severity).chain(labels).collect::<Vec<_>>();
        parts.push(format!("| {}", self.message));
        parts.join(" ")
    }
}

impl ParsedLine {
    /// Applies the rules that [`noctule_domain::LogLine::new`] applies on the server, so that
    /// nothing is sent only to be refused.
    pub(super) fn checked(mut self) -> Result<Self, BadLine> {
        if self.message.trim().is_empty() {
            return Err(LogLineError::EmptyMessage.into());
        }
        if self.message.len() > MAX_MESSAGE_BYTES {
            return Err(LogLineError::MessageTooLong { bytes: self.message.len() }.into());
        }
        let labels = [
            ("service", &mut self.origin.service),
            ("host", &mut self.origin.host),
            ("source", &mut self.origin.source),
        ];
        for (field, label) in labels {
            let bytes = label.as_ref().map_or(0, String::len);
            if bytes > MAX_LABEL_BYTES {
                return Err(LogLineError::LabelTooLong { field, bytes }.into());
            }
            label.take_if(|text| text.trim().is_empty());
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &str, host: &str) -> ParsedLine {
        let origin = Source { host: Some(host.to_owned()), ..Source::default() };
        ParsedLine { timestamp: None, severity: None, message: message.to_owned(), origin }
    }

    #[test]
    fn the_rules_are_those_of_the_domain() {
        let long = "x".repeat(MAX_MESSAGE_BYTES + 1);
        let long_host = "h".repeat(MAX_LABEL_BYTES + 1);
        for (message, host) in
            [("ok", "h"), (" \t", "h"), (&long[1..], "h"), (&long, "h"), ("ok", &long_host)]
        {
            let ours = line(message, host).checked();
            let domain = noctule_domain::LogLine::new(
                Timestamp::from_micros(0),
                None,
                message.to_owned(),
                line(message, host).origin,
            );
            assert_eq!(ours.err(), domain.err().map(BadLine::Refused));
        }
    }

    #[test]
    fn blank_labels_are_dropped() {
        assert_eq!(line("ok", " ").checked().unwrap().origin, Source::default());
    }
}
