//! The worker of queue `notifications`: tells people by e-mail. The only crate that names lettre.

mod mail;
mod mailer;

use std::time::Duration;

use noctule_bootstrap::SmtpConfig;
use noctule_jobs::{JobFailure, NotificationJob};
use noctule_queue::{Attempt, Done, Handler};
use noctule_store::{Effects, Store};
use serde_json::json;

use mail::AnomalyMail;
use mailer::Mailer;

/// How far back the count of like anomalies in a mail goes.
const COUNTED: Duration = Duration::from_hours(1);

/// Tells people.
#[derive(Debug)]
pub struct NotificationWorker {
    store: Store,
    /// `None` when no server or nobody to write to is configured.
    mailer: Option<Mailer>,
}

impl NotificationWorker {
    /// A worker that sends through the configured server.
    ///
    /// # Errors
    /// When the server's settings or an address cannot be used.
    pub fn new(store: Store, smtp: &SmtpConfig) -> anyhow::Result<Self> {
        let mailer = Mailer::new(smtp)?;
        Ok(Self { store, mailer })
    }
}

impl Handler for NotificationWorker {
    type Job = NotificationJob;

    async fn handle(&self, job: &NotificationJob, attempt: &Attempt) -> Result<Done, JobFailure> {
        let NotificationJob::MailAnomaly { anomaly_id } = *job;
        let Some(mailer) = &self.mailer else {
            let result =
                json!({ "sent": 0, "reason": "no mail server or recipient is configured" });
            return Ok(Done { result: Some(result), effects: Effects::default() });
        };
        let scope = attempt.scope();
        let found = self.store.find_anomaly(scope, anomaly_id).await;
        let Some(anomaly) = found.map_err(JobFailure::dependency)? else {
            return Err(JobFailure::permanent(format!("anomaly {anomaly_id} does not exist")));
        };
        let since = anomaly.detected_at.minus(COUNTED);
        let alike = self.store.count_template_anomalies(scope, anomaly.template, since).await;
        let mail = AnomalyMail { anomaly, alike: alike.map_err(JobFailure::dependency)? };
        let sent = mailer.send(&mail).await?;
        let result = json!({ "sent": sent });
        Ok(Done { result: Some(result), effects: Effects::default() })
    }
}
