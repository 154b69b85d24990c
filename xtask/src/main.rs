//! The project's chores. `cargo xtask test` is what CI runs.

mod bench;
mod fit_head;
mod model;
mod prerequisites;
mod step;
mod test;

use std::process::ExitCode;

use clap::Parser;

/// The project's chores.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
enum Chore {
    /// Check everything, on a machine that may have nothing but a toolchain.
    Test(test::TestArguments),
    /// Measure, and compare with what the measured things stand on.
    Bench(bench::BenchArguments),
    /// Fit the head of the line detector on the seed phrases, and write its file.
    FitHead,
}

fn main() -> ExitCode {
    let outcome = match Chore::parse() {
        Chore::Test(arguments) => arguments.run(),
        Chore::Bench(arguments) => arguments.run(),
        Chore::FitHead => fit_head::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
