//! The six queues. Their names are those of the Celery system that Noctule replaces.

use std::{fmt, str::FromStr};

/// A queue: one kind of work, one Redis list, one worker binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    /// One posted log line each.
    Analysis,
    /// Named log ids, lowest latency.
    RealTime,
    /// Many lines each, with progress and checkpoints.
    BatchProcessing,
    /// Time windows.
    Pattern,
    /// E-mail.
    Notifications,
    /// Housekeeping.
    Maintenance,
}

impl Queue {
    /// All queues.
    pub const ALL: [Self; 6] = [
        Self::Analysis,
        Self::RealTime,
        Self::BatchProcessing,
        Self::Pattern,
        Self::Notifications,
        Self::Maintenance,
    ];

    /// The queue's name in the API, in metrics, and (prefixed) in Redis.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Analysis => "analysis",
            Self::RealTime => "real_time",
            Self::BatchProcessing => "batch_processing",
            Self::Pattern => "pattern",
            Self::Notifications => "notifications",
            Self::Maintenance => "maintenance",
        }
    }

    /// A small number for storage; never reused for another queue.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Analysis => 1,
            Self::RealTime => 2,
            Self::BatchProcessing => 3,
            Self::Pattern => 4,
            Self::Notifications => 5,
            Self::Maintenance => 6,
        }
    }

    /// The inverse of [`Queue::code`].
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.code() == code)
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Queue {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|queue| queue.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            format!("unknown queue {name:?}; the queues are {known}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_round_trip() {
        for queue in Queue::ALL {
            assert_eq!(queue.name().parse(), Ok(queue));
            assert_eq!(Queue::from_code(queue.code()), Some(queue));
        }
        assert!("celery".parse::<Queue>().unwrap_err().contains("batch_processing"));
    }
}
