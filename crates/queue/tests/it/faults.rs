//! What workers survive.

use std::time::Duration;

use noctule_jobs::{JobFailure, JobState, Queue};
use noctule_queue::{Hinter, Hints};
use noctule_store::Claim;
use noctule_test_servers::{Redis, free_port};

use crate::fleet::{Fleet, SCOPE, succeed};

async fn all_succeed(fleet: &Fleet, count: usize) {
    let ids = fleet.post(count).await;
    let tasks = fleet.drain(&ids).await;
    assert!(tasks.iter().all(|task| task.state == JobState::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_come_go_and_forget() {
    let port = free_port().unwrap();
    let hints = Hints::redis(&format!("redis://127.0.0.1:{port}")).unwrap();
    let fleet = Fleet::new(hints.clone(), succeed).await;
    let running = fleet.start(8);
    // Absent from the start.
    all_succeed(&fleet, 50).await;
    let redis = Redis::start_on(port).unwrap();
    all_succeed(&fleet, 50).await;
    // Gone again, with whatever it knew.
    drop(redis);
    all_succeed(&fleet, 50).await;
    let redis = Redis::start_on(port).unwrap();
    all_succeed(&fleet, 50).await;
    assert!(hints.is_reachable().await);
    running.stop().await;
    assert_eq!(fleet.total_calls(), 200);
    drop(redis);
}

#[tokio::test]
async fn jobs_without_a_hint_are_found() {
    let mut fleet = Fleet::new(Hints::in_process(), succeed).await;
    // Nobody listens to these hints, as if the process had died right after its commit.
    fleet.hinter = Hinter::start(Hints::in_process());
    let running = fleet.start(4);
    all_succeed(&fleet, 20).await;
    running.stop().await;
}

#[tokio::test]
async fn a_dead_workers_jobs_are_done_by_another() {
    let fleet = Fleet::new(Hints::in_process(), succeed).await;
    let ids = fleet.post(3).await;
    // A worker that claims and is never heard of again.
    let claim = Claim { queue: Queue::Analysis, owner: "dead", lease: Duration::ZERO, limit: 3 };
    assert_eq!(fleet.store.claim_next(&claim).await.unwrap().len(), 3);
    let running = fleet.start(4);
    let tasks = fleet.drain(&ids).await;
    running.stop().await;
    assert!(tasks.iter().all(|task| task.state == JobState::Succeeded && task.attempts == 1));
}

#[tokio::test]
async fn an_absent_dependency_burns_no_attempt() {
    let fleet = Fleet::new(Hints::in_process(), |log_id, call| {
        if call == 1 {
            let error = "smtp is away".into();
            let retry_after = Some(Duration::from_millis(1));
            return Err(JobFailure::Dependency { error, retry_after });
        }
        succeed(log_id, call)
    })
    .await;
    let ids = fleet.post(1).await;
    let running = fleet.start(1);
    let tasks = fleet.drain(&ids).await;
    running.stop().await;
    assert_eq!((tasks[0].state, tasks[0].attempts), (JobState::Succeeded, 1));
    assert_eq!(fleet.total_calls(), 2);
}

#[tokio::test]
async fn stopping_lets_running_jobs_end_and_leaves_the_others_ready() {
    let fleet = Fleet::new(Hints::in_process(), succeed).await;
    let running = fleet.start(2);
    let ids = fleet.post(200).await;
    running.stop().await;
    let mut states = Vec::new();
    for id in &ids {
        states.push(fleet.store.find_task(SCOPE, *id).await.unwrap().unwrap().state);
    }
    assert!(!states.contains(&JobState::Running), "{states:?}");
    let running = fleet.start(2);
    fleet.drain(&ids).await;
    running.stop().await;
    assert_eq!(fleet.total_calls(), 200);
}
