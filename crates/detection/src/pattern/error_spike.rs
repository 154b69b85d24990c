//! Error spikes: more ERROR and CRITICAL lines in a window than its baseline explains.
//!
//! Reference: `detection.md` section 3, definition 1: a negative binomial tail around a robust
//! seasonal baseline. Simulated there: 0 to 0.55 false alarms a day, power .59 to .89 at ten times
//! the mean.

use noctule_domain::Confidence;

use super::baseline::Baseline;
use super::finding::{Judgement, SkipReason, WindowFinding, chance, ratio};
use super::series::{Series, WindowCounts};
use super::tails::surprise_score;
use crate::words::{about, counted};

/// A chance below this is a spike: one false alarm in ten thousand windows of a true model, 70 days.
const ALPHA: f64 = 1e-4;
/// When there are two baselines, both must find it below this.
const BOTH_ALPHA: f64 = 1e-3;
/// Fewer errors are no spike, however rare errors are.
const MIN_ERRORS: u64 = 5;
/// A spike has at least this many times the expected errors.
const MIN_RATIO: f64 = 3.0;
/// Windows that must be known before, two hours, for a baseline to mean anything.
const MIN_HISTORY: usize = 12;
/// Without a baseline: errors and lines that a window must have, and the share of errors.
const COLD_MIN_ERRORS: u64 = 10;
const COLD_MIN_LINES: u64 = 20;
const COLD_MIN_SHARE: f64 = 0.5;

/// Judges the window at `index`.
pub(super) fn judge(series: &Series<'_>, index: usize) -> Judgement {
    let window = &series.windows[index];
    let errors = window.errors();
    let baseline = Baseline::of(series, index, WindowCounts::errors);
    if baseline.history < MIN_HISTORY {
        return judge_cold(window, baseline.history);
    }
    let model = baseline.model();
    let p_value = model.at_least(errors);
    // The seasonal baseline must not be surprised where the last day is not: after a release, a
    // stream may have more errors every day.
    let both_agree = baseline.seasonal.is_none() || baseline.recent.at_least(errors) < BOTH_ALPHA;
    let is_large = errors >= MIN_ERRORS && errors as f64 >= MIN_RATIO * model.mean;
    if p_value >= ALPHA || !is_large || !both_agree {
        return Judgement::Usual;
    }
    let is_seasonal = baseline.seasonal.is_some();
    let times = ratio(errors as f64, model.mean).map_or_else(String::new, about);
    Judgement::Unusual(WindowFinding {
        score: surprise_score(p_value, ALPHA),
        p_value: Some(p_value),
        expected: model.mean,
        actual: errors as f64,
        confidence: if is_seasonal { Confidence::Normal } else { Confidence::Warming },
        summary: format!(
            "{} in ten minutes, where about {} would be usual: {times} times as many",
            counted(errors, "error"),
            about(model.mean),
        ),
        evidence: vec![
            ("errors", errors.to_string()),
            ("usual_errors", about(model.mean)),
            ("times_as_many", times),
            ("chance", chance(p_value)),
            ("baseline", baseline_name(is_seasonal).to_owned()),
            ("lines", window.lines().to_string()),
        ],
    })
}

/// Judges a window of a young stream: only a window that is mostly errors is told.
fn judge_cold(window: &WindowCounts, history: usize) -> Judgement {
    let (errors, lines) = (window.errors(), window.lines());
    let share = if lines == 0 { 0.0 } else { errors as f64 / lines as f64 };
    if errors < COLD_MIN_ERRORS || lines < COLD_MIN_LINES || share < COLD_MIN_SHARE {
        return Judgement::Skipped(SkipReason::TooLittleHistory {
            windows: history,
            needed: MIN_HISTORY,
        });
    }
    Judgement::Unusual(WindowFinding {
        score: 0.5,
        p_value: None,
        expected: 0.0,
        actual: errors as f64,
        confidence: Confidence::Cold,
        summary: format!(
            "{} of {} in ten minutes; the stream is too young to say what is usual",
            counted(errors, "error"),
            counted(lines, "line"),
        ),
        evidence: vec![
            ("errors", errors.to_string()),
            ("lines", lines.to_string()),
            ("baseline", format!("{history} of {MIN_HISTORY} windows")),
        ],
    })
}

pub(super) const fn baseline_name(is_seasonal: bool) -> &'static str {
    if is_seasonal { "the same time of day in the last 7 days" } else { "the last 24 hours" }
}

#[cfg(test)]
mod tests {
    use noctule_domain::Timestamp;

    use super::*;

    /// A stream of `history` windows with `usual` errors each, then one with `errors`.
    fn judged(history: usize, usual: u64, errors: u64, info: u64) -> Judgement {
        let mut windows = vec![WindowCounts::empty(Timestamp::from_micros(0)); history + 1];
        for (index, window) in windows.iter_mut().enumerate() {
            window.lines_by_severity[2] = info;
            window.lines_by_severity[4] = if index == history { errors } else { usual };
        }
        judge(&Series { windows: &windows }, history)
    }

    #[track_caller]
    fn check(judgement: &Judgement, found: bool) {
        assert_eq!(matches!(judgement, Judgement::Unusual(_)), found, "{judgement:?}");
    }

    #[test]
    fn ten_times_the_usual_is_a_spike_and_twice_is_not() {
        check(&judged(144, 10, 100, 500), true);
        check(&judged(144, 10, 20, 500), false);
        check(&judged(144, 10, 30, 500), true);
        check(&judged(7 * 144, 10, 100, 500), true);
    }

    #[test]
    fn few_errors_are_no_spike_in_a_stream_without_errors() {
        check(&judged(144, 0, 4, 500), false);
        check(&judged(144, 0, 6, 500), true);
    }

    #[test]
    fn a_young_stream_is_judged_only_when_it_is_mostly_errors() {
        check(&judged(3, 0, 10, 10), true);
        check(&judged(3, 0, 10, 11), false);
        check(&judged(3, 0, 9, 5), false);
        let reason = SkipReason::TooLittleHistory { windows: 5, needed: MIN_HISTORY };
        assert_eq!(judged(5, 1, 8, 90), Judgement::Skipped(reason));
        assert_eq!(reason.to_string(), "too little history: 5 of 12 windows");
        let reason = SkipReason::TooLittleHistory { windows: 0, needed: MIN_HISTORY };
        assert_eq!(judged(0, 0, 0, 0), Judgement::Skipped(reason));
    }

    #[test]
    fn a_spike_that_happens_every_day_is_usual() {
        let mut windows = vec![WindowCounts::empty(Timestamp::from_micros(0)); 8 * 144];
        for (index, window) in windows.iter_mut().enumerate() {
            window.lines_by_severity[4] = if (60..72).contains(&(index % 144)) { 90 } else { 3 };
        }
        check(&judge(&Series { windows: &windows }, 7 * 144 + 65), false);
        windows[7 * 144 + 30].lines_by_severity[4] = 90;
        check(&judge(&Series { windows: &windows }, 7 * 144 + 30), true);
    }

    #[test]
    fn a_finding_tells_what_is_usual() {
        let Judgement::Unusual(finding) = judged(144, 10, 100, 500) else { panic!("not found") };
        assert_eq!(
            finding.summary,
            "100 errors in ten minutes, where about 10 would be usual: 10 times as many"
        );
        assert!(finding.score > 0.5 && finding.p_value.unwrap() < ALPHA);
        assert_eq!(finding.confidence, Confidence::Warming);
    }
}
