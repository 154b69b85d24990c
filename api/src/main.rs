//! The API as a process of its own.

use std::{net::SocketAddr, process::ExitCode};

use clap::Parser;
use noctule_api::{AppState, bind, ensure_credentials, serve};
use noctule_bootstrap::{CommandLine, ProcessArguments};

/// Takes logs and shows verdicts over HTTP.
#[derive(Debug, Clone, Parser)]
#[command(version)]
struct ApiArguments {
    #[command(flatten)]
    process: ProcessArguments,
    /// Where the API listens.
    #[arg(long)]
    listen: Option<SocketAddr>,
}

impl CommandLine for ApiArguments {
    fn process(&self) -> &ProcessArguments {
        &self.process
    }

    fn settings(&self) -> Vec<(&'static str, Option<String>)> {
        vec![("listen", self.listen.map(|address| address.to_string()))]
    }
}

fn main() -> ExitCode {
    noctule_bootstrap::run(async |process, _: ApiArguments| {
        if let Some(first) = ensure_credentials(&process).await? {
            println!("{first}");
        }
        let state = AppState::open(&process).await?;
        process.serve_health();
        let listener = bind(process.config.listen).await?;
        tracing::info!("the api is ready on http://{}", listener.local_addr()?);
        serve(listener, state, process.shutdown.clone()).await;
        Ok(())
    })
}
