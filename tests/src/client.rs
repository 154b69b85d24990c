//! A client of the HTTP API, written from its description alone.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The signing key of every fleet here; its third part is its id.
pub const HMAC_KEY: &str = "lsk_test_0a1b2c3d_onlyForFleetsOnLoopback_000000";
/// The admin's token of every fleet here.
pub const TOKEN: &str = "ntk_onlyForFleetsOnLoopback";
const KEY_ID: &str = "0a1b2c3d";
/// The longest that a single request may take.
const LIMIT: Duration = Duration::from_secs(90);
/// The longest that a task may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The body; null when it is empty, text when it is not JSON.
    pub body: Value,
}

impl Answer {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// How a request is signed.
#[derive(Debug, Clone, Copy)]
pub enum Signature<'s> {
    /// Over the body alone.
    V0,
    /// With the time (seconds since 1970) and a nonce.
    V1 {
        /// When.
        time: i64,
        /// A text that is used once.
        nonce: &'s str,
    },
}

/// A client with a key and a token.
#[derive(Debug, Clone)]
pub struct Client {
    /// The server's address, without a slash at its end.
    pub url: String,
    agent: ureq::Agent,
}

impl Client {
    /// A client of the server at `url`.
    #[must_use]
    pub fn new(url: String) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(LIMIT))
            .http_status_as_error(false)
            .build();
        Self { url, agent: agent.into() }
    }

    /// The header of a signature.
    #[must_use]
    pub fn sign(how: Signature<'_>, path: &str, body: &[u8]) -> String {
        match how {
            Signature::V0 => mac(body),
            Signature::V1 { time, nonce } => {
                let digest = hex::encode(Sha256::digest(body));
                let covered = format!("v1\n{time}\n{nonce}\nPOST\n{path}\n{digest}");
                format!("t={time},n={nonce},kid={KEY_ID},v1={}", mac(covered.as_bytes()))
            }
        }
    }

    /// Sends a body with exactly these headers.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn post_bytes(
        &self,
        path: &str,
        body: &[u8],
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        let mut request = self.agent.post(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.send(body).with_context(|| format!("POST {path}"))?)
    }

    /// Sends JSON with a fresh signature.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let body = body.to_string();
        let nonce = hex::encode(rand::random::<[u8; 12]>());
        let how = Signature::V1 { time: unix_time(), nonce: &nonce };
        let signature = Self::sign(how, path, body.as_bytes());
        let headers =
            [("content-type", "application/json"), ("x-hmac-signature", signature.as_str())];
        self.post_bytes(path, body.as_bytes(), &headers)
    }

    /// Reads, with the token.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.get_with(path, &[("authorization", &format!("Bearer {TOKEN}"))])
    }

    /// Reads, with exactly these headers.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let mut request = self.agent.get(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.call().with_context(|| format!("GET {path}"))?)
    }

    /// Waits until a task has ended for good, through restarts of the server, and gives its
    /// status.
    ///
    /// # Errors
    /// When it has not ended in time, or the server does not know it.
    pub fn wait_for_task(&self, task_id: &str) -> anyhow::Result<Value> {
        let path = format!("/api/task-status/{task_id}?wait=20s");
        noctule_test_servers::wait_until(PATIENCE, &format!("the end of task {task_id}"), || {
            match self.get(&path) {
                Ok(Answer { status: 200, body, .. }) => is_final(&body).then_some(Ok(body)),
                Ok(Answer { status: 503, .. }) | Err(_) => None,
                Ok(other) => Some(Err(other)),
            }
        })?
        .map_or_else(|other| bail!("{path}: {other:?}"), Ok)
    }

    /// Waits until no job is waiting or running on any queue.
    ///
    /// # Errors
    /// When some still are after a long time.
    pub fn drain(&self) -> anyhow::Result<()> {
        noctule_test_servers::wait_until(PATIENCE, "all queues to be empty", || {
            let metrics = self.get("/metrics").ok()?;
            let text = metrics.body.as_str()?.to_owned();
            let mut depths =
                text.lines().filter(|line| line.starts_with("noctule_queue_depth{")).peekable();
            let is_known = depths.peek().is_some();
            (is_known && depths.all(|line| line.ends_with(" 0"))).then_some(())
        })
    }

    /// All items of a list, page by page. `path` holds the filters.
    ///
    /// # Errors
    /// When a page cannot be had.
    pub fn all_items(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let join = if path.contains('?') { '&' } else { '?' };
            let mut page = self.get(&format!("{path}{join}limit=500{cursor}"))?;
            if page.status != 200 {
                bail!("{path}: {page:?}");
            }
            if let Value::Array(found) = page.body["items"].take() {
                items.extend(found);
            }
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(items),
            }
        }
    }
}

/// The real time, in seconds since 1970, as signatures need it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the processes that are talked to use the real time")]
pub fn unix_time() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

fn is_final(task: &Value) -> bool {
    matches!(task["status"].as_str(), Some("SUCCESS" | "FAILURE" | "REVOKED"))
}

fn mac(text: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(HMAC_KEY.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(text);
    hex::encode(mac.finalize().into_bytes())
}

fn read(response: ureq::http::Response<ureq::Body>) -> anyhow::Result<Answer> {
    let status = response.status().as_u16();
    let headers = response.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let headers = headers.collect();
    let mut body = response.into_body();
    let text = body.with_config().limit(256 * 1024 * 1024).read_to_string()?;
    let body = match serde_json::from_str(&text) {
        Ok(json) => json,
        Err(_) if text.is_empty() => Value::Null,
        Err(_) => Value::String(text),
    };
    Ok(Answer { status, headers, body })
}
