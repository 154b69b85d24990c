//! The states of a job, each with Celery's word for it.

/// Where a job stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Waits for its time.
    Scheduled,
    /// Ready to run.
    Queued,
    /// Failed, waits for its next attempt.
    Retrying,
    /// A worker holds it under a lease.
    Running,
    /// Done. Final.
    Succeeded,
    /// Given up: a dead letter with its reason. Final.
    Failed,
    /// Called off. Final.
    Cancelled,
    /// Its time to start had passed. Final.
    Expired,
}

impl JobState {
    /// All states, those that may still run first.
    pub const ALL: [Self; 8] = [
        Self::Scheduled,
        Self::Queued,
        Self::Retrying,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The number in the store. Below 3: claimable; 3: leased; above: final. The indexes of the
    /// job table rest on this order.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Scheduled => 0,
            Self::Queued => 1,
            Self::Retrying => 2,
            Self::Running => 3,
            Self::Succeeded => 4,
            Self::Failed => 5,
            Self::Cancelled => 6,
            Self::Expired => 7,
        }
    }

    /// The inverse of [`JobState::code`].
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Our own name for the state.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Retrying => "retrying",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Celery's word for the state, as `/api/task-status` gives it.
    #[must_use]
    pub const fn celery_name(self) -> &'static str {
        match self {
            Self::Scheduled | Self::Queued => "PENDING",
            Self::Retrying => "RETRY",
            Self::Running => "STARTED",
            Self::Succeeded => "SUCCESS",
            Self::Failed => "FAILURE",
            Self::Cancelled | Self::Expired => "REVOKED",
        }
    }

    /// Whether the job will never run again by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        self.code() > Self::Running.code()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_final_states_are_the_last_four() {
        for state in JobState::ALL {
            assert_eq!(JobState::from_code(state.code()), Some(state));
            assert_eq!(state.is_final(), state.code() >= 4, "{}", state.name());
        }
        assert_eq!(JobState::from_code(8), None);
    }
}
