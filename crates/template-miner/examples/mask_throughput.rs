//! Measures how many lines per second one core masks and names, and how many templates come out.
//!
//! `cargo run --release -p noctule-template-miner --example mask_throughput -- [FILE] [--templates]`
//!
//! FILE has one message per line; without it, lines are generated. `--templates` lists the
//! templates with their counts instead. Not a benchmark suite: it prints the best of a few rounds,
//! which is what the machine can do when nothing else runs on it.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use noctule_template_miner::{mask, masked, template_key};

const ROUNDS: usize = 9;
/// Lines that a round masks at least, so that small files are timed as well as large ones.
const MIN_LINES_PER_ROUND: usize = 400_000;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let file = arguments.iter().find(|argument| !argument.starts_with("--"));
    let text = match file {
        Some(path) => std::fs::read_to_string(path)?,
        None => generated(),
    };
    let lines: Vec<&str> = text.lines().collect();
    if arguments.iter().any(|argument| argument == "--templates") {
        list_templates(&lines);
    } else if !lines.is_empty() {
        measure(&lines);
    }
    Ok(())
}

fn measure(lines: &[&str]) {
    let repeats = MIN_LINES_PER_ROUND.div_ceil(lines.len());
    let count = lines.len() * repeats;
    let mut out = String::new();
    let mut best = |name: &str, work: &mut dyn FnMut(&str, &mut String)| {
        let mut fastest = f64::INFINITY;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            for line in (0..repeats).flat_map(|_| lines) {
                work(line, &mut out);
            }
            fastest = fastest.min(start.elapsed().as_secs_f64());
        }
        let nanos = fastest * 1e9 / count as f64;
        println!("{name:<12} {nanos:>7.0} ns/line {:>12.0} lines/s", 1e9 / nanos);
    };
    best("mask", &mut |line, out| mask(black_box(line), out));
    best("mask and key", &mut |line, out| {
        mask(black_box(line), out);
        black_box(template_key(out));
    });
    let bytes: usize = lines.iter().map(|line| line.len()).sum();
    println!("{} lines of {} bytes in the mean", lines.len(), bytes / lines.len());
    println!("{} templates", counts(lines).len());
}

fn counts(lines: &[&str]) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for line in lines {
        *counts.entry(masked(line)).or_default() += 1;
    }
    counts
}

fn list_templates(lines: &[&str]) {
    let mut counts: Vec<_> = counts(lines).into_iter().collect();
    counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    for (template, count) in counts {
        println!("{count:>8} {template}");
    }
}

fn generated() -> String {
    let lines = (0..10_000).map(|index| {
        let (minute, second, milli) = (index / 60 % 60, index % 60, index % 1_000);
        let (worker, port, took) = (index % 16, 1_024 + index, index % 977);
        format!(
            "2024-01-15 10:{minute:02}:{second:02},{milli:03} INFO [worker-{worker}] request \
             7b{index:06x} from 10.0.{worker}.9:{port} took {took}ms, status ok"
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}
