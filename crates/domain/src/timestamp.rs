//! A moment in time: microseconds since 1970 in UTC, read from the forms that logs use.

use std::{fmt, time::Duration};

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};

/// The length of a statistics window: ten minutes, aligned to the epoch.
pub const WINDOW_MICROS: i64 = 600_000_000;

/// A moment in time, in whole microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Text that is not a moment in time in any form that we read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a timestamp: {given:?}; use RFC 3339 such as 2024-01-15T10:30:00Z, or a Unix time")]
pub struct InvalidTimestamp {
    /// What was given, cut to 64 characters.
    pub given: String,
}

impl Timestamp {
    /// The first moment that can be told: year 1.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// The last moment that can be told: the end of year 9999.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// Takes microseconds since the epoch; values outside the years 1 to 9999 are clamped.
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339, the same without a zone (taken as UTC), or a Unix time as digits.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] when the text has none of these forms.
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        let text = text.trim();
        let invalid = || InvalidTimestamp { given: text.chars().take(64).collect() };
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::from_micros(moment.timestamp_micros()));
        }
        if let Ok(number) = text.parse::<f64>() {
            return Self::from_unix(number).ok_or_else(invalid);
        }
        let unified = text.replacen('T', " ", 1).replace(',', ".");
        let unzoned = unified.strip_suffix('Z').unwrap_or(&unified);
        NaiveDateTime::parse_from_str(unzoned, "%Y-%m-%d %H:%M:%S%.f")
            .map(|moment| Self::from_micros(moment.and_utc().timestamp_micros()))
            .map_err(|_| invalid())
    }

    /// Takes a Unix time whose unit is told by its magnitude: seconds, milli, micro or nano.
    ///
    /// Magnitudes are those of the years 1970 to 5138 in each unit, so no unit is mistaken for
    /// another. `None` for values that are not finite or negative.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the years 1 to 9999")]
    pub fn from_unix(number: f64) -> Option<Self> {
        if !number.is_finite() || number < 0.0 {
            return None;
        }
        let micros = match number {
            n if n < 1e11 => n * 1e6,
            n if n < 1e14 => n * 1e3,
            n if n < 1e17 => n,
            n => n / 1e3,
        };
        Some(Self::from_micros(micros as i64))
    }

    /// The start of the ten-minute window that holds this moment.
    #[must_use]
    pub const fn window_start(self) -> Self {
        Self(self.0.div_euclid(WINDOW_MICROS) * WINDOW_MICROS)
    }

    /// This moment plus a span, clamped to the year 9999.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self::from_micros(
            self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// This moment minus a span, clamped to the year 1.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self::from_micros(
            self.0.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// The same moment for the calendar crate.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).expect("clamped to the years 1 to 9999")
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(moment: DateTime<Utc>) -> Self {
        Self::from_micros(moment.timestamp_micros())
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, with as many decimals as it needs: `2024-01-15T10:30:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str) {
        assert_eq!(Timestamp::parse(text).unwrap().to_string(), shown, "{text}");
    }

    #[test]
    fn usual_forms_are_read() {
        check("2024-01-15T10:30:00Z", "2024-01-15T10:30:00Z");
        check("2024-01-15T12:30:00.250+02:00", "2024-01-15T10:30:00.250Z");
        check("2018-09-28 20:49:42.647", "2018-09-28T20:49:42.647Z");
        check("2018-09-28 20:49:42,647", "2018-09-28T20:49:42.647Z");
        check("2018-09-28T20:49:42", "2018-09-28T20:49:42Z");
        check("1117838570", "2005-06-03T22:42:50Z");
        check("1117838570123", "2005-06-03T22:42:50.123Z");
        check("1117838570123456", "2005-06-03T22:42:50.123456Z");
        check("1117838570123456789", "2005-06-03T22:42:50.123456Z");
        check("1117838570.5", "2005-06-03T22:42:50.500Z");
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "yesterday", "2024-13-01T00:00:00Z", "nan", "-5", "inf"] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn windows_are_aligned_to_ten_minutes() {
        let moment = Timestamp::parse("2024-01-15T10:39:59.999Z").unwrap();
        assert_eq!(moment.window_start().to_string(), "2024-01-15T10:30:00Z");
        let before_epoch = Timestamp::from_micros(-1);
        assert_eq!(before_epoch.window_start().as_micros(), -WINDOW_MICROS);
    }
}
