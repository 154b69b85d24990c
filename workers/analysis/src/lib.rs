//! The worker of queue `analysis`: judges single posted lines.
//!
//! It holds many lines at once; the pipeline and the store gather what they ask for, so a crowd
//! of lines costs little more than one.

use std::sync::Arc;

use noctule_jobs::{AnalysisJob, JobFailure};
use noctule_queue::{Attempt, Done, Handler};
use noctule_scoring::Pipeline;
use noctule_store::Store;

/// Judges single posted lines.
#[derive(Debug)]
pub struct AnalysisWorker {
    /// Where lines are read.
    pub store: Store,
    /// What judges them.
    pub pipeline: Arc<Pipeline>,
}

impl Handler for AnalysisWorker {
    type Job = AnalysisJob;

    async fn handle(&self, job: &AnalysisJob, attempt: &Attempt) -> Result<Done, JobFailure> {
        let AnalysisJob::AnalyzeLine { log_id } = *job;
        let scope = attempt.scope();
        let line = self.store.line(scope, log_id).await.map_err(JobFailure::dependency)?;
        let Some(line) = line else {
            return Err(JobFailure::permanent(format!("log line {log_id} does not exist")));
        };
        let mut lines = vec![line];
        if attempt.has_overlapped() {
            lines = self.pipeline.unscored(lines).await.map_err(JobFailure::dependency)?;
        }
        let effects = self.pipeline.score(scope, lines.into()).await?;
        Ok(Done { result: None, effects })
    }
}
