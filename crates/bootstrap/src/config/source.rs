//! Where settings come from: a TOML file, the environment, the command line.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use config::{File, FileFormat};

use super::Config;

/// The file that is read when none is named and it exists.
const DEFAULT_FILE: &str = "/etc/noctule/config.toml";
/// The start of our names in the environment; `__` stands between a section and its setting.
const PREFIX: &str = "NOCTULE_";

/// Names in the environment that start like settings and are read elsewhere: by the command line
/// and by the tests.
const OTHER_NAMES: [&str; 6] = [
    "NOCTULE_CONFIG",
    "NOCTULE_URL",
    "NOCTULE_HMAC_KEY",
    "NOCTULE_HMAC_KEY_ID",
    "NOCTULE_TOKEN",
    "NOCTULE_MODEL_DIR",
];

/// Names that other systems use for our settings.
const ALIASES: [(&str, &str); 8] = [
    ("DATABASE_URL", "database_url"),
    ("REDIS_URL", "redis_url"),
    ("EMAIL_HOST", "smtp.host"),
    ("EMAIL_PORT", "smtp.port"),
    ("EMAIL_HOST_USER", "smtp.username"),
    ("EMAIL_HOST_PASSWORD", "smtp.password"),
    ("DEFAULT_FROM_EMAIL", "smtp.from"),
    ("RUST_LOG", "log.filter"),
];

/// Every setting that the environment may give.
const SETTINGS: [&str; 29] = [
    "listen",
    "health_listen",
    "data_dir",
    "database_url",
    "database_connections",
    "redis_url",
    "master_key",
    "bootstrap_hmac_key",
    "bootstrap_admin_token",
    "model.embedder",
    "model.dir",
    "model.download",
    "model.replicas",
    "workers.analysis",
    "workers.real_time",
    "workers.batch_processing",
    "workers.pattern",
    "workers.notifications",
    "workers.maintenance",
    "smtp.host",
    "smtp.port",
    "smtp.tls",
    "smtp.username",
    "smtp.password",
    "smtp.from",
    "smtp.to",
    "smtp.base_url",
    "log.format",
    "log.filter",
];

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that holds settings or a secret cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A setting is unknown or its value does not fit.
    #[error("the configuration is wrong")]
    Wrong(#[from] config::ConfigError),
}

/// Where to look for settings.
#[derive(Debug, Clone, Default)]
pub struct ConfigSource {
    /// The file that the command line names.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// Settings from the command line, by name: `listen`, `model.embedder`.
    pub overrides: Vec<(&'static str, String)>,
}

impl ConfigSource {
    /// The process's own environment, and a file if one is named there.
    #[must_use]
    pub fn from_environment() -> Self {
        let environment: BTreeMap<_, _> = env::vars().collect();
        let file = environment.get("NOCTULE_CONFIG").map(PathBuf::from);
        Self { file, environment, overrides: Vec::new() }
    }

    /// Reads all sources.
    ///
    /// # Errors
    /// [`ConfigError`] naming the file or the setting.
    pub fn load(&self) -> Result<Config, ConfigError> {
        let mut builder = config::Config::builder();
        if let Some(text) = self.file_text()? {
            builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
        }
        for (name, value) in self.variables()? {
            builder = builder.set_override(name, value)?;
        }
        for (name, value) in &self.overrides {
            builder = builder.set_override(*name, value.as_str())?;
        }
        Ok(builder.build()?.try_deserialize()?)
    }

    /// Names in the environment that start like ours but mean nothing, most likely misspelt.
    #[must_use]
    pub fn unknown_variables(&self) -> Vec<&str> {
        let is_known = |name: &str| {
            let name = name.strip_suffix("_FILE").unwrap_or(name);
            OTHER_NAMES.contains(&name)
                || name.starts_with("NOCTULE_TEST_")
                || SETTINGS.iter().any(|setting| variable_of(setting) == name)
        };
        let ours = self.environment.keys().filter(|name| name.starts_with(PREFIX));
        ours.map(String::as_str).filter(|name| !is_known(name)).collect()
    }

    fn file_text(&self) -> Result<Option<String>, ConfigError> {
        match &self.file {
            Some(path) => read(path).map(Some),
            None if Path::new(DEFAULT_FILE).exists() => read(Path::new(DEFAULT_FILE)).map(Some),
            None => Ok(None),
        }
    }

