//! Runs the four detectors over a range of windows and joins what they find to episodes.

use noctule_domain::Timestamp;

use super::anomaly_cluster::{self, AnomalyPoint};
use super::finding::{
    Judgement, PatternFinding, PatternKind, SkipReason, Skipped, WindowFinding, ratio,
};
use super::low_activity::LineGaps;
use super::series::{Series, WINDOW, WindowCounts};
use super::{error_spike, low_activity, severity_shift};

/// Windows of one kind that are at most this far apart are one episode: an operator who was told
/// of a spike need not hear of it again within half an hour.
const COOL_DOWN_WINDOWS: usize = 3;

/// Windows that late lines are waited for before their absence means anything.
const LATE_WINDOWS: u32 = 1;

/// Findings that one report tells, at most.
const MAX_FINDINGS: usize = 500;

/// What is judged: one stream, or one service of it.
#[derive(Debug, Clone, Copy)]
pub struct PatternInput<'a> {
    /// Contiguous windows, oldest first, empty ones included (see `contiguous_windows`): those to
    /// judge, and before them up to seven days to compare with.
    pub windows: &'a [WindowCounts],
    /// The first window to judge is the one that holds this moment.
    pub judge_from: Timestamp,
    /// The current moment: windows that end later are not judged.
    pub now: Timestamp,
    /// Anomalies of the windows to judge, in any order.
    pub anomalies: &'a [AnomalyPoint],
    /// How lines follow each other; `None` leaves silence to the windows.
    pub gaps: Option<LineGaps>,
}

/// What the detectors found, and what they could not judge.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternReport {
    /// The findings by time, at most five hundred.
    pub findings: Vec<PatternFinding>,
    /// Complete windows that were looked at.
    pub windows_judged: usize,
    /// Windows without a verdict, by detector and kind of reason.
    pub skipped: Vec<Skipped>,
}

/// Judges the windows from `judge_from` on.
#[must_use]
pub fn detect_patterns(input: &PatternInput<'_>) -> PatternReport {
    let series = Series::from_first_line(input.windows);
    let first = series.windows.partition_point(|window| window.end() <= input.judge_from);
    let complete = series.windows.partition_point(|window| window.end() <= input.now);
    let settled = input.now.minus(WINDOW * LATE_WINDOWS);
    let settled = series.windows.partition_point(|window| window.end() <= settled);

    let mut report = PatternReport {
        findings: Vec::new(),
        windows_judged: complete.saturating_sub(first),
        skipped: Vec::new(),
    };
    for (kind, judge, until) in [
        (PatternKind::ErrorSpike, error_spike::judge as Detector, complete),
        (PatternKind::LowActivity, low_activity::judge, settled),
        (PatternKind::SeverityShift, severity_shift::judge, complete),
    ] {
        let judgements = (first..until).map(|index| (index, judge(&series, index)));
        report.take(kind, &series, judgements);
    }
    report.findings.extend(silence(input, &report.findings));
    report.findings.extend(clusters(input));
    report.limit();
    report
}

