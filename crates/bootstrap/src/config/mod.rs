//! The settings of every process, from defaults, a file, the environment and the command line;
//! the later source wins.

mod secret;
mod source;

use std::{net::SocketAddr, path::PathBuf};

use noctule_jobs::Queue;
use serde::Deserialize;

pub use secret::Secret;
pub use source::{ConfigError, ConfigSource};

/// All settings. Every field has a default, so an empty configuration is a working one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the API listens. `NOCTULE_LISTEN`.
    pub listen: SocketAddr,
    /// Where a worker or the scheduler answers `/livez`, `/readyz` and `/metrics`; nowhere when
    /// not set. `NOCTULE_HEALTH_LISTEN`.
    pub health_listen: Option<SocketAddr>,
    /// The folder for the embedded database, the model and the master key. `NOCTULE_DATA_DIR`.
    pub data_dir: PathBuf,
    /// `postgres://…`, or `sqlite:…`; when not set, a SQLite file in the data folder.
    /// `NOCTULE_DATABASE_URL` or `DATABASE_URL`.
    pub database_url: Option<Secret>,
    /// The most connections that one process opens to Postgres.
    pub database_connections: u32,
    /// `redis://…`; when not set, hints stay in the process. `NOCTULE_REDIS_URL` or `REDIS_URL`.
    pub redis_url: Option<Secret>,
    /// 32 bytes as 64 hex digits, which encrypt the signing keys; when not set, a file in the
    /// data folder, made at first need. `NOCTULE_MASTER_KEY`.
    pub master_key: Option<Secret>,
    /// The first signing key, instead of a generated one. `NOCTULE_BOOTSTRAP_HMAC_KEY`.
    pub bootstrap_hmac_key: Option<Secret>,
    /// The first admin token, instead of a generated one. `NOCTULE_BOOTSTRAP_ADMIN_TOKEN`.
    pub bootstrap_admin_token: Option<Secret>,
    /// What turns text into vectors.
    pub model: ModelConfig,
    /// How many jobs each worker holds at once; 0 stands for the queue's default.
    pub workers: WorkersConfig,
    /// The mail server; without a host no mail is sent.
    pub smtp: SmtpConfig,
    /// What is logged, and how.
    pub log: LogConfig,
}

/// What turns text into vectors.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelConfig {
    /// `minilm` (BERT) or `hashing` (no model; a deterministic stand-in without meaning).
    pub embedder: EmbedderKind,
    /// A folder that holds the model's files; when not set, the cache in the data folder, then
    /// the hub's own cache.
    pub dir: Option<PathBuf>,
    /// Whether a missing model may be downloaded.
    pub download: bool,
    /// Model replicas, each on its own thread; 0 stands for the number of cores.
    pub replicas: usize,
}

/// The embedders that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmbedderKind {
    /// sentence-transformers all-MiniLM-L6-v2.
    Minilm,
    /// Feature hashing, for tests and for machines without the model.
    Hashing,
}

/// Jobs held at once, by queue; 0 stands for the queue's default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkersConfig {
    /// Queue `analysis`.
    pub analysis: u32,
    /// Queue `real_time`.
    pub real_time: u32,
    /// Queue `batch_processing`.
    pub batch_processing: u32,
    /// Queue `pattern`.
    pub pattern: u32,
    /// Queue `notifications`.
    pub notifications: u32,
    /// Queue `maintenance`.
    pub maintenance: u32,
}

/// How mail is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmtpConfig {
    /// The server; no mail without one. `NOCTULE_SMTP__HOST` or `EMAIL_HOST`.
    pub host: Option<String>,
    /// Its port; 0 stands for the usual port of the kind of encryption.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: SmtpTls,
    /// The user name, if the server asks for one.
    pub username: Option<String>,
    /// The password, if the server asks for one.
    pub password: Option<Secret>,
    /// The sender's address.
    pub from: String,
    /// The recipients' addresses, separated by commas.
    pub to: String,
    /// Where people reach the API, for links in mail.
    pub base_url: Option<String>,
}

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// Not at all; for servers on the same machine.
    None,
    /// From the `STARTTLS` command on, which the server must know.
    Starttls,
    /// From the first byte.
    Tls,
}

/// What is logged, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `text` for people, `json` for machines; `text` when not set.
    pub format: Option<LogFormat>,
    /// Levels by module, as in `info,noctule_queue=debug`.
    pub filter: String,
}

/// The forms of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8000)),
            health_listen: None,
            data_dir: dirs::data_dir().unwrap_or_else(|| PathBuf::from(".")).join("noctule"),
            database_url: None,
            database_connections: 10,
            redis_url: None,
            master_key: None,
            bootstrap_hmac_key: None,
            bootstrap_admin_token: None,
            model: ModelConfig::default(),
            workers: WorkersConfig::default(),
            smtp: SmtpConfig::default(),
            log: LogConfig::default(),
        }
    }
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self { embedder: EmbedderKind::Minilm, dir: None, download: true, replicas: 0 }
    }
}

impl Default for SmtpConfig {
    fn default() -> Self {
        Self {
            host: None,
            port: 0,
            tls: SmtpTls::Starttls,
            username: None,
            password: None,
            from: "noctule@localhost".to_owned(),
            to: String::new(),
            base_url: None,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: None, filter: "info,apalis_core=warn,sqlx=warn".to_owned() }
    }
}

impl Config {
    /// The database's address: the given one, or a file in the data folder.
    #[must_use]
    pub fn database_address(&self) -> String {
        match &self.database_url {
            Some(url) => url.expose().to_owned(),
            None => format!("sqlite:{}", self.data_dir.join("noctule.db").display()),
        }
    }

    /// Whether the database is a file that one process must have for itself.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.database_address().starts_with("sqlite:")
    }
}

impl WorkersConfig {
    /// How many jobs of a queue a worker holds at once.
    #[must_use]
    pub fn slots(&self, queue: Queue) -> u32 {
        let set = match queue {
            Queue::Analysis => self.analysis,
            Queue::RealTime => self.real_time,
            Queue::BatchProcessing => self.batch_processing,
            Queue::Pattern => self.pattern,
            Queue::Notifications => self.notifications,
            Queue::Maintenance => self.maintenance,
        };
        if set == 0 { queue.policy().slots } else { set }
    }
}
