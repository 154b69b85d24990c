//! The folder with the logs, the keys and the model.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, path::Path};

use anyhow::Context;

/// Makes the data folder if it is not there, for its owner alone: the database in it holds the
/// logs themselves. A folder that is there keeps its mode.
///
/// # Errors
/// When it cannot be made.
pub fn make_data_folder(folder: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot use {}", folder.display()))
}
