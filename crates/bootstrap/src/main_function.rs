//! The frame of every `main` of the fleet: from the command line to a clean end.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Parser;
use noctule_jobs::Queue;
use noctule_queue::WorkerSet;

use crate::{ConfigSource, LogTarget, Process};

/// The command line that all processes of the fleet share.
#[derive(Debug, Clone, Parser)]
#[command(version)]
pub struct ProcessArguments {
    /// A TOML file with settings.
    #[arg(long, env = "NOCTULE_CONFIG")]
    config: Option<PathBuf>,
    /// The folder for the model and keys.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Where to answer /livez, /readyz and /metrics.
    #[arg(long)]
    health_listen: Option<SocketAddr>,
}

/// The command line of a worker.
#[derive(Debug, Clone, Parser)]
#[command(version)]
struct WorkerArguments {
    #[command(flatten)]
    process: ProcessArguments,
    /// How many jobs to hold at once (the queue's default when not given).
    #[arg(long)]
    concurrency: Option<u32>,
    /// What turns text into vectors, in workers that judge lines: minilm or hashing.
    #[arg(long)]
    embedder: Option<String>,
}

/// A command line that gives settings.
pub trait CommandLine: Parser {
    /// The part that all processes share.
    fn process(&self) -> &ProcessArguments;

    /// Settings of its own, by name; what is not given is left out.
    fn settings(&self) -> Vec<(&'static str, Option<String>)> {
        Vec::new()
    }
}

impl CommandLine for ProcessArguments {
    fn process(&self) -> &ProcessArguments {
        self
    }
}

impl CommandLine for WorkerArguments {
    fn process(&self) -> &ProcessArguments {
        &self.process
    }

    fn settings(&self) -> Vec<(&'static str, Option<String>)> {
        vec![("model.embedder", self.embedder.clone())]
    }
}

/// Runs a process of the fleet: reads its command line and settings, opens its connections, and
/// hands over to `body` until that returns. `body` calls [`Process::serve_health`] once everything
/// that readiness depends on is there.
pub fn run<A, F>(body: impl FnOnce(Process, A) -> F) -> ExitCode
where
    A: CommandLine,
    F: Future<Output = anyhow::Result<()>>,
{
    let arguments = A::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")
        .and_then(|runtime| {
            runtime.block_on(async {
                let source = source_of(&arguments);
                let config = source.load()?;
                let process = Process::open(config, LogTarget::Output).await?;
                for name in source.unknown_variables() {
                    tracing::warn!("{name} is not a setting; is it misspelt?");
                }
                body(process, arguments).await
            })
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a process that is one worker. `add` puts the worker's handler into the set, with as many
/// slots as it is given.
pub fn run_worker<F>(queue: Queue, add: impl FnOnce(Process, WorkerSet, u32) -> F) -> ExitCode
where
    F: Future<Output = anyhow::Result<WorkerSet>>,
{
    run(async |process, arguments: WorkerArguments| {
        let slots = arguments.concurrency.unwrap_or(process.config.workers.slots(queue));
        let workers = add(process.clone(), process.workers()?, slots).await?;
        process.serve_health();
        tracing::info!("worker for queue {queue} is ready, with {slots} slots");
        workers.run(process.shutdown.clone()).await?;
        Ok(())
    })
}

fn source_of(arguments: &impl CommandLine) -> ConfigSource {
    let mut source = ConfigSource::from_environment();
    let shared = arguments.process();
    source.file = shared.config.clone().or(source.file);
    let own = [
        ("data_dir", shared.data_dir.as_ref().map(|path| path.display().to_string())),
        ("health_listen", shared.health_listen.map(|address| address.to_string())),
    ];
    let given = own.into_iter().chain(arguments.settings());
    source.overrides.extend(given.filter_map(|(name, value)| Some((name, value?))));
    source
}
