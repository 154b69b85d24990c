//! Whether apalis-redis could carry our jobs: the worst of what its 1.0.0 does, each written as
//! what we would need of it.
//!
//! All of them are ignored, because 1.0.0 fails them; docs/why-not-apalis-redis.md has the story.
//! To judge a later release, raise its version and run
//! `cargo test -p noctule-queue --test it apalis_redis_probe -- --ignored`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use apalis::prelude::*;
use apalis_redis::RedisStorage;
use noctule_test_servers::{Redis, wait_until};
use serde::{Deserialize, Serialize};
use tokio::{sync::watch, task::JoinHandle, time::timeout};

/// Ten times what any of this should take.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Probe {
    number: usize,
}

/// Counts the jobs that have been done, for those who wait.
#[derive(Clone)]
struct Done {
    count: Arc<watch::Sender<usize>>,
}

impl Done {
    fn new() -> Self {
        Self { count: Arc::new(watch::Sender::new(0)) }
    }

    /// Whether `count` jobs are done within our patience.
    async fn reaches(&self, count: usize) -> bool {
        let mut seen = self.count.subscribe();
        timeout(PATIENCE, seen.wait_for(|done| *done >= count)).await.is_ok()
    }
}

/// Waits until nobody has run a script for a while: the worker has looked, and found nothing.
fn until_quiet(redis: &Redis) {
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut last = (String::new(), 0);
    let quiet = wait_until(PATIENCE, "an idle worker", || {
        let info: String = redis::cmd("INFO").arg("commandstats").query(&mut connection).unwrap();
        let scripts = info.lines().filter(|line| line.starts_with("cmdstat_eval"));
        let scripts: String = scripts.collect();
        last = if scripts == last.0 { (scripts, last.1 + 1) } else { (scripts, 0) };
        (!last.0.is_empty() && last.1 >= 50).then_some(())
    });
    quiet.unwrap();
}

async fn storage(redis: &Redis) -> RedisStorage<Probe> {
    RedisStorage::new(apalis_redis::connect(redis.url()).await.unwrap())
}

/// A worker with the defaults that its documentation shows.
fn start(backend: RedisStorage<Probe>, done: &Done) -> JoinHandle<bool> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    async fn count(_: Probe, done: Data<Done>) -> Result<(), BoxDynError> {
        done.count.send_modify(|count| *count += 1);
        Ok(())
    }
    let name = format!("probe-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let worker = WorkerBuilder::new(name).backend(backend).data(done.clone()).build(count);
    tokio::spawn(async move { worker.run().await.is_ok() })
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "apalis-redis 1.0.0 fails: every worker dies, and the queue stays wedged"]
async fn a_backlog_of_9000_jobs_is_worked_off() {
    let redis = Redis::start().unwrap();
    let mut backend = storage(&redis).await;
    for number in 0..9_000 {
        backend.push(Probe { number }).await.unwrap();
    }
    let done = Done::new();
    let worker = start(backend, &done);
    assert!(done.reaches(9_000).await, "{} of 9000 are done", *done.count.borrow());
    worker.abort();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "apalis-redis 1.0.0 fails: an idle worker looks every 30 seconds"]
async fn an_idle_worker_takes_a_job_at_once() {
    let redis = Redis::start().unwrap();
    let done = Done::new();
    let worker = start(storage(&redis).await, &done);
    until_quiet(&redis);
    // From another connection, as another process would.
    storage(&redis).await.push(Probe { number: 0 }).await.unwrap();
    assert!(done.reaches(1).await, "the job was not taken within {PATIENCE:?}");
    worker.abort();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "apalis-redis 1.0.0 fails: the worker ends with the connection"]
async fn a_restart_of_redis_ends_no_worker() {
    let redis = Redis::start().unwrap();
    let port = redis.port();
    let mut backend = storage(&redis).await;
    backend.push(Probe { number: 0 }).await.unwrap();
    let done = Done::new();
    let mut worker = start(backend, &done);
    assert!(done.reaches(1).await);
    drop(redis);
    let redis = Redis::start_on(port).unwrap();
    assert!(timeout(PATIENCE * 2, &mut worker).await.is_err(), "the worker has ended");
    drop(redis);
}
