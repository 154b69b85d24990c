//! `cargo xtask bench`: builds the optimised binaries and hands over to the benchmark.

use std::path::PathBuf;

use clap::Args;

use crate::{
    prerequisites,
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
}

impl BenchArguments {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        prerequisites::ensure()?;
        run("build", &mut cargo(&["build", "--release", "--workspace", "--bins"]))?;
        let mut bench = cargo(&["run", "--release", "-p", "noctule-bench", "--"]);
        bench.arg("--data").arg(&self.data).arg("--json").arg(&self.json);
        if let Some(only) = &self.only {
            bench.args(["--only", only]);
        }
        run("bench", &mut bench)
    }
}
