//! `cargo xtask test`: everything that must hold before a change lands.

use std::process::Command;

use clap::Args;
use noctule_test_servers::{Postgres, Redis};

use crate::{
    model, prerequisites,
    step::{cargo, run},
};

/// What `cargo xtask test` takes.
#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// Handed to the test runner, such as part of a test's name or `-p noctule-store`; checks are
    /// left out then.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    filter: Vec<String>,
}

impl TestArguments {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        prerequisites::ensure()?;
        if self.filter.is_empty() {
            check()?;
        }
        build()?;
        let model = model::fetch("debug")?;
        let postgres = Postgres::start()?;
        let redis = Redis::start()?;
        let with_servers = |mut command: Command| {
            command
                .env("NOCTULE_TEST_DATABASE_URL", postgres.url())
                .env("NOCTULE_TEST_REDIS_URL", redis.url())
                .env("NOCTULE_MODEL_DIR", &model);
            command
        };
        run("tests", with_servers(tests()).args(&self.filter))?;
        if self.filter.is_empty() {
            run("examples in docs", &mut with_servers(cargo(&["test", "--workspace", "--doc"])))?;
            println!("\nall is well");
        }
        Ok(())
    }
}

/// What needs no servers.
fn check() -> anyhow::Result<()> {
    run("format", &mut cargo(&["fmt", "--all", "--", "--check"]))?;
    let clippy =
        ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    run("clippy", &mut cargo(&clippy))?;
    let mut docs = cargo(&["doc", "--workspace", "--no-deps", "--document-private-items"]);
    run("docs", docs.env("RUSTDOCFLAGS", "-D warnings"))
}

/// The binaries that the end-to-end tests start, and the tests.
fn build() -> anyhow::Result<()> {
    run("build", &mut cargo(&["build", "--workspace", "--bins"]))?;
    let tests = if prerequisites::has_nextest() {
        cargo(&["nextest", "run", "--workspace", "--no-run"])
    } else {
        cargo(&["test", "--workspace", "--no-run"])
    };
    run("build tests", &mut { tests })
}

fn tests() -> Command {
    if prerequisites::has_nextest() {
        cargo(&["nextest", "run", "--workspace", "--no-fail-fast"])
    } else {
        cargo(&["test", "--workspace", "--no-fail-fast", "--lib", "--bins", "--tests"])
    }
}
