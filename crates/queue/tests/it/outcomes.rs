//! How attempts end.

use noctule_jobs::{JobFailure, JobState};
use noctule_queue::Hints;

use crate::fleet::{Fleet, succeed};

#[tokio::test]
async fn every_job_is_done_once_and_its_result_is_kept() {
    let fleet = Fleet::new(Hints::in_process(), succeed).await;
    let running = fleet.start(8);
    let ids = fleet.post(300).await;
    let tasks = fleet.drain(&ids).await;
    running.stop().await;
    assert!(tasks.iter().all(|task| task.state == JobState::Succeeded));
    assert!(tasks[0].result.as_deref().unwrap().contains("log_id"));
    assert!(tasks[0].worker.as_deref().unwrap().starts_with("analysis@"));
    assert_eq!(fleet.total_calls(), 300);
}

#[tokio::test]
async fn a_panic_and_an_error_leave_their_neighbours_alone() {
    let fleet = Fleet::new(Hints::in_process(), |log_id, _| match log_id.0 % 10 {
        1 => panic!("boom"),
        2 => Err(JobFailure::permanent("bad line")),
        _ => succeed(log_id, 1),
    })
    .await;
    let ids = fleet.post(100).await;
    let running = fleet.start(16);
    let done: Vec<_> = ids
        .iter()
        .enumerate()
        .filter(|(index, _)| (index + 1) % 10 != 1)
        .map(|(_, id)| *id)
        .collect();
    let tasks = fleet.drain(&done).await;
    running.stop().await;
    let failed: Vec<_> = tasks.iter().filter(|task| task.state == JobState::Failed).collect();
    assert_eq!(failed.len(), 10);
    assert_eq!(failed[0].reason.as_deref(), Some("fatal"));
    assert_eq!(failed[0].error.as_deref(), Some("bad line"));
    let panicked = fleet.store.find_task(crate::fleet::SCOPE, ids[0]).await.unwrap().unwrap();
    assert_eq!(panicked.state, JobState::Retrying);
    assert_eq!(panicked.error.as_deref(), Some("panicked: boom"));
    assert_eq!(panicked.attempts, 1);
}

#[tokio::test]
async fn a_payload_from_the_future_is_a_dead_letter_and_the_worker_lives() {
    let fleet = Fleet::new(Hints::in_process(), succeed).await;
    let mut strange = noctule_jobs::NewJob::of(
        crate::fleet::SCOPE,
        &noctule_jobs::AnalysisJob::AnalyzeLine { log_id: noctule_domain::LogId(1) },
    );
    strange.payload = r#"{"kind":"from_the_future"}"#.to_owned();
    let request = noctule_store::IngestRequest {
        scope: crate::fleet::SCOPE,
        received_at: noctule_domain::Timestamp::from_micros(0),
        lines: Vec::new(),
        jobs: vec![strange.clone()],
        signed: None,
    };
    fleet.store.ingest(request).await.unwrap();
    let running = fleet.start(1);
    let tasks = fleet.drain(&[strange.id]).await;
    assert_eq!(tasks[0].reason.as_deref(), Some("decode"));
    let ids = fleet.post(1).await;
    assert_eq!(fleet.drain(&ids).await[0].state, JobState::Succeeded);
    running.stop().await;
}