type Detector = fn(&Series<'_>, usize) -> Judgement;

impl PatternReport {
    fn take(
        &mut self,
        kind: PatternKind,
        series: &Series<'_>,
        judgements: impl Iterator<Item = (usize, Judgement)>,
    ) {
        let mut unusual = Vec::new();
        for (index, judgement) in judgements {
            match judgement {
                Judgement::Usual => {}
                Judgement::Unusual(finding) => unusual.push((index, finding)),
                Judgement::Skipped(reason) => self.skip(kind, reason),
            }
        }
        let episodes = unusual.chunk_by(|left, right| right.0 - left.0 <= COOL_DOWN_WINDOWS);
        self.findings.extend(episodes.map(|windows| episode(kind, series, windows)));
    }

    fn skip(&mut self, kind: PatternKind, reason: SkipReason) {
        let same = |skipped: &&mut Skipped| {
            let alike = std::mem::discriminant(&skipped.reason) == std::mem::discriminant(&reason);
            skipped.kind == kind && alike
        };
        if let Some(skipped) = self.skipped.iter_mut().find(same) {
            skipped.windows += 1;
            skipped.reason = reason;
        } else {
            self.skipped.push(Skipped { kind, windows: 1, reason });
        }
    }

    /// Puts the findings in order of time, after leaving out the least surprising if there are too
    /// many.
    fn limit(&mut self) {
        self.findings.sort_by(|a, b| b.score.total_cmp(&a.score));
        for finding in self.findings.split_off(self.findings.len().min(MAX_FINDINGS)) {
            self.skip(finding.kind, SkipReason::TooMany { limit: MAX_FINDINGS });
        }
        self.findings.sort_by_key(|finding| (finding.window_start, finding.kind));
    }
}

/// Joins unusual windows to one finding with the numbers of the most surprising of them.
fn episode(
    kind: PatternKind,
    series: &Series<'_>,
    windows: &[(usize, WindowFinding)],
) -> PatternFinding {
    let (first, last) = (windows[0].0, windows[windows.len() - 1].0);
    let mut peak = &windows[0];
    for window in windows {
        if window.1.score > peak.1.score {
            peak = window;
        }
    }
    let (peak, finding) = peak;
    let lasted = last + 1 - first;
    let peak_start = series.windows[*peak].start;
    let summary = if lasted == 1 {
        format!("{}.", capitalised(&finding.summary))
    } else {
        format!("{}; it lasted {} minutes.", capitalised(&finding.summary), lasted * 10)
    };
    PatternFinding {
        kind,
        window_start: series.windows[first].start,
        window_end: series.windows[last].end(),
        peak_window: peak_start,
        score: finding.score,
        p_value: finding.p_value,
        expected: finding.expected,
        actual: finding.actual,
        ratio: ratio(finding.actual, finding.expected),
        confidence: finding.confidence,
        summary,
        evidence: finding.evidence.clone(),
    }
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The stream's silence until now, unless its empty windows tell of it already or it lies outside
/// of what is judged.
fn silence(input: &PatternInput<'_>, findings: &[PatternFinding]) -> Option<PatternFinding> {
    let gaps = input.gaps?;
    let last = input.windows.last()?;
    let reaches_now = input.now <= last.end().plus(WINDOW);
    let finding = low_activity::judge_silence(&gaps, input.now).filter(|_| reaches_now)?;
    let (start, end) = (gaps.last_line.window_start().plus(WINDOW), input.now);
    let is_told = findings
        .iter()
        .any(|told| told.kind == PatternKind::LowActivity && told.window_end > gaps.last_line);
    (!is_told).then(|| PatternFinding {
        kind: PatternKind::LowActivity,
        window_start: start.min(end.window_start()),
        window_end: end,
        peak_window: end.window_start(),
        score: finding.score,
        p_value: finding.p_value,
        expected: finding.expected,
        actual: finding.actual,
        ratio: None,
        confidence: finding.confidence,
        summary: format!("{}.", capitalised(&finding.summary)),
        evidence: finding.evidence,
    })
}

/// The clusters that reach into the judged range.
fn clusters(input: &PatternInput<'_>) -> Vec<PatternFinding> {
    let mut clusters = anomaly_cluster::find(input.windows, input.anomalies);
    clusters.retain(|cluster| {
        cluster.window_end > input.judge_from && cluster.window_start <= input.now
    });
    clusters
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use noctule_domain::{Confidence, TemplateKey, WINDOW_MICROS};

    use super::*;

    fn at(window: i64) -> Timestamp {
        Timestamp::from_micros(window * WINDOW_MICROS)
    }

    /// A steady stream of `count` windows.
    fn steady(count: i64) -> Vec<WindowCounts> {
        let window = |index: i64| WindowCounts {
            lines_by_severity: [0, 0, 95 + index.unsigned_abs() % 9, 4, 1, 0],
            ..WindowCounts::empty(at(index))
        };
        (0..count).map(window).collect()
    }

    fn input(windows: &[WindowCounts], judge_from: i64) -> PatternInput<'_> {
        let now = at(i64::try_from(windows.len()).unwrap() + 1);
        PatternInput { windows, judge_from: at(judge_from), now, anomalies: &[], gaps: None }
    }

    #[test]
    fn a_steady_stream_has_no_findings() {
        let windows = steady(300);
        let report = detect_patterns(&input(&windows, 144));
        assert_eq!(report.findings, []);
        assert_eq!((report.windows_judged, report.skipped), (156, vec![]));
    }

    #[test]
    fn streams_without_enough_to_judge_say_so() {
        let empty = detect_patterns(&input(&[], 0));
        assert_eq!((empty.findings.len(), empty.windows_judged), (0, 0));
        let silent = vec![WindowCounts::empty(at(0)); 50];
        assert_eq!(detect_patterns(&input(&silent, 0)).windows_judged, 0);
        let one = steady(1);
        let report = detect_patterns(&input(&one, 0));
        let reasons: Vec<String> =
            report.skipped.iter().map(|s| format!("{}: {}", s.kind.name(), s.reason)).collect();
        assert_eq!(
            reasons,
            [
                "error_spike: too little history: 0 of 12 windows",
                "low_activity: too little history: 0 of 36 windows",
                "severity_shift: too little history: 0 of 12 windows",
            ]
        );
        assert_eq!(report.findings, []);
    }

    #[test]
    fn windows_before_the_first_line_are_no_history() {
        let mut windows = vec![WindowCounts::empty(at(0)); 200];
        for (index, window) in windows.iter_mut().enumerate() {
            window.start = at(i64::try_from(index).unwrap());
        }
        windows[199].lines_by_severity[4] = 8;
        let report = detect_patterns(&input(&windows, 0));
        assert_eq!((report.findings.len(), report.windows_judged), (0, 1));
    }

    #[test]
    fn neighbouring_windows_are_one_episode_with_its_peak() {
        let mut windows = steady(200);
        for (index, errors) in [(150, 40), (151, 90), (153, 30), (180, 50)] {
            windows[index].lines_by_severity[4] = errors;
        }
        let report = detect_patterns(&input(&windows, 144));
        let spikes: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.kind == PatternKind::ErrorSpike)
            .map(|finding| (finding.window_start, finding.window_end, finding.peak_window))
            .collect();
        assert_eq!(spikes, [(at(150), at(154), at(151)), (at(180), at(181), at(180))]);
        assert_eq!(
            report.findings[0].summary,
            "90 errors in ten minutes, where about 1 would be usual: 90 times as many; it lasted \
             40 minutes."
        );
    }

    #[test]
    fn the_current_window_is_not_judged_and_late_lines_are_waited_for() {
        let mut windows = steady(200);
        windows[198].lines_by_severity = [0; 6];
        windows[199].lines_by_severity = [0; 6];
        let mut input = input(&windows, 144);
        let lows = |input: &PatternInput<'_>| {
            let report = detect_patterns(input);
            report.findings.iter().map(|f| (f.window_start, f.window_end)).collect::<Vec<_>>()
        };
        assert_eq!(lows(&input), [(at(198), at(200))]);
        input.now = at(200);
        assert_eq!(lows(&input), [(at(198), at(199))]);
        input.now = Timestamp::from_micros(at(200).as_micros() - 1);
        assert_eq!(lows(&input), []);
    }

    #[test]
    fn silence_is_told_once() {
        let windows = steady(200);
        let last_line = at(200).minus(Duration::from_secs(1));
        let gaps = LineGaps { last_line, usual_longest: Duration::from_secs(5) };
        let input = PatternInput { gaps: Some(gaps), now: at(201), ..input(&windows, 144) };
        assert_eq!(detect_patterns(&input).findings.len(), 1);
        let mut longer = windows.clone();
        longer.push(WindowCounts::empty(at(200)));
        let told = PatternInput { windows: &longer, now: at(202), ..input };
        let report = detect_patterns(&told);
        assert_eq!(report.findings.len(), 1);
        assert!(report.findings[0].summary.starts_with("No line in ten minutes"), "{report:?}");
        let old = PatternInput { now: at(5_000), ..input };
        assert_eq!(detect_patterns(&old).findings, []);
    }

    #[test]
    fn clusters_are_told_when_they_reach_into_the_judged_range() {
        let windows = steady(200);
        let point = |second: i64| AnomalyPoint {
            at: Timestamp::from_micros(at(150).as_micros() + second * 1_000_000),
            template: TemplateKey(1),
            service: None,
        };
        let anomalies: Vec<_> = (0..4).map(point).collect();
        let input = PatternInput { anomalies: &anomalies, ..input(&windows, 144) };
        let report = detect_patterns(&input);
        assert_eq!(report.findings.len(), 1);
        assert_eq!(report.findings[0].kind.title(), "Anomaly Clusters");
        assert_eq!(report.findings[0].confidence, Confidence::Cold);
        let later = PatternInput { judge_from: at(151), ..input };
        assert_eq!(detect_patterns(&later).findings, []);
    }

    #[test]
    fn a_report_has_a_limit() {
        let anomalies: Vec<_> = (0..3 * 600)
            .map(|index| AnomalyPoint {
                at: at(1),
                template: TemplateKey(index / 3),
                service: None,
            })
            .collect();
        let windows = steady(3);
        let input = PatternInput { anomalies: &anomalies, ..input(&windows, 0) };
        let report = detect_patterns(&input);
        assert_eq!(report.findings.len(), MAX_FINDINGS);
        let left = report.skipped.iter().find(|s| s.kind == PatternKind::AnomalyCluster).unwrap();
        assert_eq!(
            (left.windows, left.reason.to_string()),
            (100, "more than 500 were found".to_owned())
        );
    }
}
