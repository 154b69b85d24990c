//! What a fleet is made of.

use std::{fs, path::Path};

use noctule_test_servers::MailServer;

use super::{Member, data_dir};
use crate::{HMAC_KEY, TOKEN, model_dir};

/// The shapes of a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `noctule up` on SQLite.
    Embedded,
    /// The API, six workers and the scheduler, on Postgres and Redis.
    Distributed,
}

/// What turns text into vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Embedder {
    /// The deterministic stand-in, which starts at once.
    Hashing,
    /// The real model.
    Minilm,
}

/// What a fleet is made of.
#[derive(Debug, Clone)]
pub struct FleetOptions {
    /// Its shape.
    pub shape: Shape,
    /// What turns text into vectors.
    pub embedder: Embedder,
    /// Whether a mail server runs beside it, and mail is sent there.
    pub has_mail: bool,
    /// Whether Redis runs from the start, when it is distributed.
    pub has_redis: bool,
    /// The members of a distributed fleet that run.
    pub members: Vec<Member>,
    /// Further settings, as environment variables.
    pub settings: Vec<(&'static str, String)>,
}

impl FleetOptions {
    /// A whole fleet without mail and without the model.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        Self {
            shape,
            embedder: Embedder::Hashing,
            has_mail: false,
            has_redis: true,
            members: Member::DISTRIBUTED.to_vec(),
            settings: Vec::new(),
        }
    }

    pub(super) fn members(&self) -> Vec<Member> {
        match self.shape {
            Shape::Embedded => vec![Member::Up],
            Shape::Distributed => self.members.clone(),
        }
    }

    /// The settings that all members share, as environment variables.
    pub(super) fn environment(
        &self,
        files: &Path,
        mail: Option<&MailServer>,
    ) -> anyhow::Result<Vec<(&'static str, String)>> {
        let data = data_dir(files);
        fs::create_dir_all(&data)?;
        let mut environment = vec![
            ("NOCTULE_DATA_DIR", data.display().to_string()),
            ("NOCTULE_MASTER_KEY", "5e".repeat(32)),
            ("NOCTULE_BOOTSTRAP_HMAC_KEY", HMAC_KEY.to_owned()),
            ("NOCTULE_BOOTSTRAP_ADMIN_TOKEN", TOKEN.to_owned()),
        ];
        match self.embedder {
            Embedder::Hashing => {
                environment.push(("NOCTULE_MODEL__EMBEDDER", "hashing".to_owned()));
            }
            Embedder::Minilm => {
                environment.push(("NOCTULE_MODEL__DIR", model_dir()?.display().to_string()));
            }
        }
        if let Some(mail) = mail {
            environment.push(("NOCTULE_SMTP__HOST", "127.0.0.1".to_owned()));
            environment.push(("NOCTULE_SMTP__PORT", mail.port().to_string()));
            environment.push(("NOCTULE_SMTP__TLS", "none".to_owned()));
            environment.push(("NOCTULE_SMTP__TO", "operator@example.com".to_owned()));
        }
        environment.extend(self.settings.iter().cloned());
        Ok(environment)
    }
}
