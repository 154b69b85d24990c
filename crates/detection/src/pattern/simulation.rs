//! Simulated streams: how often do the detectors cry wolf, and do they see the wolf?
//!
//! Counts are negative binomial with a daily season, as counts of logs are; a plain Poisson
//! simulation would flatter every detector.

use noctule_domain::{Timestamp, WINDOW_MICROS};

use super::finding::PatternKind;
use super::report::{PatternInput, detect_patterns};
use super::series::{WINDOWS_PER_DAY, WindowCounts};

/// Days before the judged ones.
const HISTORY_DAYS: usize = 7;
/// Days that are judged, for each stream.
const JUDGED_DAYS: usize = 3;
const STREAMS: u64 = 4;

/// `SplitMix64` (Steele, Lea and Flood 2014): ten lines, and the same numbers for ever.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A negative binomial count by inversion: its chances are summed until they pass a uniform.
    fn count(&mut self, mean: f64, shape: f64) -> u64 {
        let success = shape / (shape + mean);
        let (mut chance, mut count) = (success.powf(shape), 0_u64);
        let mut left = self.uniform() - chance;
        while left > 0.0 && count < 100_000 {
            chance *= (count as f64 + shape) / (count as f64 + 1.0) * (1.0 - success);
            count += 1;
            left -= chance;
        }
        count
    }
}

/// A regime: lines in a window at the mean of the day, the share of errors, how steady counts are
/// (the shape of the negative binomial) and how deep the season is.
#[derive(Debug, Clone, Copy)]
struct Regime {
    lines: f64,
    errors: f64,
    shape: f64,
    season: f64,
}

const REGIMES: [Regime; 5] = [
    Regime { lines: 5.0, errors: 0.02, shape: 5.0, season: 0.5 },
    Regime { lines: 60.0, errors: 0.03, shape: 10.0, season: 0.6 },
    Regime { lines: 60.0, errors: 0.10, shape: 3.0, season: 0.6 },
    Regime { lines: 400.0, errors: 0.01, shape: 20.0, season: 0.3 },
    Regime { lines: 400.0, errors: 0.05, shape: 5.0, season: 0.8 },
];

fn stream(regime: Regime, seed: u64) -> Vec<WindowCounts> {
    let mut random = Random(seed);
    (0..(HISTORY_DAYS + JUDGED_DAYS) * WINDOWS_PER_DAY)
        .map(|index| {
            let hour = (index % WINDOWS_PER_DAY) as f64 / WINDOWS_PER_DAY as f64;
            let season = 1.0 + regime.season * (hour * std::f64::consts::TAU).sin();
            let mut draw = |share: f64| random.count(regime.lines * share * season, regime.shape);
            let start = i64::try_from(index).unwrap() * WINDOW_MICROS;
            WindowCounts {
                start: Timestamp::from_micros(start),
                lines_by_severity: [0, draw(0.1), draw(0.8), draw(0.07), draw(regime.errors), 0],
                anomalies: 0,
            }
        })
        .collect()
}

fn found(windows: &[WindowCounts]) -> Vec<(PatternKind, Timestamp)> {
    let input = PatternInput {
        windows,
        judge_from: windows[HISTORY_DAYS * WINDOWS_PER_DAY].start,
        now: windows[windows.len() - 1].end().plus(super::series::WINDOW),
        anomalies: &[],
        gaps: None,
    };
    let report = detect_patterns(&input);
    report.findings.into_iter().map(|finding| (finding.kind, finding.window_start)).collect()
}

#[test]
fn fewer_than_one_false_alarm_a_day() {
    let days = (STREAMS * JUDGED_DAYS as u64) as f64;
    let mut total = 0;
    for (number, regime) in REGIMES.into_iter().enumerate() {
        let seeds = (0..STREAMS).map(|seed| 1_000 * number as u64 + seed);
        let alarms: Vec<_> = seeds.flat_map(|seed| found(&stream(regime, seed))).collect();
        for kind in PatternKind::ALL {
            let count = alarms.iter().filter(|alarm| alarm.0 == kind).count();
            let per_day = count as f64 / days;
            assert!(per_day < 1.0, "{regime:?}: {per_day} of {} a day", kind.name());
        }
        total += alarms.len();
    }
    let per_day = total as f64 / days / REGIMES.len() as f64;
    assert!(per_day < 1.0, "{per_day} a day and stream, all kinds together");
}

#[test]
fn a_tenfold_spike_is_found_in_most_streams() {
    let (mut seen, mut planted) = (0, 0);
    for (number, regime) in REGIMES.into_iter().enumerate() {
        for seed in 0..STREAMS {
            let mut windows = stream(regime, 5_000 * (number as u64 + 1) + seed);
            let place = HISTORY_DAYS * WINDOWS_PER_DAY + 170;
            let usual = regime.lines * regime.errors;
            let mut random = Random(seed);
            windows[place].lines_by_severity[4] = random.count(10.0 * usual, 50.0);
            let start = windows[place].start;
            // Below one usual error in two windows, ten times as many is not worth a call.
            if usual >= 0.5 {
                planted += 1;
                seen += u32::from(found(&windows).contains(&(PatternKind::ErrorSpike, start)));
            }
        }
    }
    assert!(f64::from(seen) / f64::from(planted) >= 0.6, "{seen} of {planted}");
}

#[test]
fn a_stream_that_stops_is_found() {
    for seed in 0..STREAMS {
        let mut windows = stream(REGIMES[3], seed);
        let place = HISTORY_DAYS * WINDOWS_PER_DAY + 200;
        windows[place].lines_by_severity = [0; 6];
        let start = windows[place].start;
        assert!(found(&windows).contains(&(PatternKind::LowActivity, start)), "{seed}");
    }
}
