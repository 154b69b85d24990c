//! What a client of the API needs: where it is and how to show who one is.
//!
//! The first `noctule up` leaves it in the data folder, readable by its owner alone, so that the
//! other verbs work on the same machine without any flags.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Args;
use noctule_bootstrap::Config;
use serde::{Deserialize, Serialize};

/// Where the API is, and who asks. What is not given comes from the data folder.
#[derive(Debug, Clone, Args)]
pub(crate) struct ClientArguments {
    /// The server's address.
    #[arg(long, env = "NOCTULE_URL")]
    url: Option<String>,
    /// The signing key.
    #[arg(long, env = "NOCTULE_HMAC_KEY", hide_env_values = true)]
    key: Option<String>,
    /// The signing key's id, if the key does not hold it.
    #[arg(long, env = "NOCTULE_HMAC_KEY_ID")]
    key_id: Option<String>,
    /// A bearer token.
    #[arg(long, env = "NOCTULE_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// A client's settings, as they are kept in the data folder.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Client {
    pub(crate) url: String,
    pub(crate) key_id: String,
    pub(crate) key: String,
    pub(crate) token: String,
}

impl ClientArguments {
    /// Joins the arguments with what the data folder knows.
    pub(crate) fn resolve(&self, config: &Config) -> anyhow::Result<Client> {
        let kept = Client::read(config);
        let from = |given: &Option<String>, kept: Option<&String>, what: &str, flag: &str| {
            given.clone().or_else(|| kept.cloned()).with_context(|| {
                format!("no {what}: give {flag}, or run this where `noctule up` runs")
            })
        };
        let kept = kept.as_ref();
        let key = from(&self.key, kept.map(|client| &client.key), "signing key", "--key")?;
        let key_id = match (&self.key_id, &self.key) {
            (Some(given), _) => given.clone(),
            (None, Some(given)) => noctule_api::key_id_of(given),
            (None, None) => kept.map(|client| client.key_id.clone()).unwrap_or_default(),
        };
        let token = from(&self.token, kept.map(|client| &client.token), "token", "--token")?;
        let usual = "http://127.0.0.1:8000".to_owned();
        let url = self.url.clone().or_else(|| kept.map(|client| client.url.clone()));
        let url = url.unwrap_or(usual).trim_end_matches('/').to_owned();
        Ok(Client { url, key_id, key, token })
    }
}

impl Client {
    /// Keeps the settings for later commands; only the owner can read them. Those of another
    /// installation are kept beside them, because its key cannot be shown again.
    pub(crate) fn keep(&self, config: &Config) -> anyhow::Result<()> {
        let path = path_of(config);
        if let Some(other) = Self::read(config).filter(|other| other.key != self.key) {
            let aside = path.with_file_name(format!("client-{}.json", other.key_id));
            fs::rename(&path, &aside)
                .with_context(|| format!("cannot keep {}", aside.display()))?;
        }
        let text = serde_json::to_string_pretty(self)?;
        let shown = path.display();
        let mut file = fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot write {shown}"))?;
        writeln!(file, "{text}").with_context(|| format!("cannot write {shown}"))
    }

    /// What an earlier start has kept, if it can be read.
    pub(crate) fn read(config: &Config) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(path_of(config)).ok()?).ok()
    }

    /// An HTTP agent for the server, with a limit on every request.
    pub(crate) fn agent(&self, limit: Duration) -> ureq::Agent {
        agent_for(&self.url, limit)
    }

    /// The header that signs a request (version 1), with a fresh nonce.
    pub(crate) fn signature(&self, time: i64, method: &str, address: &str, body: &[u8]) -> String {
        let nonce = hex::encode(rand::random::<[u8; 12]>());
        let signed = noctule_api::sign_v1(&self.key, time, &nonce, method, address, body);
        format!("t={time},n={nonce},kid={},v1={signed}", self.key_id)
    }
}

/// An HTTP agent for the server at `url`, with a limit on every request.
pub(crate) fn agent_for(url: &str, limit: Duration) -> ureq::Agent {
    let config =
        ureq::Agent::config_builder().timeout_global(Some(limit)).http_status_as_error(false);
    // A proxy that the environment names does not know our own machine.
    let config = if is_local(url) { config.proxy(None) } else { config };
    config.build().into()
}

/// Whether an address is on this machine.
pub(crate) fn is_local(url: &str) -> bool {
    ["//127.", "//localhost", "//[::1]"].iter().any(|host| url.contains(host))
}

fn path_of(config: &Config) -> PathBuf {
    config.data_dir.join("client.json")
}
