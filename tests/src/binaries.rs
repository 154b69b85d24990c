//! Where the built programs and the model are.

use std::{env, path::PathBuf};

use anyhow::{Context, bail};

/// The path of one of our binaries, of the same profile as the running program.
///
/// # Errors
/// When it has not been built.
pub fn binary(name: &str) -> anyhow::Result<PathBuf> {
    let own = env::current_exe().context("this program does not know where it is")?;
    // A test runs from `target/<profile>/deps`, a program from `target/<profile>`.
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    match found.into_iter().find(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => bail!("{name} is not built: run `cargo xtask test`, or build all with --bins"),
    }
}

/// The folder of the model that `cargo xtask` has fetched.
///
/// # Errors
/// When the environment does not name it.
pub fn model_dir() -> anyhow::Result<PathBuf> {
    let folder = env::var_os("NOCTULE_MODEL_DIR")
        .context("NOCTULE_MODEL_DIR does not name the model's folder; `cargo xtask` sets it")?;
    Ok(PathBuf::from(folder))
}
