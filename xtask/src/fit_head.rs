//! `cargo xtask fit-head`: makes the file with the weights of the line detector's head.

use crate::step;

/// Fits the head on the seed phrases and writes it to where the detector reads it.
pub(crate) fn run() -> anyhow::Result<()> {
    let target = step::root().join("crates/detection/assets/head.json");
    let mut fit =
        step::cargo(&["run", "--release", "-p", "noctule-scoring", "--example", "fit_head", "--"]);
    step::run("fit the head", fit.arg(target))
}
