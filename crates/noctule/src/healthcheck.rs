//! `noctule healthcheck`: for containers without curl.

use std::time::Duration;

use anyhow::{Context, bail};

use crate::client::agent_for;

/// Succeeds when the server says that it is ready.
pub(crate) fn ask(url: &str) -> anyhow::Result<()> {
    let address = format!("{}/readyz", url.trim_end_matches('/'));
    let mut answer = agent_for(&address, Duration::from_secs(5))
        .get(&address)
        .call()
        .with_context(|| format!("{address} does not answer"))?;
    let body = answer.body_mut().read_to_string()?;
    if !answer.status().is_success() {
        bail!("not ready: {body}");
    }
    println!("{body}");
    Ok(())
}
