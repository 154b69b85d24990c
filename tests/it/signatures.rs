//! Who may send, and what becomes of a request that is sent twice.

use noctule_tests::{Answer, Client, Fleet, Signature, TOKEN, unix_time};
use serde_json::json;

use crate::{judging::judged_lines, shapes::on_both_fleets};

on_both_fleets!(
    every_failure_looks_the_same,
    a_repeated_request_has_no_effect,
    readers_need_a_token_and_operators_may_create,
);

const BODY: &[u8] = br#"{"severity":"INFO","message":"backup finished"}"#;
const PATH: &str = "/api/logs";

fn send(client: &Client, path: &str, body: &[u8], signature: &str) -> Answer {
    client.post_bytes(path, body, &[("x-hmac-signature", signature)]).unwrap()
}

fn every_failure_looks_the_same(fleet: &mut Fleet) {
    let client = &fleet.client;
    let v0 = Client::sign(Signature::V0, PATH, BODY);
    let v1 = |time, nonce| Client::sign(Signature::V1 { time, nonce }, PATH, BODY);
    let good = v1(unix_time(), "nonce-0001");
    let wrong_key = good.replace("kid=0a1b2c3d", "kid=deadbeef");
    let other_body = br#"{"severity":"INFO","message":"backup finished!"}"#;
    let cases: [(&str, &[u8], &str); 8] = [
        ("no signature", BODY, ""),
        ("not hex", BODY, "hello"),
        ("another body", other_body, &v0),
        ("another body, v1", other_body, &good),
        ("a clock 6 minutes slow", BODY, &v1(unix_time() - 360, "nonce-0002")),
        ("a clock 6 minutes fast", BODY, &v1(unix_time() + 360, "nonce-0003")),
        ("an unknown key", BODY, &wrong_key),
        ("one digit changed", BODY, &flip_last(&v0)),
    ];
    for (what, body, signature) in cases {
        let answer = send(client, PATH, body, signature);
        assert_eq!(answer.status, 401, "{what}: {answer:?}");
        assert_eq!(answer.body["type"], "/problems/invalid-signature", "{what}");
        assert!(answer.body["server_time"].is_string(), "{what}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}");
    }
    // A signature for one address does not open another.
    let moved = send(client, "/api/batch-analysis", BODY, &good);
    assert_eq!(moved.status, 401, "{moved:?}");
    // The two log routes want a signature even from those who hold a token.
    let bearer = format!("Bearer {TOKEN}");
    let token = client.post_bytes(PATH, BODY, &[("authorization", &bearer)]).unwrap();
    assert_eq!(token.status, 401, "{token:?}");
    for (what, signature) in [("v0", v0.clone()), ("sha256=", format!("sha256={v0}")), ("v1", good)]
    {
        let answer = send(client, PATH, BODY, &signature);
        assert_eq!(answer.status, 201, "{what}: {answer:?}");
    }
    assert_eq!(client.all_items("/api/logs").unwrap().len(), 3);
}

fn a_repeated_request_has_no_effect(fleet: &mut Fleet) {
    let client = &fleet.client;
    let time = unix_time();
    let sign = |body: &[u8]| Client::sign(Signature::V1 { time, nonce: "nonce-0042" }, PATH, body);
    let first = send(client, PATH, BODY, &sign(BODY));
    assert_eq!(first.status, 201, "{first:?}");
    let again = send(client, PATH, BODY, &sign(BODY));
    assert_eq!((again.status, &again.body), (201, &first.body), "{again:?}");
    // The same nonce for something else is a mistake of the sender's.
    let other = br#"{"severity":"INFO","message":"backup started"}"#;
    let conflict = send(client, PATH, other, &sign(other));
    assert_eq!(conflict.status, 409, "{conflict:?}");
    assert_eq!(conflict.body["type"], "/problems/nonce-reused");
    client.wait_for_task(first.body["analysis_task_id"].as_str().unwrap()).unwrap();
    assert_eq!(client.all_items("/api/logs").unwrap().len(), 1);
    assert_eq!(judged_lines(client), 1);
}

fn readers_need_a_token_and_operators_may_create(fleet: &mut Fleet) {
    let client = &fleet.client;
    for path in ["/api/logs", "/api/logs/1", "/api/anomalies", "/api/dashboard"] {
        for headers in [&[][..], &[("authorization", "Bearer ntk_guessed")]] {
            let answer = client.get_with(path, headers).unwrap();
            assert_eq!(answer.status, 401, "{path}: {answer:?}");
            assert_eq!(answer.body["type"], "/problems/unauthorized");
        }
    }
    let body = json!({ "time_window_hours": 1 }).to_string();
    let bearer = format!("Bearer {TOKEN}");
    let path = "/api/pattern-analysis";
    let answer = client.post_bytes(path, body.as_bytes(), &[("authorization", &bearer)]).unwrap();
    assert_eq!(answer.status, 202, "{answer:?}");
    let nobody = client.post_bytes(path, body.as_bytes(), &[]).unwrap();
    assert_eq!(nobody.status, 401, "{nobody:?}");
    let task = client.wait_for_task(answer.body["task_id"].as_str().unwrap()).unwrap();
    assert_eq!(task["status"], "SUCCESS", "{task}");
    let unknown = "/api/task-status/0198c0de-0000-7000-8000-000000000000";
    assert_eq!(client.get(unknown).unwrap().status, 404);
    assert_eq!(client.get("/api/logs/999999999").unwrap().status, 404);
}

fn flip_last(digits: &str) -> String {
    let (rest, last) = digits.split_at(digits.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}
