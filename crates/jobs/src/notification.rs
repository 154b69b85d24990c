//! Queue `notifications`: telling people.

use noctule_domain::AnomalyId;
use serde::{Deserialize, Serialize};

use crate::{Job, Queue, wire};

/// What the notification worker does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NotificationJob {
    /// Mail one anomaly, with the count of its like since then.
    MailAnomaly {
        /// The anomaly.
        #[serde(with = "wire::anomaly_id")]
        anomaly_id: AnomalyId,
    },
}

impl Job for NotificationJob {
    const QUEUE: Queue = Queue::Notifications;

    fn kind(&self) -> &'static str {
        match self {
            Self::MailAnomaly { .. } => "mail_anomaly",
        }
    }
}
