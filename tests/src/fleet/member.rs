//! The processes of a fleet.

use std::fmt;

/// A process of a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// `noctule up`: everything in one.
    Up,
    /// The HTTP API.
    Api,
    /// Queue `analysis`.
    WorkerAnalysis,
    /// Queue `real_time`.
    WorkerRealTime,
    /// Queue `batch_processing`.
    WorkerBatch,
    /// Queue `pattern`.
    WorkerPattern,
    /// Queue `notifications`.
    WorkerNotification,
    /// Queue `maintenance`.
    WorkerMaintenance,
    /// Periodic work.
    Schedules,
}

impl Member {
    /// The members of a distributed fleet.
    pub const DISTRIBUTED: [Self; 8] = [
        Self::Api,
        Self::WorkerAnalysis,
        Self::WorkerRealTime,
        Self::WorkerBatch,
        Self::WorkerPattern,
        Self::WorkerNotification,
        Self::WorkerMaintenance,
        Self::Schedules,
    ];

    /// The name of its binary.
    #[must_use]
    pub const fn binary(self) -> &'static str {
        match self {
            Self::Up => "noctule",
            Self::Api => "api",
            Self::WorkerAnalysis => "worker-analysis",
            Self::WorkerRealTime => "worker-real-time",
            Self::WorkerBatch => "worker-batch",
            Self::WorkerPattern => "worker-pattern",
            Self::WorkerNotification => "worker-notification",
            Self::WorkerMaintenance => "worker-maintenance",
            Self::Schedules => "schedules",
        }
    }

    /// Whether it answers on the API's port.
    pub(super) const fn serves_api(self) -> bool {
        matches!(self, Self::Up | Self::Api)
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.binary())
    }
}
