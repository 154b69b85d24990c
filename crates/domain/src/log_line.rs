//! A log line as a sender gave it, checked once.

use crate::{LogId, Severity, TenantId, Timestamp};

/// The longest message that is accepted, in bytes of UTF-8.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// The longest service, host or source name that is accepted, in bytes of UTF-8.
pub const MAX_LABEL_BYTES: usize = 256;

/// One line of a log, valid by construction: its message is not blank, within
/// [`MAX_MESSAGE_BYTES`], and free of NUL (shown as `␀`, because Postgres cannot store NUL).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    timestamp: Timestamp,
    severity: Option<Severity>,
    message: String,
    origin: Source,
}

/// Where a line came from, as far as the sender says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// The service or component that wrote the line.
    pub service: Option<String>,
    /// The machine that it ran on.
    pub host: Option<String>,
    /// The file, unit or logger that the line was read from.
    pub source: Option<String>,
}

/// Why a line was refused. Each variant names the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogLineError {
    /// The message is empty or only white space.
    #[error("message is empty")]
    EmptyMessage,
    /// The message is longer than [`MAX_MESSAGE_BYTES`].
    #[error("message has {bytes} bytes; at most {MAX_MESSAGE_BYTES} are accepted")]
    MessageTooLong {
        /// The message's length in bytes.
        bytes: usize,
    },
    /// A service, host or source name is longer than [`MAX_LABEL_BYTES`].
    #[error("{field} has {bytes} bytes; at most {MAX_LABEL_BYTES} are accepted")]
    LabelTooLong {
        /// `service`, `host` or `source`.
        field: &'static str,
        /// The name's length in bytes.
        bytes: usize,
    },
}

impl LogLineError {
    /// The field of the line that is at fault.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::EmptyMessage | Self::MessageTooLong { .. } => "message",
            Self::LabelTooLong { field, .. } => field,
        }
    }
}

impl LogLine {
    /// Checks and takes a line.
    ///
    /// # Errors
    /// [`LogLineError`] when the message is blank or too long, or a name is too long.
    pub fn new(
        timestamp: Timestamp,
        severity: Option<Severity>,
        message: String,
        origin: Source,
    ) -> Result<Self, LogLineError> {
        if message.trim().is_empty() {
            return Err(LogLineError::EmptyMessage);
        }
        if message.len() > MAX_MESSAGE_BYTES {
            return Err(LogLineError::MessageTooLong { bytes: message.len() });
        }
        let origin = origin.checked()?;
        Ok(Self { timestamp, severity, message: without_nul(message), origin })
    }

    /// When the line was written, or received when the sender did not say.
    #[must_use]
    pub const fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The level that the sender gave, if any.
    #[must_use]
    pub const fn severity(&self) -> Option<Severity> {
        self.severity
    }

    /// The text of the line.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where the line came from.
    #[must_use]
    pub const fn origin(&self) -> &Source {
        &self.origin
    }
}

impl Source {
    fn checked(self) -> Result<Self, LogLineError> {
        let check = |field, label: Option<String>| match label {
            Some(text) if text.len() > MAX_LABEL_BYTES => {
                Err(LogLineError::LabelTooLong { field, bytes: text.len() })
            }
            Some(text) if text.trim().is_empty() => Ok(None),
            other => Ok(other.map(without_nul)),
        };
        Ok(Self {
            service: check("service", self.service)?,
            host: check("host", self.host)?,
            source: check("source", self.source)?,
        })
    }
}

fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{2400}") } else { text }
}

/// A line as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLine {
    /// The line's id.
    pub id: LogId,
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// When the API accepted it.
    pub received_at: Timestamp,
    /// The line itself.
    pub line: LogLine,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &str) -> Result<LogLine, LogLineError> {
        LogLine::new(Timestamp::from_micros(0), None, message.to_owned(), Source::default())
    }

    #[test]
    fn blank_and_oversized_messages_are_refused() {
        assert_eq!(line(" \t\n"), Err(LogLineError::EmptyMessage));
        assert!(line(&"x".repeat(MAX_MESSAGE_BYTES)).is_ok());
        let error = line(&"x".repeat(MAX_MESSAGE_BYTES + 1)).unwrap_err();
        assert_eq!(error.field(), "message");
    }

    #[test]
    fn nul_is_made_visible() {
        assert_eq!(line("a\0b").unwrap().message(), "a\u{2400}b");
    }

    #[test]
    fn long_labels_are_refused_by_field_and_blank_ones_dropped() {
        let origin = Source {
            service: Some(" ".to_owned()),
            host: Some("h".repeat(MAX_LABEL_BYTES + 1)),
            source: None,
        };
        let error = LogLine::new(Timestamp::from_micros(0), None, "m".to_owned(), origin);
        assert_eq!(error.unwrap_err().field(), "host");
        let origin = Source { service: Some(" ".to_owned()), ..Source::default() };
        let line = LogLine::new(Timestamp::from_micros(0), None, "m".to_owned(), origin);
        assert_eq!(line.unwrap().origin().service, None);
    }
}
