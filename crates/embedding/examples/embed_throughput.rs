//! Prints how many texts a second the embedder does: `cargo run --release -p noctule-embedding
//! --example embed_throughput`. The same rows as `benches/compare_sentence_transformers.py`.
//!
//! Every cell runs for [`CELL_SECONDS`] and counts all texts it did, tokenising and queueing
//! included. `cpu` is texts a second of CPU time, which a busy machine disturbs less than the
//! clock.

use std::{
    fs,
    time::{Duration, Instant},
};

use noctule_embedding::{Embedder, EmbedderConfig, ModelSource};

/// How long one cell is measured.
const CELL_SECONDS: Duration = Duration::from_secs(3);

/// Kernel ticks a second in `/proc`, fixed by Linux for user space.
const TICKS_A_SECOND: f64 = 100.0;

/// Words that the model's vocabulary holds whole, so that a word is a token.
const WORDS: [&str; 24] = [
    "error", "failed", "to", "connect", "server", "on", "port", "after", "five", "attempts", "the",
    "disk", "is", "full", "and", "network", "time", "was", "lost", "while", "reading", "block",
    "from", "memory",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = ModelSource::from_env().locate()?;
    for replicas in [1, 2] {
        let start = Instant::now();
        let config = EmbedderConfig { replicas, ..EmbedderConfig::default() };
        let embedder = Embedder::load(&model, &config)?;
        println!(
            "replicas {replicas}: loaded in {:.0} ms, {} MB resident",
            start.elapsed().as_secs_f64() * 1e3,
            status("VmRSS:")
        );
        for tokens in [12, 30, 80] {
            for batch in [1, 8, 64] {
                measure(&embedder, batch, tokens)?;
            }
        }
        println!("{} MB resident, {} MB at most", status("VmRSS:"), status("VmHWM:"));
    }
    Ok(())
}

fn measure(
    embedder: &Embedder,
    batch: usize,
    tokens: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let texts: Vec<String> = (0..batch).map(|index| text(index, tokens)).collect();
    embedder.embed(&texts)?;
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut count = 0.0;
    while start.elapsed() < CELL_SECONDS {
        embedder.embed(&texts)?;
        count += batch as f64;
    }
    let wall = start.elapsed().as_secs_f64();
    println!(
        "tokens {tokens:3}  batch {batch:3}  {:7.0} texts/s  {:7.0} cpu",
        count / wall,
        count / (cpu_seconds() - cpu)
    );
    Ok(())
}

/// A text of exactly `tokens` tokens, the two that mark its ends included.
fn text(index: usize, tokens: usize) -> String {
    let words: Vec<&str> =
        (0..tokens - 2).map(|place| WORDS[(index * 7 + place * 5) % WORDS.len()]).collect();
    words.join(" ")
}

/// Megabytes from `/proc/self/status`; 0 where there is no such file.
fn status(field: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// CPU time of this process so far; 0 where there is no `/proc`.
fn cpu_seconds() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields are counted behind the name, which may hold spaces.
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
        / TICKS_A_SECOND
}