    /// Settings from the environment: aliases first, so that our own names win over them. A name
    /// with `_FILE` at its end names a file that holds the value.
    fn variables(&self) -> Result<Vec<(&'static str, String)>, ConfigError> {
        let mut found = Vec::new();
        let names = ALIASES.iter().map(|(alias, setting)| ((*alias).to_owned(), *setting));
        let own = SETTINGS.iter().map(|setting| (variable_of(setting), *setting));
        for (name, setting) in names.chain(own) {
            if let Some(path) = self.environment.get(&format!("{name}_FILE")) {
                found.push((setting, read(Path::new(path))?.trim().to_owned()));
            }
            if let Some(value) = self.environment.get(&name).filter(|value| !value.is_empty()) {
                found.push((setting, value.clone()));
            }
        }
        Ok(found)
    }
}

fn variable_of(setting: &str) -> String {
    format!("{PREFIX}{}", setting.replace('.', "__").to_uppercase())
}

fn read(path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use noctule_jobs::Queue;

    use super::*;
    use crate::{EmbedderKind, SmtpTls};

    fn source(variables: &[(&str, &str)]) -> ConfigSource {
        let environment =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        ConfigSource { environment: environment.collect(), ..ConfigSource::default() }
    }

    #[test]
    fn nothing_at_all_is_a_working_configuration() {
        let config = source(&[]).load().unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8000");
        assert!(config.is_embedded());
        assert_eq!(config.workers.slots(Queue::Maintenance), 1);
    }

    #[test]
    fn later_sources_win() {
        let files = tempfile::tempdir().unwrap();
        let file = files.path().join("config.toml");
        fs::write(&file, "listen = \"127.0.0.1:1\"\n[smtp]\nhost = \"a\"\ntls = \"none\"\n")
            .unwrap();
        let mut source = source(&[
            ("NOCTULE_LISTEN", "127.0.0.1:2"),
            ("DATABASE_URL", "postgres://alias/a"),
            ("NOCTULE_DATABASE_URL", "postgres://own/a"),
            ("REDIS_URL", "redis://r"),
            ("NOCTULE_WORKERS__ANALYSIS", "7"),
            ("NOCTULE_MODEL__EMBEDDER", "hashing"),
            ("NOCTULE_BOOTSTRAP_HMAC_KEY", "00012"),
        ]);
        source.file = Some(file);
        source.overrides.push(("listen", "127.0.0.1:3".to_owned()));
        let config = source.load().unwrap();
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.database_address(), "postgres://own/a");
        assert_eq!(config.redis_url.unwrap().expose(), "redis://r");
        assert_eq!(config.smtp.host.as_deref(), Some("a"));
        assert_eq!(config.smtp.tls, SmtpTls::None);
        assert_eq!(config.workers.slots(Queue::Analysis), 7);
        assert_eq!(config.model.embedder, EmbedderKind::Hashing);
        assert_eq!(config.bootstrap_hmac_key.unwrap().expose(), "00012");
    }

    #[test]
    fn secrets_come_from_files_and_are_never_shown() {
        let files = tempfile::tempdir().unwrap();
        let file = files.path().join("secret");
        fs::write(&file, "hunter2\n").unwrap();
        let config =
            source(&[("NOCTULE_SMTP__PASSWORD_FILE", file.to_str().unwrap())]).load().unwrap();
        assert_eq!(config.smtp.password.as_ref().unwrap().expose(), "hunter2");
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn unknown_settings_are_named() {
        let files = tempfile::tempdir().unwrap();
        let file = files.path().join("config.toml");
        fs::write(&file, "lisen = \"127.0.0.1:1\"\n").unwrap();
        let source = ConfigSource { file: Some(file), ..source(&[("NOCTULE_LISEN", "x")]) };
        let error = source.load().unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("lisen"), "{cause}");
        assert_eq!(source.unknown_variables(), ["NOCTULE_LISEN"]);
    }

    #[test]
    fn every_listed_setting_can_be_set() {
        let defaults = config::Config::builder().build().unwrap();
        assert!(defaults.try_deserialize::<Config>().is_ok());
        for setting in SETTINGS {
            let value = match setting {
                "listen" | "health_listen" => "127.0.0.1:1",
                "model.embedder" => "minilm",
                "model.download" => "false",
                "smtp.tls" => "tls",
                "log.format" => "json",
                name if name.starts_with("workers.") => "1",
                "smtp.port" | "model.replicas" | "database_connections" => "1",
                _ => "text",
            };
            let source = source(&[(&variable_of(setting), value)]);
            assert!(source.load().is_ok(), "{setting}");
        }
    }
}
