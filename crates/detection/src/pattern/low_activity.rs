//! Low activity: fewer lines in a window than its baseline explains, or none for too long.
//!
//! Reference: `detection.md` section 3, definition 2: the lower tail of a negative binomial around
//! a robust seasonal baseline. Simulated there: 0 to 0.65 false alarms a day; a window without
//! lines is found in .68 to .89 of cases when twenty lines are usual, and never when five are,
//! which is why quiet streams are not judged.

use std::time::Duration;

use noctule_domain::{Confidence, Timestamp};

use super::baseline::Baseline;
use super::error_spike::baseline_name;
use super::finding::{Judgement, SkipReason, WindowFinding, chance};
use super::series::{Series, WINDOW, WindowCounts};
use super::tails::surprise_score;
use crate::words::{about, counted};

/// A chance below this is low activity.
const ALPHA: f64 = 1e-4;
/// Lines that must be usual: below, a window without lines is no surprise.
const MIN_MEAN: f64 = 20.0;
/// Low means at most this part of the usual.
const MAX_RATIO: f64 = 0.5;
/// Windows that must be known before: six hours.
const MIN_HISTORY: usize = 36;
/// How many times its usual longest gap a stream must be silent for.
const SILENCE_FACTOR: u32 = 10;

/// How the lines of a stream follow each other, to notice when they stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineGaps {
    /// When the last line was written.
    pub last_line: Timestamp,
    /// The gap between two lines that only one in a hundred exceeds.
    pub usual_longest: Duration,
}

/// Judges the window at `index`, which must be complete, late lines included.
pub(super) fn judge(series: &Series<'_>, index: usize) -> Judgement {
    let window = &series.windows[index];
    let lines = window.lines();
    let baseline = Baseline::of(series, index, WindowCounts::lines);
    if baseline.history < MIN_HISTORY {
        let reason =
            SkipReason::TooLittleHistory { windows: baseline.history, needed: MIN_HISTORY };
        return Judgement::Skipped(reason);
    }
    let model = baseline.model();
    if model.mean < MIN_MEAN {
        return Judgement::Skipped(SkipReason::TooQuiet { expected: model.mean, needed: MIN_MEAN });
    }
    let p_value = model.at_most(lines);
    if p_value >= ALPHA || lines as f64 > MAX_RATIO * model.mean {
        return Judgement::Usual;
    }
    let is_seasonal = baseline.seasonal.is_some();
    Judgement::Unusual(WindowFinding {
        score: surprise_score(p_value, ALPHA),
        p_value: Some(p_value),
        expected: model.mean,
        actual: lines as f64,
        confidence: if is_seasonal { Confidence::Normal } else { Confidence::Warming },
        summary: format!(
            "{} in ten minutes, where about {} would be usual",
            if lines == 0 { "no line".to_owned() } else { counted(lines, "line") },
            about(model.mean),
        ),
        evidence: vec![
            ("lines", lines.to_string()),
            ("usual_lines", about(model.mean)),
            ("chance", chance(p_value)),
            ("baseline", baseline_name(is_seasonal).to_owned()),
        ],
    })
}

/// Whether a stream is silent at `now`: for longer than a window and than ten times its usual
/// longest gap.
pub(super) fn judge_silence(gaps: &LineGaps, now: Timestamp) -> Option<WindowFinding> {
    let silence = elapsed(gaps.last_line, now);
    let limit = WINDOW.max(gaps.usual_longest.saturating_mul(SILENCE_FACTOR));
    (silence > limit).then(|| WindowFinding {
        score: 0.5,
        p_value: None,
        expected: 0.0,
        actual: 0.0,
        confidence: Confidence::Normal,
        summary: format!(
            "no line for {}, though gaps are seldom longer than {}",
            span(silence),
            span(gaps.usual_longest)
        ),
        evidence: vec![
            ("last_line", gaps.last_line.to_string()),
            ("silent_for_s", silence.as_secs().to_string()),
            ("usual_longest_gap_s", format!("{:.3}", gaps.usual_longest.as_secs_f64())),
        ],
    })
}

fn elapsed(from: Timestamp, until: Timestamp) -> Duration {
    let micros = until.as_micros().saturating_sub(from.as_micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// A span in the unit that suits it: `0.4 s`, `25 minutes`, `3 hours`.
fn span(span: Duration) -> String {
    match span.as_secs() {
        0..10 => format!("{:.1} s", span.as_secs_f64()),
        seconds @ 10..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} minutes", seconds / 60),
        seconds => format!("{} hours", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(history: usize, usual: u64, lines: u64) -> Judgement {
        let mut windows = vec![WindowCounts::empty(Timestamp::from_micros(0)); history + 1];
        for (index, window) in windows.iter_mut().enumerate() {
            window.lines_by_severity[2] = if index == history { lines } else { usual };
        }
        judge(&Series { windows: &windows }, history)
    }

    #[track_caller]
    fn check(judgement: &Judgement, found: bool) {
        assert_eq!(matches!(judgement, Judgement::Unusual(_)), found, "{judgement:?}");
    }

    #[test]
    fn a_stream_that_stops_is_found_and_one_that_slows_a_little_is_not() {
        check(&judged(144, 100, 0), true);
        check(&judged(144, 100, 40), true);
        check(&judged(144, 100, 55), false);
        check(&judged(144, 100, 100), false);
    }

    #[test]
    fn young_and_quiet_streams_are_not_judged() {
        let reason = SkipReason::TooLittleHistory { windows: 5, needed: 36 };
        assert_eq!(judged(5, 100, 0), Judgement::Skipped(reason));
        assert_eq!(reason.to_string(), "too little history: 5 of 36 windows");
        let reason = SkipReason::TooQuiet { expected: 5.0, needed: 20.0 };
        assert_eq!(judged(144, 5, 0), Judgement::Skipped(reason));
    }

    #[test]
    fn silence_is_measured_against_the_usual_gaps() {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        let start = Timestamp::from_micros(0);
        for (usual_longest, after, found) in [
            (Duration::from_millis(400), minutes(9), false),
            (Duration::from_millis(400), minutes(11), true),
            (minutes(5), minutes(49), false),
            (minutes(5), minutes(51), true),
        ] {
            let gaps = LineGaps { last_line: start, usual_longest };
            let finding = judge_silence(&gaps, start.plus(after));
            assert_eq!(finding.is_some(), found, "{finding:?}");
        }
        let gaps = LineGaps { last_line: start, usual_longest: Duration::from_millis(400) };
        assert_eq!(
            judge_silence(&gaps, start.plus(minutes(25))).unwrap().summary,
            "no line for 25 minutes, though gaps are seldom longer than 0.4 s"
        );
        assert!(judge_silence(&gaps, start.minus(minutes(25))).is_none());
    }
}
