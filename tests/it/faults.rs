//! The failures that Noctule claims to survive, injected.

use std::time::Duration;

use noctule_test_servers::wait_until;
use noctule_tests::{Client, Fleet, LogGenerator, Shape};
use serde_json::{Value, json};

use crate::{
    judging::judged_lines,
    shapes::{on_both_fleets, start},
};

on_both_fleets!(a_killed_worker_loses_and_doubles_nothing, a_killed_api_keeps_its_word);

const PATIENCE: Duration = Duration::from_mins(1);

/// Sends batches of 10,000 lines and gives their tasks.
fn send_batches(client: &Client, count: u64) -> Vec<String> {
    let send = |seed| {
        let body = json!({ "log_entries": LogGenerator::new(seed).entries(10_000, 500) });
        let answer = client.post("/api/batch-analysis", &body).unwrap();
        assert_eq!((answer.status, &answer.body["accepted"]), (202, &json!(10_000)), "{answer:?}");
        answer.body["task_id"].as_str().unwrap().to_owned()
    };
    (0..count).map(send).collect()
}

fn post_line(client: &Client, message: &str) -> Value {
    let line = json!({ "severity": "ERROR", "message": message });
    let answer = client.post("/api/logs", &line).unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body
}

fn succeeds(client: &Client, posted: &Value) {
    let task = client.wait_for_task(posted["analysis_task_id"].as_str().unwrap()).unwrap();
    assert_eq!(task["status"], "SUCCESS", "{task}");
}

fn a_killed_worker_loses_and_doubles_nothing(fleet: &mut Fleet) {
    let judge = fleet.batch_judge();
    // A dead worker of a fleet is noticed when its lease has run out, 20 seconds later; a dead
    // `noctule up` when it starts again.
    let kills = if fleet.shape() == Shape::Embedded { 3 } else { 1 };
    let mut tasks = Vec::new();
    for _ in 0..kills {
        let known = i64::try_from(tasks.len()).unwrap() * 10_000;
        tasks.extend(send_batches(&fleet.client, 6));
        let all = i64::try_from(tasks.len()).unwrap() * 10_000;
        let client = &fleet.client;
        let judged = wait_until(PATIENCE, "the middle of the work", || {
            let judged = judged_lines(client);
            (judged > known).then_some(judged)
        });
        let judged = judged.unwrap();
        assert!(judged < all, "all {all} lines were judged before the worker could be killed");
        fleet.kill(judge).unwrap();
        fleet.restart(judge).unwrap();
    }
    for task in &tasks {
        let ended = fleet.client.wait_for_task(task).unwrap();
        assert_eq!(ended["status"], "SUCCESS", "{ended}");
        assert_eq!(ended["result"]["lines"], 10_000, "{ended}");
    }
    fleet.client.drain().unwrap();
    let all = i64::try_from(tasks.len()).unwrap() * 10_000;
    assert_eq!(judged_lines(&fleet.client), all);
    // As many anomalies are listed as are counted: none was made twice.
    let listed = fleet.client.all_items("/api/anomalies").unwrap().len();
    let dashboard = fleet.client.get("/api/dashboard").unwrap().body;
    assert_eq!(dashboard["anomalies_last_24h"], listed);
}

fn a_killed_api_keeps_its_word(fleet: &mut Fleet) {
    let posted: Vec<_> =
        (0..40).map(|n| post_line(&fleet.client, &format!("disk {n} failed"))).collect();
    let api = fleet.api();
    fleet.kill(api).unwrap();
    fleet.restart(api).unwrap();
    for line in &posted {
        succeeds(&fleet.client, line);
    }
    assert_eq!(fleet.client.all_items("/api/logs").unwrap().len(), posted.len());
    assert_eq!(judged_lines(&fleet.client), 40);
}

#[test]
fn redis_may_die_and_come_back() {
    let mut fleet = start(Shape::Distributed);
    succeeds(&fleet.client, &post_line(&fleet.client, "with redis"));
    fleet.kill_redis();
    for n in 0..20 {
        succeeds(&fleet.client, &post_line(&fleet.client, &format!("without redis {n}")));
    }
    // The fleet says so, and goes on.
    let ready = fleet.client.get_with("/readyz", &[]).unwrap();
    assert_eq!((ready.status, ready.body.to_string().contains("degraded")), (200, true));
    fleet.start_redis().unwrap();
    for n in 0..20 {
        succeeds(&fleet.client, &post_line(&fleet.client, &format!("with redis again {n}")));
    }
    assert_eq!(judged_lines(&fleet.client), 41);
}

#[test]
fn postgres_may_die_and_come_back() {
    let mut fleet = start(Shape::Distributed);
    let before = post_line(&fleet.client, "before the outage");
    fleet.postgres().unwrap().crash();
    let line = json!({ "severity": "ERROR", "message": "during the outage" });
    for path in ["/api/logs", "/api/batch-analysis"] {
        let body =
            if path == "/api/logs" { line.clone() } else { json!({ "log_entries": [line] }) };
        let refused = fleet.client.post(path, &body).unwrap();
        assert_eq!(refused.status, 503, "{refused:?}");
        assert_eq!(refused.body["type"], "/problems/unavailable");
        assert!(refused.header("retry-after").is_some(), "{refused:?}");
    }
    assert_eq!(fleet.client.get("/api/logs").unwrap().status, 503);
    assert_eq!(fleet.client.get_with("/readyz", &[]).unwrap().status, 503);
    assert_eq!(fleet.client.get_with("/livez", &[]).unwrap().status, 200);
    fleet.postgres().unwrap().resume().unwrap();
    let client = &fleet.client;
    let after = wait_until(PATIENCE, "the api to accept again", || {
        let answer = client.post("/api/logs", &line).ok()?;
        (answer.status == 201).then_some(answer.body)
    });
    succeeds(client, &before);
    succeeds(client, &after.unwrap());
    // Nothing of what was refused is there.
    assert_eq!(client.all_items("/api/logs").unwrap().len(), 2);
    assert_eq!(judged_lines(client), 2);
}
