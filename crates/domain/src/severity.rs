//! Severity: five levels, ordered, with the many spellings that senders use for them.

use std::{fmt, str::FromStr};

/// How bad a line says that it is. A line may also say nothing (`Option<Severity>`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Details for developers.
    Debug,
    /// Normal operation.
    Info,
    /// Something to look at.
    Warning,
    /// An operation failed.
    Error,
    /// The service or the machine failed.
    Critical,
}

/// A severity that no sender we know of uses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown severity {given:?}: use DEBUG, INFO, WARNING, ERROR or CRITICAL (or a usual alias)"
)]
pub struct UnknownSeverity {
    /// What was given, cut to 64 characters.
    pub given: String,
}

impl Severity {
    /// All levels, mildest first.
    pub const ALL: [Self; 5] =
        [Self::Debug, Self::Info, Self::Warning, Self::Error, Self::Critical];

    /// The name in the HTTP API and in every report: `DEBUG` to `CRITICAL`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }

    /// A small number for storage: 1 (debug) to 5 (critical). 0 is left for "not given".
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Debug => 1,
            Self::Info => 2,
            Self::Warning => 3,
            Self::Error => 4,
            Self::Critical => 5,
        }
    }

    /// The inverse of [`Severity::code`]; `None` for every other number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            1 => Some(Self::Debug),
            2 => Some(Self::Info),
            3 => Some(Self::Warning),
            4 => Some(Self::Error),
            5 => Some(Self::Critical),
            _ => None,
        }
    }

    /// Maps a syslog severity (RFC 5424 section 6.2.1): 0 emergency to 7 debug.
    #[must_use]
    pub const fn from_syslog(level: u8) -> Option<Self> {
        match level {
            0..=2 => Some(Self::Critical),
            3 => Some(Self::Error),
            4 => Some(Self::Warning),
            5 | 6 => Some(Self::Info),
            7 => Some(Self::Debug),
            _ => None,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverity;

    /// Reads a level's name or a usual alias, in any case, with space around it allowed.
    fn from_str(text: &str) -> Result<Self, UnknownSeverity> {
        let word = text.trim();
        let level = match word.to_ascii_lowercase().as_str() {
            "trace" | "debug" | "dbg" | "verbose" | "fine" | "finer" | "finest" => Self::Debug,
            "info" | "information" | "informational" | "notice" | "log" | "success" => Self::Info,
            "warning" | "warn" => Self::Warning,
            "error" | "err" | "severe" | "failure" | "fail" => Self::Error,
            "critical" | "crit" | "fatal" | "alert" | "emergency" | "emerg" | "panic" => {
                Self::Critical
            }
            _ => return Err(UnknownSeverity { given: word.chars().take(64).collect() }),
        };
        Ok(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_round_trip() {
        for level in Severity::ALL {
            assert_eq!(level.name().parse(), Ok(level));
            assert_eq!(Severity::from_code(level.code()), Some(level));
        }
        assert_eq!(Severity::from_code(0), None);
    }

    #[test]
    fn aliases_are_read_in_any_case() {
        for (alias, level) in [
            ("warn", Severity::Warning),
            ("FATAL", Severity::Critical),
            ("Severe", Severity::Error),
            (" notice ", Severity::Info),
            ("trace", Severity::Debug),
        ] {
            assert_eq!(alias.parse(), Ok(level), "{alias}");
        }
    }

    #[test]
    fn an_unknown_word_is_refused_by_name() {
        let error = "LOUD".parse::<Severity>().unwrap_err();
        assert!(error.to_string().contains("\"LOUD\""), "{error}");
    }

    #[test]
    fn syslog_levels_map_to_ours() {
        assert_eq!(Severity::from_syslog(0), Some(Severity::Critical));
        assert_eq!(Severity::from_syslog(3), Some(Severity::Error));
        assert_eq!(Severity::from_syslog(7), Some(Severity::Debug));
        assert_eq!(Severity::from_syslog(8), None);
    }
}
