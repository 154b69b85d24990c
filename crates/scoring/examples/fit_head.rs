//! Fits the head that ships: `cargo xtask fit-head` runs this and says where to write it.
//!
//! It is fitted on the project's own seed phrases alone; no log of anybody is involved.

use noctule_bootstrap::ConfigSource;
use noctule_detection::line::{FitConfig, Head, SeedPhrases, embedding_text};
use noctule_scoring::load_embedder;
use noctule_template_miner::masked;

/// Folds of the check that is printed.
const FOLDS: usize = 10;

fn main() -> anyhow::Result<()> {
    let embedder = load_embedder(&ConfigSource::from_environment().load()?)?;
    let seeds = SeedPhrases::shipped();
    let phrases = seeds.seeds_bad.iter().chain(&seeds.seeds_good);
    let texts: Vec<_> = phrases.map(|phrase| embedding_text(&masked(phrase))).collect();
    let labels: Vec<_> = (0..texts.len()).map(|index| index < seeds.seeds_bad.len()).collect();
    let vectors: Vec<_> =
        embedder.embed(&texts)?.iter().map(|vector| vector.as_array().to_vec()).collect();
    let config = FitConfig {
        fitted_by: "cargo xtask fit-head".to_owned(),
        embedder: format!("{}@{}", embedder.name(), embedder.model_digest()),
        ..FitConfig::default()
    };
    let check = Head::cross_validate(&vectors, &labels, &config, FOLDS)?;
    eprintln!(
        "{} phrases; accuracy over {FOLDS} folds {:.3}, log loss {:.3}",
        texts.len(),
        check.accuracy,
        check.log_loss
    );
    let json = Head::fit(&vectors, &labels, &config)?.to_json();
    match std::env::args_os().nth(1) {
        Some(path) => std::fs::write(path, json)?,
        None => print!("{json}"),
    }
    Ok(())
}
