//! The counts of a stream, window by window.

use std::time::Duration;

use noctule_domain::{Severity, Timestamp, WINDOW_MICROS};

/// The length of a window.
pub(super) const WINDOW: Duration = Duration::from_micros(WINDOW_MICROS.unsigned_abs());

/// Windows of a day.
pub(super) const WINDOWS_PER_DAY: usize = 144;

/// Windows that [`contiguous_windows`] makes, at most: about two months.
const MAX_WINDOWS: usize = 60 * WINDOWS_PER_DAY;

/// What was counted in one window of ten minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowCounts {
    /// When the window starts, a multiple of ten minutes.
    pub start: Timestamp,
    /// Lines by severity: index 0 without one, 1 to 5 by `Severity::code`.
    pub lines_by_severity: [u64; 6],
    /// Lines that were judged anomalous.
    pub anomalies: u64,
}

impl WindowCounts {
    /// A window in which nothing was counted.
    #[must_use]
    pub const fn empty(start: Timestamp) -> Self {
        Self { start, lines_by_severity: [0; 6], anomalies: 0 }
    }

    /// When the window ends, which is when the next one starts.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.start.plus(WINDOW)
    }

    /// All lines.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines_by_severity.iter().sum()
    }

    /// Lines of severity ERROR or CRITICAL.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.of(Severity::Error) + self.of(Severity::Critical)
    }

    /// Lines of one severity.
    #[must_use]
    pub fn of(&self, severity: Severity) -> u64 {
        let index = usize::try_from(severity.code()).expect("codes are 1 to 5");
        self.lines_by_severity[index]
    }
}

/// Makes the windows that start from `from` until before `until` out of those that were counted, in
/// any order: missing ones are empty, of equal starts the counts are added, others are left out.
/// At most the last two months are made.
#[must_use]
pub fn contiguous_windows(
    counted: impl IntoIterator<Item = WindowCounts>,
    from: Timestamp,
    until: Timestamp,
) -> Vec<WindowCounts> {
    let index_of = |start: Timestamp| start.as_micros().div_euclid(WINDOW_MICROS);
    let last = index_of(until.minus(Duration::from_micros(1)));
    let reach = i64::try_from(MAX_WINDOWS).expect("two months have few windows");
    let first = index_of(from).max(last + 1 - reach);
    let start_of = |index: i64| Timestamp::from_micros(index * WINDOW_MICROS);
    let mut windows: Vec<_> =
        (first..=last).map(|index| WindowCounts::empty(start_of(index))).collect();
    for row in counted {
        let place = usize::try_from(index_of(row.start) - first).ok();
        let Some(window) = place.and_then(|place| windows.get_mut(place)) else { continue };
        for (sum, lines) in window.lines_by_severity.iter_mut().zip(row.lines_by_severity) {
            *sum += lines;
        }
        window.anomalies += row.anomalies;
    }
    windows
}

/// The windows of a stream from its first line on: what is before never counts as history.
#[derive(Debug, Clone, Copy)]
pub(super) struct Series<'a> {
    pub(super) windows: &'a [WindowCounts],
}

impl<'a> Series<'a> {
    pub(super) fn from_first_line(windows: &'a [WindowCounts]) -> Self {
        let first = windows.iter().position(|window| window.lines() > 0).unwrap_or(windows.len());
        Self { windows: &windows[first..] }
    }

    /// The windows before `index`, at most `limit`, oldest first.
    pub(super) fn before(&self, index: usize, limit: usize) -> &'a [WindowCounts] {
        &self.windows[index.saturating_sub(limit)..index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_become_empty_windows_and_strangers_are_left_out() {
        let at = |window: i64| Timestamp::from_micros(window * WINDOW_MICROS);
        let row = |window: i64, lines: u64| {
            let mut counts = WindowCounts::empty(at(window));
            counts.lines_by_severity = [lines, 0, 0, 0, 1, 2];
            counts
        };
        let windows =
            contiguous_windows([row(5, 1), row(3, 2), row(5, 3), row(9, 7)], at(3), at(7));
        let lines: Vec<u64> = windows.iter().map(WindowCounts::lines).collect();
        assert_eq!(lines, [5, 0, 10, 0]);
        assert_eq!((windows[0].errors(), windows[0].of(Severity::Critical)), (3, 2));
        assert_eq!((windows[0].start, windows[3].end()), (at(3), at(7)));
        assert!(contiguous_windows([], at(7), at(7)).is_empty());
        assert_eq!(contiguous_windows([], Timestamp::MIN, Timestamp::MAX).len(), MAX_WINDOWS);
    }

    #[test]
    fn a_series_begins_with_its_first_line() {
        let mut windows = vec![WindowCounts::empty(Timestamp::from_micros(0)); 4];
        windows[2].lines_by_severity[0] = 1;
        let series = Series::from_first_line(&windows);
        assert_eq!(series.windows.len(), 2);
        assert_eq!(series.before(1, 5).len(), 1);
        assert!(Series::from_first_line(&windows[..2]).windows.is_empty());
    }
}
