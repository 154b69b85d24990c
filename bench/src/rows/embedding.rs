//! The model alone: new texts turned into vectors, beside sentence-transformers.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use noctule_embedding::{Embedder, EmbedderConfig, ModelDir};

use crate::{
    context::Context,
    row::{Figure, Row, Target, Unit},
};

/// The Python with sentence-transformers, when it is not the first one in `PATH`.
const PYTHON: &str = "NOCTULE_BENCH_PYTHON";
const SCRIPT: &str = "../crates/embedding/benches/compare_sentence_transformers.py";
/// The cell of the script's output that is ours here too.
const CELL: &str = "tokens  30  batch  64";
/// The most threads that the script tries; both have as many.
const THREADS: usize = 2;
const TOKENS: usize = 30;
const BATCH: usize = 64;
const SECONDS: u64 = 5;
/// Words that the model's vocabulary holds whole, so that a word is a token. The script has the
/// same.
const WORDS: &str = "error failed to connect server on port after five attempts the disk is full \
    and network time was lost while reading block from memory";

/// New texts in a second, by our engine and by sentence-transformers.
pub(crate) fn measure(context: &Context) -> anyhow::Result<Vec<Row>> {
    let model = Context::model()?;
    let seconds = context.times(SECONDS.try_into()?) as u64;
    let two = EmbedderConfig { replicas: THREADS, ..EmbedderConfig::default() };
    let embedder = Embedder::load(&ModelDir::new(&model), &two).context("cannot load the model")?;
    let ours = texts_per_second(&embedder, &texts(), Duration::from_secs(seconds))?;
    drop(embedder);
    let mut figure =
        Figure::new("30 tokens, batches of 64, 2 threads", ours, Unit::PerSecond("texts"))
            .target(Target::AtLeast(250.0));
    match python() {
        Some(python) => {
            let theirs = sentence_transformers(&python, &model)?;
            figure = figure.beside("sentence-transformers, 2 threads", theirs);
        }
        None => eprintln!(
            "sentence-transformers is skipped: no Python has it. In a virtual environment run \
             `pip install sentence-transformers`, and set {PYTHON} to its python."
        ),
    }
    Ok(vec![Row::new("embedding", vec![figure])])
}

/// Our engine with the model, as the workers run it.
pub(super) fn embedder(model: &Path) -> anyhow::Result<Embedder> {
    Embedder::load(&ModelDir::new(model), &EmbedderConfig::default())
        .context("cannot load the model")
}

/// Embeds the texts in batches again and again, for so long.
pub(super) fn texts_per_second(
    embedder: &Embedder,
    texts: &[String],
    limit: Duration,
) -> anyhow::Result<f64> {
    embedder.embed(&texts[..texts.len().min(BATCH)])?;
    let (begin, mut count) = (Instant::now(), 0);
    for batch in texts.chunks(BATCH).cycle() {
        if begin.elapsed() >= limit {
            break;
        }
        embedder.embed(batch)?;
        count += batch.len();
    }
    Ok(count as f64 / begin.elapsed().as_secs_f64())
}

/// Texts of exactly [`TOKENS`] tokens, the two that mark the ends included.
fn texts() -> Vec<String> {
    let words: Vec<_> = WORDS.split_whitespace().collect();
    let word = |index: usize, place: usize| words[(index * 7 + place * 5) % words.len()];
    let text = |index| (0..TOKENS - 2).map(|place| word(index, place)).collect::<Vec<_>>();
    (0..BATCH).map(|index| text(index).join(" ")).collect()
}

/// A Python that has sentence-transformers.
fn python() -> Option<PathBuf> {
    let named = std::env::var_os(PYTHON).map(PathBuf::from);
    let candidates = named.into_iter().chain([PathBuf::from("python3")]);
    candidates.into_iter().find(|python| {
        let mut check = Command::new(python);
        check.args(["-c", "import sentence_transformers"]);
        check.output().is_ok_and(|output| output.status.success())
    })
}

fn sentence_transformers(python: &Path, model: &Path) -> anyhow::Result<f64> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT);
    let output = Command::new(python)
        .arg(&script)
        .arg(model)
        // Seconds for each cell of the script's table.
        .arg("2")
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .context("cannot run Python")?;
    let text = String::from_utf8_lossy(&output.stdout);
    // The last of its cells is that with the most threads.
    let cell = text.lines().filter_map(|line| line.strip_prefix(CELL)).next_back();
    let number = cell.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    let errors = String::from_utf8_lossy(&output.stderr);
    number.with_context(|| format!("the script printed no figure: {text} {errors}"))
}
