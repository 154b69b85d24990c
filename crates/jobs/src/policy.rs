//! How each queue treats its jobs: attempts, backoff, lease, slots.

use std::time::Duration;

use crate::Queue;

/// After so many silent ends of its worker a job is taken for the cause and buried.
///
/// Five, because a limit of three would bury innocents when workers are killed every second or
/// two for other reasons; at five the chance is below one in a hundred thousand.
pub const MAX_CRASHES: i32 = 5;

/// A queue's defaults.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueuePolicy {
    /// How many failing attempts a job has before it is dead.
    pub max_attempts: i32,
    /// How long to wait between attempts.
    pub backoff: Backoff,
    /// How long a worker may stay silent before its jobs are given to others.
    pub lease: Duration,
    /// How long one attempt may take before it is given up as a retryable failure.
    pub time_limit: Duration,
    /// How many jobs a worker holds at once by default.
    pub slots: u32,
}

/// Exponential backoff with full jitter between half and the whole of the delay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// The delay after the first failure.
    pub base: Duration,
    /// What each further failure multiplies it by.
    pub factor: f64,
    /// The longest delay.
    pub cap: Duration,
}

impl Backoff {
    /// The delay after failure number `failures` (1 is the first), with `jitter` in 0..1.
    #[must_use]
    pub fn delay(&self, failures: i32, jitter: f64) -> Duration {
        let exponent = f64::from(failures.saturating_sub(1).clamp(0, 64));
        let whole = self.base.as_secs_f64() * self.factor.powf(exponent);
        let capped = whole.min(self.cap.as_secs_f64());
        Duration::from_secs_f64(capped * (0.5 + 0.5 * jitter.clamp(0.0, 1.0)))
    }
}

impl Queue {
    /// The queue's policy.
    ///
    /// `analysis` and `real_time` hold many jobs at once, because a job there is one line: its
    /// worker gathers the lines of all its slots into one batch for the model and one commit.
    #[must_use]
    pub const fn policy(self) -> QueuePolicy {
        match self {
            Self::Analysis => policy(5, backoff(10, 3.0, 600), 20, 600, 256),
            Self::RealTime => policy(3, backoff(1, 2.0, 10), 15, 15, 64),
            Self::BatchProcessing => policy(3, backoff(60, 4.0, 3_600), 20, 8_100, 2),
            Self::Pattern => policy(4, backoff(30, 3.0, 900), 20, 2_100, 1),
            Self::Notifications => policy(10, backoff(5, 2.0, 3_600), 20, 30, 16),
            Self::Maintenance => policy(3, backoff(300, 2.0, 3_600), 20, 3_600, 1),
        }
    }
}

const fn policy(
    max_attempts: i32,
    backoff: Backoff,
    lease_s: u64,
    time_limit_s: u64,
    slots: u32,
) -> QueuePolicy {
    QueuePolicy {
        max_attempts,
        backoff,
        lease: Duration::from_secs(lease_s),
        time_limit: Duration::from_secs(time_limit_s),
        slots,
    }
}

const fn backoff(base_s: u64, factor: f64, cap_s: u64) -> Backoff {
    Backoff { base: Duration::from_secs(base_s), factor, cap: Duration::from_secs(cap_s) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_the_cap_and_jitter_takes_at_most_half() {
        let backoff = backoff(10, 3.0, 600);
        let whole: Vec<_> = (1..=6).map(|n| backoff.delay(n, 1.0).as_secs()).collect();
        assert_eq!(whole, [10, 30, 90, 270, 600, 600]);
        assert_eq!(backoff.delay(1, 0.0), Duration::from_secs(5));
        assert_eq!(backoff.delay(i32::MAX, 1.0), Duration::from_mins(10));
    }
}
