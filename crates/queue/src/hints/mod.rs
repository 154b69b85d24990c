//! Hints: ids of jobs that are probably ready.

mod hinter;
mod in_process;
mod redis_list;

use std::{sync::Arc, time::Duration};

use noctule_domain::JobId;
use noctule_jobs::Queue;

pub use hinter::Hinter;
pub use redis_list::RedisAddressError;

use in_process::InProcessHints;
use redis_list::RedisHints;

/// The most hints that a queue holds. More would only repeat what the store knows.
pub(crate) const MAX_HINTS: usize = 2_000;

/// Where hints travel. Clones share the lists.
#[derive(Debug, Clone)]
pub enum Hints {
    /// Between threads of this process.
    InProcess(InProcessHints),
    /// Between processes, over one Redis list for each queue.
    Redis(Arc<RedisHints>),
}

impl Hints {
    /// Hints for a fleet that is one process.
    #[must_use]
    pub fn in_process() -> Self {
        Self::InProcess(InProcessHints::default())
    }

    /// Hints for a fleet of processes. Redis need not be there yet.
    ///
    /// # Errors
    /// [`RedisAddressError`] when `url` is not a Redis address.
    pub fn redis(url: &str) -> Result<Self, RedisAddressError> {
        Ok(Self::Redis(Arc::new(RedisHints::new(url)?)))
    }

    /// Whether hints can travel right now; for readiness and for `doctor`.
    pub async fn is_reachable(&self) -> bool {
        match self {
            Self::InProcess(_) => true,
            Self::Redis(redis) => redis.ping().await,
        }
    }

    /// Adds hints, as far as there is room. Tells whether the list could be reached.
    pub(crate) async fn push(&self, queue: Queue, ids: &[JobId]) -> bool {
        match self {
            Self::InProcess(lists) => {
                lists.push(queue, ids);
                true
            }
            Self::Redis(redis) => redis.push(queue, ids).await,
        }
    }

    /// Opens the reading end for one worker.
    pub(crate) fn reader(&self, queue: Queue) -> HintReader {
        match self {
            Self::InProcess(lists) => HintReader::InProcess(lists.clone(), queue),
            Self::Redis(redis) => HintReader::Redis(Box::new(redis.reader(queue))),
        }
    }
}

/// The reading end of a queue's hints.
#[derive(Debug)]
pub(crate) enum HintReader {
    InProcess(InProcessHints, Queue),
    Redis(Box<redis_list::RedisReader>),
}

/// What a reader found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Ids of jobs that are probably ready.
    Hints(Vec<JobId>),
    /// Nobody said anything for the whole time.
    Silence,
    /// The list cannot be reached, so silence means nothing.
    Deaf,
}

impl HintReader {
    /// Waits for hints, at most `patience`, and takes up to `max` of them.
    pub(crate) async fn listen(&mut self, max: usize, patience: Duration) -> Heard {
        match self {
            Self::InProcess(lists, queue) => lists.listen(*queue, max, patience).await,
            Self::Redis(reader) => reader.listen(max, patience).await,
        }
    }
}
