//! What is usual for a window: its own time of day in the last week, or the last day.
//!
//! Medians and median deviations, because past incidents are part of the past and must not make
//! the next one look usual.

use super::series::{Series, WINDOWS_PER_DAY, WindowCounts};
use super::tails::CountModel;

/// Days that a seasonal baseline looks back.
const SEASON_DAYS: usize = 7;

/// Windows on each side of the same time of day.
const SEASON_REACH: usize = 1;

/// Values that a seasonal baseline needs: three days.
const MIN_SEASONAL: usize = 9;

/// The smallest expected count: a stream that never had an error may still have one in two windows.
const MIN_MEAN: f64 = 0.5;

/// Makes the median absolute deviation of normal values their standard deviation.
const MAD_TO_DEVIATION: f64 = 1.4826;

/// What is usual for one window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Baseline {
    /// The same time of day, if enough days are known.
    pub(super) seasonal: Option<CountModel>,
    /// The last day.
    pub(super) recent: CountModel,
    /// Windows that are known before this one, up to a day: the size of the recent baseline.
    pub(super) history: usize,
}

impl Baseline {
    /// The baseline of `value` for the window at `index`. The windows of the same time of day in
    /// the last seven days count if there are nine or more, else the last 144 windows do.
    pub(super) fn of(
        series: &Series<'_>,
        index: usize,
        value: impl Fn(&WindowCounts) -> u64,
    ) -> Self {
        let recent: Vec<f64> =
            series.before(index, WINDOWS_PER_DAY).iter().map(|w| value(w) as f64).collect();
        let mut season = Vec::with_capacity(SEASON_DAYS * (2 * SEASON_REACH + 1));
        for day in 1..=SEASON_DAYS {
            let Some(same) = index.checked_sub(day * WINDOWS_PER_DAY) else { break };
            let around = same.saturating_sub(SEASON_REACH)..=same + SEASON_REACH;
            season.extend(series.windows[around].iter().map(|w| value(w) as f64));
        }
        let history = recent.len();
        let seasonal = (season.len() >= MIN_SEASONAL).then(|| robust_model(season));
        Self { seasonal, recent: robust_model(recent), history }
    }

    /// The baseline that counts: the seasonal one if there is one.
    pub(super) fn model(&self) -> CountModel {
        self.seasonal.unwrap_or(self.recent)
    }
}

fn robust_model(mut values: Vec<f64>) -> CountModel {
    let centre = median(&mut values).unwrap_or(0.0);
    let mut deviations: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    let deviation = MAD_TO_DEVIATION * median(&mut deviations).unwrap_or(0.0);
    let mean = centre.max(MIN_MEAN);
    CountModel { mean, variance: mean.max(deviation * deviation) }
}

/// The middle value, or the mean of the two middle ones; sorts the values.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use noctule_domain::{Timestamp, WINDOW_MICROS};

    use super::*;

    fn windows(lines: impl Iterator<Item = u64>) -> Vec<WindowCounts> {
        let window = |(index, lines): (usize, u64)| {
            let start = i64::try_from(index).unwrap() * WINDOW_MICROS;
            let mut window = WindowCounts::empty(Timestamp::from_micros(start));
            window.lines_by_severity[2] = lines;
            window
        };
        lines.enumerate().map(window).collect()
    }

    fn baseline(windows: &[WindowCounts], index: usize) -> Baseline {
        Baseline::of(&Series { windows }, index, WindowCounts::lines)
    }

    #[track_caller]
    fn close(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9, "{left} {right}");
    }

    #[test]
    fn medians() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0]), Some(3.0));
        assert_eq!(median(&mut [5.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
    }

    #[test]
    fn three_days_make_a_season() {
        let noon_peak = windows((0..1_000).map(|i| if i % 144 == 72 { 500 } else { 20 }));
        let early = baseline(&noon_peak, 72 + 2 * 144);
        assert!(early.seasonal.is_none() && early.history == 144);
        let later = baseline(&noon_peak, 72 + 3 * 144);
        close(later.seasonal.unwrap().mean, 20.0);
        assert_eq!(baseline(&noon_peak, 0).history, 0);
    }

    #[test]
    fn constant_and_empty_histories_are_poisson() {
        let constant = windows((0..200).map(|_| 40));
        let model = baseline(&constant, 150).model();
        close(model.mean, 40.0);
        close(model.variance, 40.0);
        let model = baseline(&constant, 0).model();
        assert!((model.mean - MIN_MEAN).abs() < f64::EPSILON && model.variance >= model.mean);
    }

    #[test]
    fn an_old_incident_does_not_become_usual() {
        let incident = windows((0..144).map(|i| if i < 30 { 10_000 } else { 50 }));
        close(baseline(&incident, 144).model().mean, 50.0);
    }
}
