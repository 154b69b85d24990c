//! `noctule send`: files of several formats against both fleets.

use std::{fs, process::Command};

use noctule_tests::{Fleet, HMAC_KEY, LogGenerator, TOKEN};
use serde_json::{Value, json};

use crate::{judging::judged_lines, shapes::on_both_fleets};

on_both_fleets!(files_are_sent_judged_and_summed_up);

fn send(fleet: &Fleet, name: &str, text: &str, more: &[&str]) -> (String, bool) {
    let file = fleet.data_dir().join(name);
    fs::write(&file, text).unwrap();
    let mut command: Command = fleet.command("noctule").unwrap();
    command.env("NOCTULE_HMAC_KEY", HMAC_KEY).env("NOCTULE_TOKEN", TOKEN);
    // Nobody is there; what is on this machine is not reached by way of a proxy.
    command.env("http_proxy", "http://127.0.0.1:9");
    let output = command.arg("send").arg(&file).args(more).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.success())
}

fn files_are_sent_judged_and_summed_up(fleet: &mut Fleet) {
    // JSON lines, one of which is broken.
    let mut entries = LogGenerator::new(3).entries(2_000, 100);
    entries.truncate(1_999);
    let mut lines: Vec<_> = entries.iter().map(Value::to_string).collect();
    lines.push(r#"{"severity": "INFO"}"#.to_owned());
    let text = lines.join("\n");
    let (printed, is_success) = send(fleet, "shop.jsonl", &text, &["--json", "--batch", "500"]);
    assert!(is_success, "{printed}");
    let summary: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&summary["accepted"], &summary["judged"]), (&json!(1_999), &json!(1_999)));
    assert_eq!((&summary["bad"], &summary["bad_lines"][0]["line"]), (&json!(1), &json!(2_000)));
    assert!(summary["anomalies"].as_i64().unwrap() >= 19, "{summary}");
    let top = &summary["top_anomalies"][0];
    assert!(top["summary"].as_str().unwrap().ends_with('.') && top["task_id"].is_string());

    // A web server's log and a syslog file, told apart by themselves.
    let access =
        "10.0.0.1 - - [05/Jan/2026:09:00:01 +0000] \"GET / HTTP/1.1\" 200 512 \"-\" \"curl\"\n";
    let (printed, is_success) = send(fleet, "access.log", &access.repeat(50), &[]);
    assert!(is_success && printed.contains("50 log lines"), "{printed}");
    let syslog = "Jan  5 09:00:02 web kernel: Out of memory: Killed process 4117 (java)\n";
    let (printed, is_success) = send(fleet, "syslog", &syslog.repeat(3), &[]);
    assert!(is_success && printed.contains("3 anomalies"), "{printed}");
    assert_eq!(judged_lines(&fleet.client), 1_999 + 50 + 3);

    // A key that the server does not know: told at once, however long the file is.
    let wrong = ["--key", "lsk_test_0a1b2c3d_guessed_000000", "--batch", "10"];
    let (printed, is_success) = send(fleet, "long.log", &syslog.repeat(500), &wrong);
    assert!(!is_success && printed.contains("signature"), "{printed}");

    let (printed, is_success) = send(fleet, "empty.log", "", &[]);
    assert!(is_success, "an empty file is a file: {printed}");
}
