//! How an attempt that failed ends: what the failure means for the job. A pure decision.

use std::time::Duration;

use noctule_jobs::{JobFailure, Queue};
use noctule_store::{JobWrite, LeasedJob};

/// The shortest wait for a dependency that did not say how long it will be away.
const DEPENDENCY_WAIT: Duration = Duration::from_secs(2);
/// The longest error text that is stored.
const MAX_ERROR_BYTES: usize = 4_096;

/// Why an attempt did not end with findings.
#[derive(Debug)]
pub(super) enum Ending {
    /// The payload is not a job of this queue.
    Undecodable(String),
    /// The handler said so.
    Failed(JobFailure),
    /// The handler panicked.
    Panicked(String),
    /// The handler took longer than the queue allows.
    TimedOut,
}

impl Ending {
    /// The name of the outcome in metrics.
    pub(super) const fn outcome(&self) -> &'static str {
        match self {
            Self::Undecodable(_) => "undecodable",
            Self::Failed(JobFailure::Dependency { .. }) => "dependency",
            Self::Failed(JobFailure::Interrupted) => "interrupted",
            Self::Failed(JobFailure::Retryable(_)) => "retryable",
            Self::Failed(JobFailure::Permanent(_)) => "permanent",
            Self::Panicked(_) => "panicked",
            Self::TimedOut => "timed_out",
        }
    }

    /// The write that follows; `jitter` is in 0..1.
    pub(super) fn into_write(self, leased: &LeasedJob, jitter: f64) -> JobWrite {
        let lease = leased.lease;
        match self {
            Self::Undecodable(error) => JobWrite::Fail { lease, reason: "decode", error },
            Self::Failed(JobFailure::Interrupted) => JobWrite::Retry {
                lease,
                delay: Duration::ZERO,
                counts: false,
                error: shorten(JobFailure::Interrupted.chain()),
            },
            Self::Failed(failure @ JobFailure::Dependency { retry_after, .. }) => JobWrite::Retry {
                lease,
                delay: retry_after.unwrap_or_else(|| DEPENDENCY_WAIT.mul_f64(1.0 + jitter)),
                counts: false,
                error: shorten(failure.chain()),
            },
            Self::Failed(failure @ JobFailure::Permanent(_)) => {
                JobWrite::Fail { lease, reason: "fatal", error: shorten(failure.chain()) }
            }
            Self::Failed(failure @ JobFailure::Retryable(_)) => {
                retry(leased, "exhausted", shorten(failure.chain()), jitter)
            }
            Self::Panicked(message) => {
                retry(leased, "exhausted", shorten(format!("panicked: {message}")), jitter)
            }
            Self::TimedOut => {
                let limit = leased.queue.policy().time_limit;
                retry(leased, "timeout", format!("took longer than {limit:?}"), jitter)
            }
        }
    }
}

fn retry(leased: &LeasedJob, last: &'static str, error: String, jitter: f64) -> JobWrite {
    let lease = leased.lease;
    if leased.attempt >= leased.max_attempts {
        return JobWrite::Fail { lease, reason: last, error };
    }
    let policy = Queue::policy(leased.queue);
    let delay = policy.backoff.delay(leased.attempt, jitter);
    JobWrite::Retry { lease, delay, counts: true, error }
}

fn shorten(mut error: String) -> String {
    if error.len() > MAX_ERROR_BYTES {
        error.truncate(error.floor_char_boundary(MAX_ERROR_BYTES));
    }
    error
}

#[cfg(test)]
mod tests {
    use noctule_domain::{JobId, TenantId};
    use noctule_store::Lease;

    use super::*;

    fn leased(attempt: i32) -> LeasedJob {
        LeasedJob {
            lease: Lease { job_id: JobId::generate(), token: 1 },
            tenant_id: TenantId::DEFAULT,
            queue: Queue::Analysis,
            payload: String::new(),
            attempt,
            max_attempts: 5,
            progress_done: 0,
        }
    }

    #[test]
    fn each_failure_has_its_consequence() {
        let check = |ending: Ending, attempt, expected: &str| {
            let told = match ending.into_write(&leased(attempt), 1.0) {
                JobWrite::Retry { delay, counts, .. } => {
                    format!("retry in {delay:?}, counts {counts}")
                }
                JobWrite::Fail { reason, .. } => format!("fail: {reason}"),
                other => panic!("{other:?}"),
            };
            assert_eq!(told, expected);
        };
        check(Ending::Undecodable("x".into()), 1, "fail: decode");
        check(Ending::Failed(JobFailure::permanent("x")), 1, "fail: fatal");
        check(Ending::Failed(JobFailure::dependency("x")), 5, "retry in 4s, counts false");
        check(Ending::Failed(JobFailure::Interrupted), 5, "retry in 0ns, counts false");
        check(Ending::Failed(JobFailure::retryable("x")), 1, "retry in 10s, counts true");
        check(Ending::Failed(JobFailure::retryable("x")), 5, "fail: exhausted");
        check(Ending::Panicked("x".into()), 2, "retry in 30s, counts true");
        check(Ending::TimedOut, 5, "fail: timeout");
    }
}
