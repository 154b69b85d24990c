//! The trait that every queue's enum has, and the record that is stored of a job.

use noctule_domain::{JobId, TenantId, TenantScope, Timestamp};
use serde::{Serialize, de::DeserializeOwned};

use crate::Queue;

/// A job: a variant of a queue's enum, with its parameters.
///
/// The encoding is JSON with the deed's name in `kind`, for example
/// `{"kind":"analyze_line","log_id":7}`.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The queue that the job travels on.
    const QUEUE: Queue;

    /// The name of the deed: `analyze_line`.
    fn kind(&self) -> &'static str;

    /// Encodes the job for the store.
    fn encode(&self) -> String {
        serde_json::to_string(self).expect("jobs are plain structs of numbers and strings")
    }

    /// Decodes a stored payload.
    ///
    /// # Errors
    /// [`DecodeError`] when the payload is not a job of this queue, such as one that a newer
    /// version wrote.
    fn decode(payload: &str) -> Result<Self, DecodeError> {
        serde_json::from_str(payload).map_err(|source| DecodeError { queue: Self::QUEUE, source })
    }
}

/// A payload that its queue's worker cannot read.
#[derive(Debug, thiserror::Error)]
#[error("payload is not a job of queue {queue}")]
pub struct DecodeError {
    /// The queue whose worker read it.
    pub queue: Queue,
    /// What serde says.
    pub source: serde_json::Error,
}

/// A job on its way into the store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// The job's id, known before it is stored so that the answer to the sender can name it.
    pub id: JobId,
    /// Whose job it is.
    pub tenant_id: TenantId,
    /// The queue that it goes to.
    pub queue: Queue,
    /// The name of the deed.
    pub kind: &'static str,
    /// The encoded job.
    pub payload: String,
    /// When it may run; `None` for at once.
    pub run_at: Option<Timestamp>,
    /// At most one job with the same kind and key is ever stored; a second one is dropped.
    pub dedupe_key: Option<String>,
}

impl NewJob {
    /// Records `job` for the scope's tenant, to be run at once.
    #[must_use]
    pub fn of<J: Job>(scope: TenantScope, job: &J) -> Self {
        Self {
            id: JobId::generate(),
            tenant_id: scope.tenant_id(),
            queue: J::QUEUE,
            kind: job.kind(),
            payload: job.encode(),
            run_at: None,
            dedupe_key: None,
        }
    }

    /// The same job, stored only if none of its kind with this key was stored before.
    #[must_use]
    pub fn unique(self, dedupe_key: String) -> Self {
        Self { dedupe_key: Some(dedupe_key), ..self }
    }
}
