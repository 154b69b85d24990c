//! Turns the dates and times that logs show into moments: which year, which zone.
//!
//! Never reads the clock: "now" is passed in, for forms without a year.

use chrono::{Datelike, NaiveDate};
use noctule_domain::Timestamp;

/// How far ahead of "now" a line without a year may be before last year is meant: a day, which
/// covers every zone and some clock drift.
const MAX_AHEAD_MICROS: i64 = 86_400_000_000;

/// How far back a year is searched: eight years always hold a 29 February.
const MAX_YEARS_BACK: i32 = 8;

/// How far back of "now" a bare number at the start of a line is taken for its time: a year, so
/// that other large numbers seldom are.
const RECENT_MICROS: i64 = 365 * 86_400_000_000;

/// Plain numbers count as a time between these: 1973-03-03, so that durations, counters and dates
/// such as 20240115 are not taken for one, and the year 2100.
const PLAUSIBLE_MICROS: std::ops::Range<i64> = 100_000_000_000_000..4_102_444_800_000_000;

/// What is needed to place a line in time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    /// The moment to infer years from.
    pub(super) now: Timestamp,
    /// The zone of times that name none, in seconds east of UTC.
    pub(super) utc_offset_seconds: i32,
}

/// The time of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DayTime {
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) micros: u32,
}

impl Calendar {
    /// The moment of a date, year first, and a time in a zone (seconds east; `None` when the line
    /// names none).
    pub(super) fn moment(
        &self,
        (year, month, day): (i32, u32, u32),
        time: DayTime,
        zone: Option<i32>,
    ) -> Option<Timestamp> {
        // A leap second (60) is the last second that the calendar crate counts.
        let second = if time.second == 60 { 59 } else { time.second };
        let local = NaiveDate::from_ymd_opt(year, month, day)?.and_hms_micro_opt(
            time.hour,
            time.minute,
            second,
            time.micros,
        )?;
        let offset = i64::from(zone.unwrap_or(self.utc_offset_seconds));
        let micros = local.and_utc().timestamp_micros() - offset * 1_000_000;
        Some(Timestamp::from_micros(micros))
    }

    /// The latest moment with this month and day that is not in the future.
    pub(super) fn moment_without_year(
        &self,
        (month, day): (u32, u32),
        time: DayTime,
        zone: Option<i32>,
    ) -> Option<Timestamp> {
        let latest = self.now.as_micros().saturating_add(MAX_AHEAD_MICROS);
        // Next year too: at midnight of 31 December, a zone in the east is already there.
        let next_year = self.now.to_utc().year() + 1;
        (next_year - 1 - MAX_YEARS_BACK..=next_year)
            .rev()
            .filter_map(|year| self.moment((year, month, day), time, zone))
            .find(|moment| moment.as_micros() <= latest)
    }
}

impl Calendar {
    /// Whether a moment is within the last year, as most lines are when they are read.
    pub(super) fn is_recent(&self, moment: Timestamp) -> bool {
        let age = self.now.as_micros().saturating_sub(moment.as_micros());
        (-MAX_AHEAD_MICROS..RECENT_MICROS).contains(&age)
    }
}

#[cfg(test)]
impl Calendar {
    /// The first of March 2024 in UTC, where the tests of the formats stand.
    pub(super) fn of_tests() -> Self {
        Self { now: Timestamp::from_micros(1_709_251_200_000_000), utc_offset_seconds: 0 }
    }
}

/// Takes a Unix time in any unit, if it is a likely time of a log line.
pub(super) fn plausible_unix(number: f64) -> Option<Timestamp> {
    Timestamp::from_unix(number).filter(|moment| PLAUSIBLE_MICROS.contains(&moment.as_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(now: &str, utc_offset_seconds: i32) -> Calendar {
        Calendar { now: Timestamp::parse(now).unwrap(), utc_offset_seconds }
    }

    const TEN: DayTime = DayTime { hour: 10, minute: 0, second: 60, micros: 5 };

    #[test]
    fn the_zone_of_the_line_wins_over_the_setting() {
        let calendar = calendar("2024-01-15T00:00:00Z", 3600);
        for (zone, shown) in [
            (None, "2023-06-01T09:00:59.000005Z"),
            (Some(0), "2023-06-01T10:00:59.000005Z"),
            (Some(-7 * 3600), "2023-06-01T17:00:59.000005Z"),
        ] {
            let moment = calendar.moment((2023, 6, 1), TEN, zone).unwrap();
            assert_eq!(moment.to_string(), shown);
        }
        assert_eq!(calendar.moment((2023, 2, 29), TEN, None), None);
    }

    #[test]
    fn a_missing_year_is_the_latest_that_is_not_ahead() {
        for (now, date, year) in [
            ("2024-01-15T12:00:00Z", (1, 15), 2024),
            ("2024-01-15T12:00:00Z", (1, 16), 2024),
            ("2024-01-15T12:00:00Z", (1, 17), 2023),
            ("2024-01-15T12:00:00Z", (12, 31), 2023),
            ("2023-12-31T23:00:00Z", (1, 1), 2024),
            ("2023-06-01T00:00:00Z", (2, 29), 2020),
            ("2103-06-01T00:00:00Z", (2, 29), 2096),
        ] {
            let moment = calendar(now, 0).moment_without_year(date, TEN, None).unwrap();
            assert_eq!(moment.to_utc().year(), year, "{now} {date:?}");
        }
        let never = calendar("2024-01-15T12:00:00Z", 0).moment_without_year((2, 30), TEN, None);
        assert_eq!(never, None);
    }

    #[test]
    fn only_likely_numbers_are_times() {
        for number in [1_705_314_600.0, 1_705_314_600_123.0, 1_705_314_600_123_456.0, 1.7e18] {
            assert!(plausible_unix(number).is_some(), "{number}");
        }
        for number in [0.0, 0.25, 200.0, 20_240_115.0, 20_240_115_103_000.0, -5.0, f64::NAN, 9e9] {
            assert!(plausible_unix(number).is_none(), "{number}");
        }
    }
}
