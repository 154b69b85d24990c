//! The command line: one verb each.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use noctule_bootstrap::{Config, ConfigSource};

use crate::{healthcheck, model, send::SendArguments, sign::SignArguments, up};

/// Finds what is abnormal in logs, and says why.
#[derive(Debug, Parser)]
#[command(name = "noctule", version)]
struct Cli {
    #[command(flatten)]
    common: CommonArguments,
    #[command(subcommand)]
    verb: Verb,
}

/// What every verb takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct CommonArguments {
    /// A TOML file with settings.
    #[arg(long, global = true, env = "NOCTULE_CONFIG")]
    config: Option<PathBuf>,
    /// The folder for the embedded database, the model and the keys.
    #[arg(long, global = true)]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run everything in this process: API, all workers, scheduler.
    Up(UpArguments),
    /// Send a log file (or - for standard input), wait, and show what is abnormal.
    Send(SendArguments),
    /// Print the signature headers for a request body.
    Sign(SignArguments),
    /// Get the model, or show where it is.
    Model {
        #[command(subcommand)]
        verb: model::ModelVerb,
    },
    /// Ask a running server whether it is ready; the exit code tells.
    Healthcheck {
        /// The server's address.
        #[arg(long, default_value = "http://127.0.0.1:8000")]
        url: String,
    },
}

/// What `noctule up` takes.
#[derive(Debug, Args)]
pub(crate) struct UpArguments {
    /// Where the API listens.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// What turns text into vectors: minilm (BERT), or hashing (no download, no meaning).
    #[arg(long)]
    embedder: Option<String>,
}

impl CommonArguments {
    /// Reads the settings; `overrides` are further settings from the command line.
    pub(crate) fn load(
        &self,
        overrides: impl IntoIterator<Item = (&'static str, Option<String>)>,
    ) -> anyhow::Result<(Config, ConfigSource)> {
        let mut source = ConfigSource::from_environment();
        source.file = self.config.clone().or(source.file);
        let data_dir = self.data_dir.as_ref().map(|path| path.display().to_string());
        let given = std::iter::once(("data_dir", data_dir)).chain(overrides);
        source.overrides.extend(given.filter_map(|(name, value)| Some((name, value?))));
        Ok((source.load()?, source))
    }
}

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.verb {
        Verb::Up(arguments) => {
            let overrides = [
                ("listen", arguments.listen.map(|address| address.to_string())),
                ("model.embedder", arguments.embedder),
            ];
            cli.common.load(overrides).and_then(|(config, source)| up::up(config, &source))
        }
        Verb::Send(arguments) => cli.common.load([]).and_then(|(config, _)| arguments.run(&config)),
        Verb::Sign(arguments) => cli.common.load([]).and_then(|(config, _)| arguments.run(&config)),
        Verb::Model { verb } => cli.common.load([]).and_then(|(config, _)| verb.run(&config)),
        Verb::Healthcheck { url } => healthcheck::ask(&url),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
