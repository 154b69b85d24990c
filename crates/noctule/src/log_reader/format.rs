//! The formats that can be told apart or asked for by name. How each is read is not here.

use std::{fmt, str::FromStr};

/// A log format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// One JSON object a line, of any of the usual loggers, Docker or journald.
    Json,
    /// RFC 5424, RFC 3164, the forms of rsyslog, and `journalctl`'s short output.
    Syslog,
    /// The Common or Combined Log Format of Apache, nginx and many others.
    AccessLog,
    /// nginx's error log.
    NginxError,
    /// Apache's error log, 2.2 and 2.4.
    ApacheError,
    /// The container runtime interface's files, `/var/log/containers`.
    Container,
    /// `key=value` pairs.
    Logfmt,
    /// Everything else: an optional time, level and logger, then the message.
    Text,
}

/// A name that is no format's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown log format {given:?}: use json, syslog, access-log, nginx-error, apache-error, \
     container, logfmt or text"
)]
pub struct UnknownFormat {
    /// What was given.
    pub given: String,
}

impl Format {
    /// All formats, the most specific first, which is also how a tied vote is decided.
    pub const ALL: [Self; 8] = [
        Self::Json,
        Self::Syslog,
        Self::AccessLog,
        Self::NginxError,
        Self::ApacheError,
        Self::Container,
        Self::Logfmt,
        Self::Text,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Syslog => "syslog",
            Self::AccessLog => "access-log",
            Self::NginxError => "nginx-error",
            Self::ApacheError => "apache-error",
            Self::Container => "container",
            Self::Logfmt => "logfmt",
            Self::Text => "text",
        }
    }
}

impl fmt::Display for Format {
    /// The name for people: `JSON lines`, `web access log`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Json => "JSON lines",
            Self::Syslog => "syslog",
            Self::AccessLog => "web access log",
            Self::NginxError => "nginx error log",
            Self::ApacheError => "Apache error log",
            Self::Container => "container log",
            Self::Logfmt => "logfmt",
            Self::Text => "plain text",
        })
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.name().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| UnknownFormat { given: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_the_error_lists_them_all() {
        let error = "csv".parse::<Format>().unwrap_err().to_string();
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
            assert!(error.contains(format.name()), "{error}");
        }
    }
}
