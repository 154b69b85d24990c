//! Bare Redis: a word pushed by one connection and popped by another.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use redis::{AsyncCommands, Client, aio::MultiplexedConnection};
use tokio::sync::mpsc;

use crate::{
    latencies::Latencies,
    load::{Load, LoadClient, closed_loop},
};

/// Sixteen bytes, as the id of a job.
const WORD: &[u8; 16] = b"0123456789abcdef";
/// Longer than any round trip, so that a lost word is an error and no hang.
const PATIENCE: f64 = 5.0;

/// Pushes and pops on a list that is shared with others.
struct Pusher {
    connection: MultiplexedConnection,
    key: Arc<str>,
}

/// Pushes and pops so many times from so many clients, who share a connection as ours do.
pub(crate) async fn push_and_pop(url: &str, clients: usize, times: usize) -> anyhow::Result<Load> {
    let connection = Client::open(url)?.get_multiplexed_async_connection().await?;
    let pusher = || Pusher { connection: connection.clone(), key: "bare".into() };
    closed_loop((0..clients).map(|_| pusher()).collect(), 0..times).await
}

impl LoadClient for Pusher {
    async fn run(&mut self, _: usize) -> anyhow::Result<()> {
        let () = self.connection.rpush(&*self.key, WORD.as_slice()).await?;
        let _: Option<Vec<u8>> = self.connection.lpop(&*self.key, None).await?;
        Ok(())
    }
}

/// Measures from a push to the moment when somebody who waits for it has it.
pub(crate) async fn wake_up(url: &str, times: usize) -> anyhow::Result<Latencies> {
    let client = Client::open(url)?;
    let mut pusher = client.get_multiplexed_async_connection().await?;
    // The usual limit on an answer is shorter than the wait.
    let patient = redis::AsyncConnectionConfig::new()
        .set_response_timeout(Some(Duration::from_secs_f64(PATIENCE * 2.0)));
    let mut waiter = client.get_multiplexed_async_connection_with_config(&patient).await?;
    let (heard, mut hears) = mpsc::unbounded_channel();
    let waiting = tokio::spawn(async move {
        for _ in 0..times {
            let popped: Option<(String, u64)> = waiter.brpop("wake", PATIENCE).await?;
            let (_, number) = popped.context("a pushed word was lost")?;
            let _ = heard.send((number, Instant::now()));
        }
        anyhow::Ok(())
    });
    let mut round_trips = Vec::with_capacity(times);
    for number in 0..times as u64 {
        let begin = Instant::now();
        let () = pusher.lpush("wake", number).await?;
        let Some((popped, end)) = hears.recv().await else { break };
        let taken = end.checked_duration_since(begin).filter(|_| popped == number);
        round_trips.push(taken.context("another word was popped than was pushed")?);
    }
    waiting.await??;
    Ok(round_trips.into_iter().collect())
}
