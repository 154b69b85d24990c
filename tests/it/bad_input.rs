//! What bad input gets, and that nothing of it is kept.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use noctule_tests::{Answer, Client, Fleet, Signature};
use serde_json::{Value, json};

use crate::shapes::on_both_fleets;

on_both_fleets!(each_mistake_is_named, nothing_too_large_is_taken);

const MIB: usize = 1024 * 1024;

/// A request body and the answer that it deserves.
struct Case {
    path: &'static str,
    body: String,
    status: u16,
    problem: &'static str,
    /// The place of the first mistake; empty when the whole body is one.
    pointer: &'static str,
}

const fn case(
    path: &'static str,
    body: String,
    status: u16,
    problem: &'static str,
    pointer: &'static str,
) -> Case {
    Case { path, body, status, problem, pointer }
}

fn send(client: &Client, path: &str, body: &[u8], more: &[(&str, &str)]) -> Answer {
    let signature = Client::sign(Signature::V0, path, body);
    let headers = [&[("x-hmac-signature", signature.as_str())], more].concat();
    client.post_bytes(path, body, &headers).unwrap()
}

fn each_mistake_is_named(fleet: &mut Fleet) {
    let client = &fleet.client;
    let malformed = "malformed-json";
    let invalid = "invalid-field";
    let text = |json: Value| json.to_string();
    let (logs, batch) = ("/api/logs", "/api/batch-analysis");
    let (real_time, pattern) = ("/api/real-time-analysis", "/api/pattern-analysis");
    let cases = [
        case(logs, r#"{"message": "#.to_owned(), 400, malformed, ""),
        case(logs, String::new(), 400, malformed, ""),
        case(logs, "\u{feff}nonsense".to_owned(), 400, malformed, ""),
        case(logs, text(json!({ "severity": "ERROR" })), 422, invalid, "/message"),
        case(logs, text(json!({ "message": "" })), 422, invalid, "/message"),
        case(logs, text(json!({ "message": 5 })), 422, invalid, "/message"),
        case(logs, text(json!({ "message": "x", "severity": "LOUD" })), 422, invalid, "/severity"),
        case(
            logs,
            text(json!({ "message": "x", "timestamp": "noon" })),
            422,
            invalid,
            "/timestamp",
        ),
        case(batch, text(json!({})), 400, malformed, ""),
        case(batch, text(json!({ "log_entries": [] })), 422, invalid, "/log_entries"),
        case(
            batch,
            text(json!({ "log_entries": [{ "severity": "INFO" }] })),
            422,
            invalid,
            "/log_entries/0/message",
        ),
        case(real_time, text(json!({ "log_entry_ids": [] })), 422, invalid, "/log_entry_ids"),
        case(
            real_time,
            text(json!({ "log_entry_ids": [1, "x"] })),
            422,
            invalid,
            "/log_entry_ids/1",
        ),
        case(pattern, text(json!({ "time_window_hours": 0 })), 422, invalid, "/time_window_hours"),
        case(
            pattern,
            text(json!({ "time_window_hours": 169 })),
            422,
            invalid,
            "/time_window_hours",
        ),
    ];
    for case in cases {
        let Case { path, body, status, problem, pointer } = case;
        let answer = send(client, path, body.as_bytes(), &[]);
        assert_eq!(answer.status, status, "{path} {body}: {answer:?}");
        assert_eq!(answer.body["type"], format!("/problems/{problem}"), "{path} {body}");
        assert_eq!(answer.body["status"], status, "{path} {body}");
        assert!(answer.body["detail"].is_string(), "{path} {body}: {answer:?}");
        if !pointer.is_empty() {
            assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{path} {body}: {answer:?}");
        }
        // The type's address leads to a page that helps.
        let help = client.get_with(answer.body["type"].as_str().unwrap(), &[]).unwrap();
        assert_eq!(help.status, 200, "{problem}");
    }
    let unknown = client.get("/api/nothing-here").unwrap();
    assert_eq!((unknown.status, &unknown.body["type"]), (404, &json!("/problems/not-found")));
    let packed = send(client, logs, b"{}", &[("content-encoding", "br")]);
    assert_eq!(packed.status, 415, "{packed:?}");
    assert_eq!(client.all_items("/api/logs").unwrap().len(), 0);
}

fn nothing_too_large_is_taken(fleet: &mut Fleet) {
    let client = &fleet.client;
    let refused = |answer: Answer| {
        assert_eq!(answer.status, 413, "{answer:?}");
        assert_eq!(answer.body["type"], "/problems/too-large", "{answer:?}");
        answer
    };
    let long = json!({ "message": "x".repeat(256 * 1024 + 1) });
    let answer = refused(send(client, "/api/logs", long.to_string().as_bytes(), &[]));
    assert_eq!(answer.body["errors"][0]["pointer"], "/message");

    let many = json!({ "log_entries": vec![json!({ "message": "x" }); 10_001] }).to_string();
    let answer = refused(send(client, "/api/batch-analysis", many.as_bytes(), &[]));
    assert_eq!(answer.body["errors"][0]["pointer"], "/log_entries");

    let large = format!(r#"{{"message":"{}"}}"#, " ".repeat(10 * MIB));
    refused(send(client, "/api/logs", large.as_bytes(), &[]));

    // 300 MiB of nothing, packed to 300 KiB; 64 MiB of it are never reached in memory.
    let before = resident_kib(fleet);
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    let nothing = vec![b' '; MIB];
    (0..300).for_each(|_| bomb.write_all(&nothing).unwrap());
    let bomb = bomb.finish().unwrap();
    refused(send(client, "/api/batch-analysis", &bomb, &[("content-encoding", "gzip")]));
    let grown = resident_kib(fleet).saturating_sub(before);
    assert!(grown < 128 * 1024, "the bomb took {grown} KiB");

    // A long line among short ones costs only itself.
    let entries = json!({ "log_entries": [long, { "message": "short" }] }).to_string();
    let answer = send(client, "/api/batch-analysis", entries.as_bytes(), &[]);
    assert_eq!((answer.status, &answer.body["accepted"]), (202, &json!(1)), "{answer:?}");
    assert_eq!(answer.body["rejected"][0]["index"], 0);
    assert_eq!(client.all_items("/api/logs").unwrap().len(), 1);
}

/// The memory that the API's process holds.
fn resident_kib(fleet: &Fleet) -> u64 {
    let pid = fleet.process(fleet.api()).unwrap().pid();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
