//! Measures a running Noctule, each figure beside the raw cost of what it stands on.
//!
//! `cargo xtask bench` builds everything and runs this. It looks at Noctule from outside: real
//! processes, real servers on loopback, the HTTP API, and the database only to count. It is not a
//! test: a target that is missed is shown, and only what cannot be measured is a failure.

mod bare;
mod context;
mod dataset;
mod http;
mod latencies;
mod load;
mod messages;
mod report;
mod requests;
mod row;
mod rows;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Parser;

use context::Context;
use row::Row;

/// Measures a running Noctule, each figure beside the raw cost of what it stands on.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder with the shared data sets; what needs them is skipped without.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Where to write the figures as JSON.
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
    /// Only the benchmarks whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Measure four times as long, for figures that a passing disturbance moves less.
    #[arg(long)]
    long: bool,
}

fn main() -> ExitCode {
    match measure(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the chosen benchmarks. Tells whether each of them could be measured or was skipped for a
/// reason.
fn measure(arguments: Arguments) -> anyhow::Result<bool> {
    let context = Context::new(arguments.data, arguments.long)?;
    let only = arguments.only.as_deref().unwrap_or_default();
    let mut rows: Vec<Row> = Vec::new();
    for benchmark in &rows::ALL {
        if benchmark.names.iter().any(|name| name.contains(only)) {
            eprintln!("measuring {} …", benchmark.names.join(", "));
            rows.extend(benchmark.run(&context));
        }
    }
    anyhow::ensure!(!rows.is_empty(), "no benchmark's name contains {only:?}");
    print!("\n{}", report::table(&rows));
    let shown = arguments.json.display();
    std::fs::write(&arguments.json, report::json(&rows)?)
        .with_context(|| format!("cannot write {shown}"))?;
    println!("\nwritten to {shown}");
    Ok(rows.iter().all(|row| !row.has_failed()))
}
