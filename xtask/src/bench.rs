//! `cargo xtask bench`: builds the optimised binaries and hands over to the benchmark.

use std::{path::PathBuf, process::Command};

use clap::Args;

use crate::{
    model, prerequisites, step,
    step::{cargo, run},
};

/// What `cargo xtask bench` takes.
#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// The folder with the shared data sets; what needs them is skipped without.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Only the benchmarks whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Where to write the figures as JSON.
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
    /// Measure four times as long.
    #[arg(long)]
    long: bool,
}

impl BenchArguments {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        prerequisites::ensure()?;
        run("build", &mut cargo(&["build", "--release", "--workspace", "--bins"]))?;
        let model = model::fetch("release")?;
        // `cargo run -p` would choose features for one package and build much of it once more.
        let mut bench = Command::new(step::target_dir().join("release/noctule-bench"));
        bench.current_dir(step::root()).env("NOCTULE_MODEL_DIR", model);
        bench.arg("--data").arg(&self.data).arg("--json").arg(&self.json);
        if self.long {
            bench.arg("--long");
        }
        if let Some(only) = &self.only {
            bench.args(["--only", only]);
        }
        run("bench", &mut bench)
    }
}
