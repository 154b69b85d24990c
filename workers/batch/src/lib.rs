//! The worker of queue `batch_processing`: judges many lines, a part at a time.
//!
//! Each part is stored with the job's progress in one transaction, so a worker that takes the job
//! over goes on where the last one stopped, and no line is judged twice.

mod parts;

use std::sync::Arc;

use noctule_domain::{Severity, StoredLine, TenantScope};
use noctule_jobs::{BatchJob, JobFailure, LogIdRange};
use noctule_queue::{Attempt, Done, Handler};
use noctule_scoring::Pipeline;
use noctule_store::{BatchSummary, Effects, Progress, Store, StoreError};
use serde_json::{Value, json};

use parts::split;

/// Lines in a part: enough to make a commit worth its while, few enough to be done in a moment.
const PART_LINES: u32 = 2_000;
/// How many of the worst anomalies the result names.
const TOP_ANOMALIES: usize = 20;

/// Judges many lines.
#[derive(Debug)]
pub struct BatchWorker {
    /// Where lines are read.
    pub store: Store,
    /// What judges them.
    pub pipeline: Arc<Pipeline>,
}

impl Handler for BatchWorker {
    type Job = BatchJob;

    async fn handle(&self, job: &BatchJob, attempt: &Attempt) -> Result<Done, JobFailure> {
        let BatchJob::AnalyzeBatch { ranges } = job;
        let scope = attempt.scope();
        let total: i64 = ranges.iter().map(|range| i64::from(range.count)).sum();
        let mut done = attempt.progress_done();
        let mut parts = split(ranges, done, PART_LINES).into_iter();
        let mut next = self.load(scope, parts.next()).await?;
        while let Some((range, lines)) = next {
            if attempt.should_stop() {
                return Err(JobFailure::Interrupted);
            }
            done += i64::from(range.count);
            let progress = Progress { done, total };
            // While this part is judged and stored, the next one is read.
            let (stored, loaded) =
                tokio::join!(self.judge(attempt, progress, lines), self.load(scope, parts.next()));
            stored?;
            next = loaded?;
        }
        let summary = self
            .store
            .summarize_batch(scope, self.pipeline.model_id(), ranges, TOP_ANOMALIES)
            .await
            .map_err(JobFailure::dependency)?;
        let result = result_of(total, summary, self.pipeline.model_version());
        Ok(Done { result: Some(result), effects: Effects::default() })
    }
}

impl BatchWorker {
    async fn load(
        &self,
        scope: TenantScope,
        range: Option<LogIdRange>,
    ) -> Result<Option<(LogIdRange, Vec<StoredLine>)>, JobFailure> {
        let Some(range) = range else { return Ok(None) };
        let lines = self.store.lines_in_range(scope, range).await;
        Ok(Some((range, lines.map_err(JobFailure::dependency)?)))
    }

    /// Judges a part and stores it with the progress.
    async fn judge(
        &self,
        attempt: &Attempt,
        progress: Progress,
        lines: Vec<StoredLine>,
    ) -> Result<(), JobFailure> {
        let lines: Arc<[StoredLine]> = lines.into();
        let effects = self.pipeline.score(attempt.scope(), Arc::clone(&lines)).await?;
        match attempt.checkpoint(progress, effects).await {
            Err(StoreError::AlreadyScored) => {}
            outcome => return outcome.map_err(JobFailure::dependency),
        }
        // Some of the lines were judged on request meanwhile.
        let rest = self.pipeline.unscored(lines.to_vec()).await.map_err(JobFailure::dependency)?;
        let effects = self.pipeline.score(attempt.scope(), rest.into()).await?;
        attempt.checkpoint(progress, effects).await.map_err(JobFailure::dependency)
    }
}

fn result_of(total: i64, summary: BatchSummary, model_version: &str) -> Value {
    let name = |severity: Option<Severity>| severity.map_or("UNKNOWN", Severity::name);
    let by_severity: serde_json::Map<_, _> = summary
        .by_severity
        .iter()
        .map(|(severity, count)| (name(*severity).to_owned(), json!(count)))
        .collect();
    let anomalies: i64 = summary.by_severity.iter().map(|(_, count)| count).sum();
    let top: Vec<_> = summary
        .top
        .into_iter()
        .map(|anomaly| {
            json!({
                "id": anomaly.id.to_string(),
                "log_id": anomaly.log_id.0,
                "timestamp": anomaly.timestamp.to_string(),
                "severity": anomaly.severity.map(Severity::name),
                "message": shorten(&anomaly.message),
                "score": (anomaly.score * 1e4).round() / 1e4,
                "summary": anomaly.summary,
                "template_id": anomaly.template.to_string(),
                "alike": anomaly.alike,
            })
        })
        .collect();
    json!({
        "lines": total,
        "anomalies": anomalies,
        "anomalies_by_severity": by_severity,
        "top_anomalies": top,
        "model_version": model_version,
    })
}

/// Messages in a result are cut; the whole line is at `/api/logs/{id}`.
fn shorten(message: &str) -> &str {
    const LIMIT: usize = 500;
    if message.len() <= LIMIT { message } else { &message[..message.floor_char_boundary(LIMIT)] }
}
