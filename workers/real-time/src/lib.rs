//! The worker of queue `real_time`: judges named lines with the lowest latency.

use std::sync::Arc;

use noctule_jobs::{JobFailure, RealTimeJob};
use noctule_queue::{Attempt, Done, Handler};
use noctule_scoring::Pipeline;
use noctule_store::Store;
use serde_json::json;

/// Judges named lines. Those that have a verdict keep it.
#[derive(Debug)]
pub struct RealTimeWorker {
    /// Where lines are read.
    pub store: Store,
    /// What judges them.
    pub pipeline: Arc<Pipeline>,
}

impl Handler for RealTimeWorker {
    type Job = RealTimeJob;

    async fn handle(&self, job: &RealTimeJob, attempt: &Attempt) -> Result<Done, JobFailure> {
        let RealTimeJob::AnalyzeLines { log_ids } = job;
        let scope = attempt.scope();
        let found = self.store.lines_by_id(scope, log_ids).await.map_err(JobFailure::dependency)?;
        let found_count = found.len();
        let mut lines = self.pipeline.unscored(found).await.map_err(JobFailure::dependency)?;
        lines.sort_unstable_by_key(|line| line.id);
        let effects = self.pipeline.score(scope, lines.into()).await?;
        let anomalies: Vec<_> = effects
            .lines
            .iter()
            .filter_map(|line| line.anomaly.map(|id| (id, line)))
            .map(|(id, line)| {
                json!({ "id": id.to_string(), "log_id": line.log_id.0, "score": line.score })
            })
            .collect();
        let result = json!({
            "analyzed": effects.lines.len(),
            "already_analyzed": found_count - effects.lines.len(),
            "anomalies": anomalies,
            "model_version": self.pipeline.model_version(),
        });
        Ok(Done { result: Some(result), effects })
    }
}
