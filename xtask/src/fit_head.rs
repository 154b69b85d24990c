//! `cargo xtask fit-head`: makes the file with the weights of the line detector's head.

use std::process::Command;

use crate::{
    model,
    step::{self, cargo},
};

/// Fits the head on the seed phrases and writes it to where the detector reads it.
pub(crate) fn run() -> anyhow::Result<()> {
    let build = ["build", "--release", "--workspace", "--bins", "--example", "fit_head"];
    step::run("build", &mut cargo(&build))?;
    let model = model::fetch("release")?;
    let mut fit = Command::new(step::target_dir().join("release/examples/fit_head"));
    fit.arg(step::root().join("crates/detection/assets/head.json"));
    step::run("fit the head", fit.env("NOCTULE_MODEL__DIR", model))
}
