//! The worker of queue `pattern`: judges ten-minute windows by their counts.

use std::time::Duration;

use noctule_detection::pattern::{
    AnomalyPoint, PatternFinding, PatternInput, PatternReport, WindowCounts, contiguous_windows,
    detect_patterns,
};
use noctule_domain::{TenantScope, Timestamp};
use noctule_jobs::{JobFailure, PatternJob};
use noctule_queue::{Attempt, Done, Handler};
use noctule_store::{Effects, Store, StoreError, WindowCount};
use serde_json::{Value, json};

/// How much history before the judged hours the baselines are made of.
const HISTORY: Duration = Duration::from_hours(7 * 24);
/// The most anomalies that clusters are looked for in.
const MAX_ANOMALIES: usize = 50_000;

/// Judges time windows.
#[derive(Debug)]
pub struct PatternWorker {
    store: Store,
}

impl PatternWorker {
    /// A worker over a store.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self { store }
    }

    async fn detect(
        &self,
        scope: TenantScope,
        hours: u32,
        until: Timestamp,
    ) -> Result<PatternReport, StoreError> {
        let judge_from = until.minus(Duration::from_hours(u64::from(hours))).window_start();
        let history_from = judge_from.minus(HISTORY);
        let counts = self.store.window_counts(scope, history_from, until).await?;
        let windows = contiguous_windows(by_window(&counts), history_from, until);
        let sightings =
            self.store.anomaly_sightings(scope, history_from, until, MAX_ANOMALIES).await?;
        let anomalies: Vec<_> = sightings
            .into_iter()
            .map(|seen| AnomalyPoint {
                at: seen.timestamp,
                template: seen.template,
                service: seen.service,
            })
            .collect();
        Ok(detect_patterns(&PatternInput {
            windows: &windows,
            judge_from,
            now: until,
            anomalies: &anomalies,
            gaps: None,
        }))
    }
}

impl Handler for PatternWorker {
    type Job = PatternJob;

    async fn handle(&self, job: &PatternJob, attempt: &Attempt) -> Result<Done, JobFailure> {
        let PatternJob::DetectPatterns { window_hours, until } = *job;
        let until = match until {
            Some(until) => until,
            None => self.store.ping().await.map_err(JobFailure::dependency)?,
        };
        let report = self
            .detect(attempt.scope(), window_hours, until)
            .await
            .map_err(JobFailure::dependency)?;
        let result = result_of(window_hours, until, &report);
        Ok(Done { result: Some(result), effects: Effects::default() })
    }
}

/// Gathers rows of one window and level into one count for each window.
fn by_window(rows: &[WindowCount]) -> Vec<WindowCounts> {
    let mut windows: Vec<WindowCounts> = Vec::new();
    for row in rows {
        if windows.last().is_none_or(|last| last.start != row.window) {
            windows.push(WindowCounts::empty(row.window));
        }
        let Some(window) = windows.last_mut() else { continue };
        let level = usize::try_from(row.severity_code).unwrap_or(0).min(5);
        window.lines_by_severity[level] += u64::try_from(row.lines).unwrap_or(0);
        window.anomalies += u64::try_from(row.anomalies).unwrap_or(0);
    }
    windows
}

fn result_of(hours: u32, until: Timestamp, report: &PatternReport) -> Value {
    let skipped: Vec<_> = report
        .skipped
        .iter()
        .map(|skipped| {
            json!({
                "kind": skipped.kind.name(),
                "windows": skipped.windows,
                "reason": skipped.reason.to_string(),
            })
        })
        .collect();
    json!({
        "time_window_hours": hours,
        "until": until.to_string(),
        "windows_judged": report.windows_judged,
        "patterns": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "not_judged": skipped,
    })
}

fn finding(found: &PatternFinding) -> Value {
    let evidence: serde_json::Map<_, _> =
        found.evidence.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({
        "type": found.kind.name(),
        "title": found.kind.title(),
        "window_start": found.window_start.to_string(),
        "window_end": found.window_end.to_string(),
        "peak_window": found.peak_window.to_string(),
        "score": found.score,
        "p_value": found.p_value,
        "expected": found.expected,
        "actual": found.actual,
        "ratio": found.ratio,
        "confidence": found.confidence.name(),
        "summary": found.summary,
        "evidence": evidence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_window_are_gathered() {
        let row = |minutes: i64, severity_code, lines, anomalies| WindowCount {
            window: Timestamp::from_micros(minutes * 60_000_000),
            severity_code,
            lines,
            anomalies,
        };
        let windows = by_window(&[row(0, 2, 7, 0), row(0, 4, 3, 1), row(10, 0, 2, 2)]);
        assert_eq!(windows.len(), 2);
        assert_eq!(windows[0].lines_by_severity, [0, 0, 7, 0, 3, 0]);
        assert_eq!((windows[0].anomalies, windows[1].anomalies), (1, 2));
    }
}
