//! The messages of a shared data set, for what is compared with; Noctule reads the file itself.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::Context;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;

#[derive(Deserialize)]
struct Entry {
    #[serde(alias = "m")]
    message: String,
}

/// The messages of a packed file of JSON lines.
pub(crate) fn messages(path: &Path) -> anyhow::Result<Vec<String>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let lines = BufReader::new(MultiGzDecoder::new(file)).lines();
    lines
        .map(|line| Ok(serde_json::from_str::<Entry>(&line?)?.message))
        .collect::<anyhow::Result<_>>()
        .with_context(|| format!("cannot read {}", path.display()))
}
