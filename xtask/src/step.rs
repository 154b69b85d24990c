//! One command after the other, each announced and timed.

use std::{path::PathBuf, process::Command, time::Instant};

use anyhow::{Context, bail};

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or_else(|| manifest.clone(), ToOwned::to_owned)
}

/// A cargo command in the workspace.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root()).args(arguments);
    command
}

/// Runs a command to its end.
pub(crate) fn run(name: &str, command: &mut Command) -> anyhow::Result<()> {
    println!("\n── {name}");
    let started = Instant::now();
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    println!("── {name}: {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
