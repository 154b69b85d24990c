//! Anomalies reach people.

use noctule_tests::Fleet;
use serde_json::json;

use crate::shapes::on_both_fleets;

on_both_fleets!(a_critical_line_is_mailed_once_and_explained);

fn a_critical_line_is_mailed_once_and_explained(fleet: &mut Fleet) {
    let client = &fleet.client;
    let entry = |severity: &str, message: &str| json!({ "severity": severity, "message": message });
    let body = json!({ "log_entries": [
        entry("CRITICAL", "Out of memory: killed process 4117 (java)"),
        // Like the first, and people know already.
        entry("CRITICAL", "Out of memory: killed process 4118 (java)"),
        entry("ERROR", "Disk failure on <b>sdb</b>: read error"),
        // Abnormal, but not so that anybody should be woken.
        entry("WARNING", "connection reset by peer, retrying"),
        entry("INFO", "backup finished"),
    ] });
    let batch = client.post("/api/batch-analysis", &body).unwrap().body;
    client.wait_for_task(batch["task_id"].as_str().unwrap()).unwrap();
    client.drain().unwrap();
    let mails = fleet.mails().unwrap();
    assert_eq!(mails.len(), 2, "{mails:#?}");
    let about = |text: &str| mails.iter().find(|mail| mail.contains(text)).unwrap();
    let first = about("Out of memory");
    assert!(first.contains("To: operator@example.com"), "{first}");
    assert!(first.contains("Subject: [CRITICAL] Out of memory"), "{first}");
    assert!(first.contains("Message-ID: <anomaly-"), "{first}");
    assert!(first.contains("Why:"), "{first}");
    assert!(!about("Disk failure").contains("<b>sdb</b></p>"), "markup of a log line is inert");
}
