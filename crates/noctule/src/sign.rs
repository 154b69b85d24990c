//! `noctule sign`: the headers that sign a request, for scripts and for trying things out.

use std::{fs, io::Read, path::PathBuf};

use anyhow::Context;
use clap::Args;
use noctule_bootstrap::Config;
use noctule_domain::{Clock, SystemClock};

use crate::client::ClientArguments;

/// What `noctule sign` takes.
#[derive(Debug, Args)]
pub(crate) struct SignArguments {
    /// The file with the request's body, as it will be sent; - for standard input.
    file: PathBuf,
    /// The request's method.
    #[arg(long, default_value = "POST")]
    method: String,
    /// The request's path and query.
    #[arg(long, default_value = "/api/logs")]
    path: String,
    #[command(flatten)]
    client: ClientArguments,
}

impl SignArguments {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<()> {
        let client = self.client.resolve(config)?;
        let mut body = Vec::new();
        if self.file.as_os_str() == "-" {
            std::io::stdin().read_to_end(&mut body)?;
        } else {
            body = fs::read(&self.file)
                .with_context(|| format!("cannot read {}", self.file.display()))?;
        }
        let time = SystemClock.now().as_micros() / 1_000_000;
        let method = self.method.to_uppercase();
        println!("X-HMAC-Signature: {}", client.signature(time, &method, &self.path, &body));
        Ok(())
    }
}
