//! What a failed attempt means for the job. The handler decides, because only it knows.

use std::{error::Error, fmt, time::Duration};

/// Why an attempt failed, and what follows from it.
#[derive(Debug)]
pub enum JobFailure {
    /// Something that the job needs is away (database, SMTP server, model). The attempt does not
    /// count; the job waits and runs again.
    Dependency {
        /// What happened.
        error: Box<dyn Error + Send + Sync>,
        /// How long to wait, if the dependency said so.
        retry_after: Option<Duration>,
    },
    /// The worker was asked to stop. The attempt does not count, and the job is ready at once.
    Interrupted,
    /// It may work next time. The attempt counts.
    Retryable(Box<dyn Error + Send + Sync>),
    /// It will never work: a dead letter at once.
    Permanent(Box<dyn Error + Send + Sync>),
}

impl JobFailure {
    /// A dependency is away.
    pub fn dependency(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Dependency { error: error.into(), retry_after: None }
    }

    /// It may work next time.
    pub fn retryable(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Retryable(error.into())
    }

    /// It will never work.
    pub fn permanent(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Permanent(error.into())
    }

    /// The error and its causes in one line.
    #[must_use]
    pub fn chain(&self) -> String {
        let error = match self {
            Self::Interrupted => return "the worker was asked to stop".to_owned(),
            Self::Dependency { error, .. } | Self::Retryable(error) | Self::Permanent(error) => {
                error
            }
        };
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            cause = inner.source();
        }
        text
    }
}

impl fmt::Display for JobFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chain())
    }
}
