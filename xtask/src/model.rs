//! The model that tests and benchmarks use, fetched once into the build folder.

use std::{path::PathBuf, process::Command};

use anyhow::Context;

use crate::step;

/// Gets the model with the `noctule` of a profile's folder (`debug` or `release`), unless the
/// environment names one, and gives the model's folder.
pub(crate) fn fetch(profile: &str) -> anyhow::Result<PathBuf> {
    if let Some(given) = std::env::var_os("NOCTULE_MODEL_DIR") {
        // The processes that use it run in folders of their own.
        return std::path::absolute(given).context("NOCTULE_MODEL_DIR is not a path");
    }
    let data = step::target_dir().join("noctule-data");
    let noctule = step::target_dir().join(profile).join("noctule");
    println!("\n── model");
    let output = Command::new(noctule)
        .args(["model", "fetch", "--data-dir"])
        .arg(&data)
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot run noctule")?;
    anyhow::ensure!(output.status.success(), "the model could not be fetched");
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}
