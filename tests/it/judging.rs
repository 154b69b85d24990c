//! Logs in, verdicts out.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use noctule_tests::{Client, Fleet, LogGenerator, Signature, unix_time};
use serde_json::{Value, json};

use crate::shapes::on_both_fleets;

on_both_fleets!(
    a_posted_line_is_judged_and_shown,
    a_batch_keeps_its_good_entries,
    stored_lines_are_judged_on_request,
    windows_are_judged_on_request,
    lists_filter_and_page,
);

fn a_posted_line_is_judged_and_shown(fleet: &mut Fleet) {
    let client = &fleet.client;
    let line = json!({
        "timestamp": "2024-01-15T10:30:00Z",
        "severity": "ERROR",
        "message": "Database connection failed after 3 retries",
    });
    // The seed's address, with its slash.
    let posted = client.post("/api/logs/", &line).unwrap();
    assert_eq!(posted.status, 201, "{posted:?}");
    assert_eq!(posted.body["timestamp"], "2024-01-15T10:30:00Z");
    assert_eq!(posted.body["severity"], "ERROR");
    assert_eq!(posted.body["message"], line["message"]);
    assert_eq!(posted.body["status"], "processing");
    let id = posted.body["id"].as_i64().unwrap();
    let task_id = posted.body["analysis_task_id"].as_str().unwrap();

    let task = client.wait_for_task(task_id).unwrap();
    assert_eq!(task["status"], "SUCCESS", "{task}");
    assert_eq!((&task["queue"], &task["attempts"]), (&json!("analysis"), &json!(1)));
    assert_eq!(task["result"]["log_id"], id);
    assert_eq!(task["result"]["is_anomaly"], true, "{task}");
    assert!(task["result"]["model_version"].as_str().unwrap().contains("hashing"), "{task}");

    let shown = client.get(&format!("/api/logs/{id}")).unwrap().body;
    let verdict = &shown["verdict"];
    assert_eq!(verdict["anomaly_score"], task["result"]["anomaly_score"]);
    assert!(verdict["summary"].as_str().unwrap().ends_with('.'), "{verdict}");
    assert!(verdict["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()));
    assert_eq!(verdict["template"], "Database connection failed after <num> retries");

    let anomaly = client.get("/api/anomalies").unwrap().body["items"][0].clone();
    assert_eq!((&anomaly["log_id"], &anomaly["id"]), (&json!(id), &verdict["anomaly_id"]));
    let dashboard = client.get("/api/dashboard/").unwrap().body;
    assert_eq!(dashboard["anomalies_last_24h"], 1);
    assert_eq!(dashboard["anomalies_last_7d"], 1);
    assert_eq!(dashboard["severity_distribution_24h"], json!({ "ERROR": 1 }));
    assert_eq!(dashboard["recent_anomalies"][0]["id"], id);
    assert!(dashboard["last_updated"].is_string());
}

fn a_batch_keeps_its_good_entries(fleet: &mut Fleet) {
    let client = &fleet.client;
    let mut entries = LogGenerator::new(1).entries(5_000, 100);
    entries[7] = json!({ "severity": "INFO" });
    entries[4_242] = json!({ "severity": "LOUD", "message": "x" });
    let body = json!({ "log_entries": entries }).to_string();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(body.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    // The signature covers the bytes as they travel.
    let signature = format!("sha256={}", Client::sign(Signature::V0, "", &packed));
    let headers = [("content-encoding", "gzip"), ("x-hmac-signature", &signature)];
    let answer = client.post_bytes("/api/batch-analysis", &packed, &headers).unwrap();
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.body["accepted"], 4_998);
    let rejected = answer.body["rejected"].as_array().unwrap();
    let places: Vec<_> = rejected.iter().map(|entry| entry["index"].as_u64().unwrap()).collect();
    assert_eq!(places, [7, 4_242]);
    assert_eq!(rejected[1]["errors"][0]["pointer"], "/log_entries/4242/severity");

    let task = client.wait_for_task(answer.body["task_id"].as_str().unwrap()).unwrap();
    assert_eq!(task["status"], "SUCCESS", "{task}");
    assert_eq!(task["progress"], json!({ "done": 4_998, "total": 4_998, "unit": "lines" }));
    assert_eq!(task["result"]["lines"], 4_998);
    // The 50 lines that tell of failures, and few of the others.
    let found = task["result"]["anomalies"].as_i64().unwrap();
    assert!((50..100).contains(&found), "{found} anomalies");
    assert_eq!(judged_lines(client), 4_998);
    let listed = client.all_items("/api/anomalies").unwrap().len();
    assert_eq!(i64::try_from(listed).unwrap(), found);
}

fn stored_lines_are_judged_on_request(fleet: &mut Fleet) {
    let client = &fleet.client;
    let line = json!({ "severity": "CRITICAL", "message": "kernel panic: not syncing" });
    let posted = client.post("/api/logs", &line).unwrap().body;
    let id = posted["id"].as_i64().unwrap();
    let body = json!({ "log_entry_ids": [id, 999_999_999, id] });
    let answer = client.post("/api/real-time-analysis/", &body).unwrap();
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.body["log_entry_ids"], json!([id]));
    assert_eq!(answer.body["not_found"], json!([999_999_999]));
    let task = client.wait_for_task(answer.body["task_id"].as_str().unwrap()).unwrap();
    assert_eq!((&task["status"], &task["queue"]), (&json!("SUCCESS"), &json!("real_time")));
    // Whichever of the two tasks came first has judged it, and only that one.
    let first = client.wait_for_task(posted["analysis_task_id"].as_str().unwrap()).unwrap();
    assert_eq!(first["status"], "SUCCESS", "{first}");
    assert_eq!(judged_lines(client), 1);
    assert_eq!(client.all_items("/api/anomalies").unwrap().len(), 1);
}

fn windows_are_judged_on_request(fleet: &mut Fleet) {
    let client = &fleet.client;
    // A day with ten lines in each window, and one window with two hundred errors.
    let end = unix_time() / 600 * 600;
    let windows = (1..=144_i64).flat_map(|back| {
        let start = end - back * 600;
        let (count, severity) = if back == 10 { (200, "ERROR") } else { (10, "INFO") };
        (0..count).map(move |n| {
            json!({
                "timestamp": start + n * 600 / count,
                "severity": severity,
                "message": format!("request {n} handled"),
            })
        })
    });
    let body = json!({ "log_entries": windows.collect::<Vec<_>>() });
    let batch = client.post("/api/batch-analysis", &body).unwrap().body;
    client.wait_for_task(batch["task_id"].as_str().unwrap()).unwrap();
    let answer = client.post("/api/pattern-analysis/", &json!({ "time_window_hours": 6 })).unwrap();
    assert_eq!(answer.status, 202, "{answer:?}");
    let task = client.wait_for_task(answer.body["task_id"].as_str().unwrap()).unwrap();
    assert_eq!((&task["status"], &task["queue"]), (&json!("SUCCESS"), &json!("pattern")));
    let patterns = task["result"]["patterns"].as_array().unwrap();
    let spike = patterns.iter().find(|found| found["type"] == "error_spike");
    let spike = spike.unwrap_or_else(|| panic!("no spike in {}", task["result"]));
    assert_eq!(spike["actual"], 200.0);
    assert!(spike["summary"].as_str().is_some_and(|text| !text.is_empty()));
}

fn lists_filter_and_page(fleet: &mut Fleet) {
    let client = &fleet.client;
    let body = json!({ "log_entries": LogGenerator::new(2).entries(1_200, 10) });
    let batch = client.post("/api/batch-analysis", &body).unwrap().body;
    client.wait_for_task(batch["task_id"].as_str().unwrap()).unwrap();
    let all = client.all_items("/api/logs").unwrap();
    let mut ids: Vec<_> = all.iter().map(|line| line["id"].as_i64().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 1_200);
    let times: Vec<_> = all.iter().map(|line| line["timestamp"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|earlier, later| earlier >= later));
    let count = |path: &str| client.all_items(path).unwrap().len();
    let of_level = |level: &str| all.iter().filter(|line| line["severity"] == level).count();
    assert_eq!(count("/api/logs?severity=CRITICAL"), of_level("CRITICAL"));
    let with_text = |line: &&Value| line["message"].as_str().unwrap().contains("memory");
    assert_eq!(count("/api/logs?q=memory"), all.iter().filter(with_text).count());
    let middle = all[600]["timestamp"].as_str().unwrap();
    assert_eq!(count(&format!("/api/logs?from={middle}")), 601);
    let wrong = client.get("/api/logs?severity=LOUD&limit=0").unwrap();
    assert_eq!(wrong.status, 422, "{wrong:?}");
    let pointers: Vec<_> = wrong.body["errors"].as_array().unwrap().iter().collect();
    assert_eq!(pointers.len(), 2, "{wrong:?}");
}

/// How many verdicts there are, by the dashboard's counts. A line that was judged twice would
/// count twice.
pub(crate) fn judged_lines(client: &Client) -> i64 {
    let dashboard = client.get("/api/dashboard").unwrap().body;
    let counts = dashboard["severity_distribution_24h"].as_object().unwrap();
    counts.values().filter_map(Value::as_i64).sum()
}
