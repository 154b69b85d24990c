//! `noctule model`: getting the model, once.

use std::io::IsTerminal;

use anyhow::Context;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use noctule_bootstrap::{Config, EmbedderKind, make_data_folder};
use noctule_embedding::{FetchOptions, ModelDir, ModelSource, fetch};
use noctule_scoring::model_source;

/// What can be done with the model.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelVerb {
    /// Get the model if it is not here yet, and check it.
    Fetch,
    /// Show where the model is.
    Path,
}

impl ModelVerb {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<()> {
        let model = match self {
            Self::Fetch => check_or_fetch(config)?,
            Self::Path => model_source(config).locate()?,
        };
        // Absolute, for whoever hands it to a process in another folder.
        println!("{}", std::path::absolute(model.path())?.display());
        Ok(())
    }
}

/// Gets the model if the settings want one that is not here.
pub(crate) fn ensure_configured(config: &Config) -> anyhow::Result<()> {
    match config.model.embedder {
        EmbedderKind::Minilm => ensure_model(config, config.model.download).map(|_| ()),
        EmbedderKind::Hashing => Ok(()),
    }
}

fn ensure_model(config: &Config, may_download: bool) -> anyhow::Result<ModelDir> {
    let source = model_source(config);
    match source.locate() {
        Ok(model) => return Ok(model),
        // A folder that somebody named is not filled behind their back.
        Err(error) if !may_download || source.directory.is_some() => return Err(error.into()),
        Err(_) => {}
    }
    fetch_with_progress(config, &source)
}

/// Fetches what is missing of the model or has the wrong hash. A folder that the user or another
/// program keeps is only looked at; whoever loads it checks every byte.
fn check_or_fetch(config: &Config) -> anyhow::Result<ModelDir> {
    let source = model_source(config);
    match source.locate() {
        Ok(model) if model != source.cache_dir() => Ok(model),
        Err(error) if source.directory.is_some() => Err(error.into()),
        _ => fetch_with_progress(config, &source),
    }
}

fn fetch_with_progress(config: &Config, source: &ModelSource) -> anyhow::Result<ModelDir> {
    make_data_folder(&config.data_dir)?;
    let bar = progress_bar();
    bar.set_message("getting the model all-MiniLM-L6-v2 (91 MB, once)");
    let fetched = fetch(&source.cache, &FetchOptions::from_env(), &mut |progress| {
        bar.set_length(progress.total_bytes);
        bar.set_position(progress.done_bytes);
        bar.set_prefix(progress.source.to_string());
    });
    bar.finish_and_clear();
    fetched.context(
        "without the model, start with --embedder hashing: it knows words, severity and rarity, \
         but no meaning",
    )
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        eprintln!("getting the model all-MiniLM-L6-v2 (91 MB, once)");
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let style = "{msg}\n{bar:40} {bytes}/{total_bytes} {bytes_per_sec} from {prefix}";
    bar.set_style(ProgressStyle::with_template(style).expect("the template above is valid"));
    bar
}
