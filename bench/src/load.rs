//! A closed loop: so many clients, each of which begins the next thing when the last is done.
//!
//! The same loop drives the API and what it is compared with, so both are measured alike.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{
    latencies::Latencies,
    row::{Figure, Target, Unit},
};

/// Someone who does one of many prepared things at a time.
pub(crate) trait LoadClient: Send + 'static {
    /// Does the thing with this number.
    fn run(&mut self, number: usize) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// How a load went.
#[derive(Debug)]
pub(crate) struct Load {
    /// How long each thing took that was done.
    pub(crate) latencies: Latencies,
    /// How many were done.
    pub(crate) done: usize,
    /// How many were not.
    pub(crate) errors: usize,
    /// One of the errors.
    pub(crate) error: Option<String>,
    /// From the first begin to the last end.
    pub(crate) elapsed: Duration,
}

/// Has `clients` do the things of `numbers`, as fast as they can.
pub(crate) async fn closed_loop<C: LoadClient>(
    clients: Vec<C>,
    numbers: std::ops::Range<usize>,
) -> anyhow::Result<Load> {
    let next = Arc::new(AtomicUsize::new(numbers.start));
    let begin = Instant::now();
    let mut running = JoinSet::new();
    for client in clients {
        running.spawn(drive(client, Arc::clone(&next), numbers.end));
    }
    let (mut times, mut errors) = (Vec::new(), Vec::new());
    while let Some(ended) = running.join_next().await {
        let (more_times, more_errors) = ended?;
        times.extend(more_times);
        errors.extend(more_errors);
    }
    let elapsed = begin.elapsed();
    let (done, latencies) = (times.len(), times.into_iter().collect());
    Ok(Load { latencies, done, errors: errors.len(), error: errors.pop(), elapsed })
}

async fn drive<C: LoadClient>(
    mut client: C,
    next: Arc<AtomicUsize>,
    end: usize,
) -> (Vec<Duration>, Vec<String>) {
    let (mut times, mut errors) = (Vec::new(), Vec::new());
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end {
            return (times, errors);
        }
        let begin = Instant::now();
        match client.run(number).await {
            Ok(()) => times.push(begin.elapsed()),
            Err(error) => errors.push(format!("{error:#}")),
        }
    }
}

impl Load {
    /// How many things were done in a second, when each counts for `weight`.
    pub(crate) fn rate(&self, weight: usize) -> f64 {
        (self.done * weight) as f64 / self.elapsed.as_secs_f64()
    }

    /// How many things were not done, of which there should be none; and says why.
    pub(crate) fn errors(&self) -> Figure {
        if let Some(error) = &self.error {
            eprintln!("one of {} errors: {error}", self.errors);
        }
        Figure::new("errors", self.errors as f64, Unit::Count("requests"))
            .target(Target::Exactly(0.0))
    }
}
