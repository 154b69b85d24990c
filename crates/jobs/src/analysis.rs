//! Queue `analysis`: one posted log line.

use noctule_domain::LogId;
use serde::{Deserialize, Serialize};

use crate::{Job, Queue, wire};

/// What the analysis worker does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AnalysisJob {
    /// Judge one stored line.
    AnalyzeLine {
        /// The line.
        #[serde(with = "wire::log_id")]
        log_id: LogId,
    },
}

impl Job for AnalysisJob {
    const QUEUE: Queue = Queue::Analysis;

    fn kind(&self) -> &'static str {
        match self {
            Self::AnalyzeLine { .. } => "analyze_line",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_small_and_stable() {
        let job = AnalysisJob::AnalyzeLine { log_id: LogId(7) };
        assert_eq!(job.encode(), r#"{"kind":"analyze_line","log_id":7}"#);
        assert_eq!(AnalysisJob::decode(&job.encode()).unwrap(), job);
    }

    #[test]
    fn a_foreign_payload_is_an_error_that_names_the_queue() {
        for payload in ["", "{}", r#"{"kind":"from_the_future"}"#] {
            let error = AnalysisJob::decode(payload).unwrap_err();
            assert!(error.to_string().contains("analysis"), "{error}");
        }
    }
}
