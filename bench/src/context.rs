//! What every benchmark is given: where things are, how long to measure, and a runtime.

use std::path::PathBuf;

use anyhow::Context as _;
use noctule_tests::{Embedder, FleetOptions, Shape, model_dir};
use tokio::runtime::{self, Runtime};

/// How much more is done with `--long`.
const LONG: usize = 4;

/// What every benchmark is given.
#[derive(Debug)]
pub(crate) struct Context {
    data: PathBuf,
    is_long: bool,
    /// One thread for all clients: the other core is left to those who are measured.
    pub(crate) runtime: Runtime,
}

/// Something that a benchmark needs is not here, so it is left out.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Skipped(pub(crate) String);

impl Context {
    /// A context with a fresh runtime.
    pub(crate) fn new(data: PathBuf, is_long: bool) -> anyhow::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self { data, is_long, runtime: runtime.context("cannot start the runtime")? })
    }

    /// How often to do something that is done `usual` times in a usual run.
    pub(crate) const fn times(&self, usual: usize) -> usize {
        if self.is_long { usual * LONG } else { usual }
    }

    /// A shared data set.
    pub(crate) fn data_set(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.data.join(name);
        // Children run in folders of their own.
        std::path::absolute(&path)
            .ok()
            .filter(|path| path.is_file())
            .ok_or_else(|| Skipped(format!("{} is not here", path.display())).into())
    }

    /// A fleet with the real model.
    pub(crate) fn fleet(shape: Shape) -> anyhow::Result<FleetOptions> {
        Self::model()?;
        Ok(FleetOptions { embedder: Embedder::Minilm, ..FleetOptions::new(shape) })
    }

    /// The folder of the real model.
    pub(crate) fn model() -> anyhow::Result<PathBuf> {
        model_dir().map_err(|error| Skipped(format!("no model: {error:#}")).into())
    }
}
