//! The first start, the second start, and the end.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    time::Duration,
};

use noctule_test_servers::{GuardedProcess, free_port};
use noctule_tests::{Client, Fleet, FleetOptions, Shape, binary, model_dir};
use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::shapes::on_both_fleets;

on_both_fleets!(everybody_ends_cleanly_when_asked);

fn everybody_ends_cleanly_when_asked(fleet: &mut Fleet) {
    let api = fleet.api();
    let task = {
        let line = json!({ "severity": "ERROR", "message": "connection refused" });
        let posted = fleet.client.post("/api/logs", &line).unwrap();
        posted.body["analysis_task_id"].as_str().unwrap().to_owned()
    };
    let members = fleet.members();
    for member in members {
        assert_eq!(fleet.stop(member).unwrap(), 0, "{member}");
    }
    // What was accepted is there after the next start.
    fleet.restart(api).unwrap();
    if fleet.judge() != api {
        fleet.restart(fleet.judge()).unwrap();
    }
    assert_eq!(fleet.client.wait_for_task(&task).unwrap()["status"], "SUCCESS");
}

#[test]
fn the_first_start_shows_keys_once_and_a_line_that_works() {
    let files = TempDir::new().unwrap();
    let port = free_port().unwrap();
    let up = || {
        let mut command = Command::new(binary("noctule").unwrap());
        command.args(["up", "--embedder", "hashing", "--listen", &format!("127.0.0.1:{port}")]);
        command.arg("--data-dir").arg(files.path().join("data"));
        let mut process = GuardedProcess::spawn(&command).unwrap();
        process.wait_for_output("Ctrl-C", Duration::from_secs(30)).unwrap();
        process
    };
    let mut first = up();
    let printed = first.output();
    assert!(printed.contains("lsk_live_") && printed.contains("ntk_"), "{printed}");
    let paste = printed.lines().find(|line| line.trim().starts_with("curl ")).unwrap();
    let answer = Command::new("sh").args(["-c", paste]).stderr(Stdio::inherit()).output().unwrap();
    let answer = String::from_utf8(answer.stdout).unwrap();
    assert!(answer.contains("analysis_task_id"), "{paste}\n{answer}");
    let token = printed.split_whitespace().find(|word| word.starts_with("ntk_")).unwrap();
    let bearer = format!("Bearer {token}");
    let client = Client::new(format!("http://127.0.0.1:{port}"));
    let seen = client.get_with("/api/logs", &[("authorization", &bearer)]).unwrap();
    assert_eq!(seen.body["items"].as_array().map(Vec::len), Some(1), "{seen:?}");

    // Logs and keys are for their owner alone.
    let mode = |path: &str| fs::metadata(files.path().join(path)).unwrap().permissions().mode();
    for (path, expected) in
        [("data", 0o700), ("data/client.json", 0o600), ("data/master.key", 0o600)]
    {
        assert_eq!(mode(path) & 0o777, expected, "{path}");
    }

    // A second one on the same folder is refused, and told who holds it.
    let refused = Command::new(binary("noctule").unwrap())
        .args(["up", "--embedder", "hashing", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(files.path().join("data"))
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains(&first.pid().to_string()), "{told}");

    first.signal(noctule_test_servers::Signal::Int);
    assert_eq!(first.wait(Duration::from_secs(40)).unwrap(), 0, "{}", first.output());
    let second = up();
    let printed = second.output();
    assert!(!printed.contains("lsk_live_"), "{printed}");
    assert!(printed.contains("curl "), "{printed}");
}

#[test]
fn a_model_with_other_bytes_is_refused() {
    let Ok(model) = model_dir() else {
        println!("skipped: NOCTULE_MODEL_DIR does not name the model's folder");
        return;
    };
    let files = TempDir::new().unwrap();
    let folder = files.path().join("model");
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(model).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    let weights = folder.join("model.safetensors");
    let mut bytes = fs::read(&weights).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&weights, &bytes).unwrap();
    let refused = Command::new(binary("noctule").unwrap())
        .args(["up", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(files.path().join("data"))
        .env("NOCTULE_MODEL__DIR", &folder)
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let told = String::from_utf8(refused.stderr).unwrap();
    // The hash that is wanted, the one that is there, and where.
    for part in [
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        &hex::encode(Sha256::digest(&bytes)),
        weights.to_str().unwrap(),
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
}

#[test]
fn one_process_runs_all_roles_on_postgres_and_redis() {
    // The servers of a distributed fleet, without its members.
    let options = FleetOptions { members: Vec::new(), ..FleetOptions::new(Shape::Distributed) };
    let fleet = Fleet::start(options).unwrap();
    let address = fleet.client.url.trim_start_matches("http://").to_owned();
    let mut command = fleet.command("noctule").unwrap();
    command.args(["up", "--listen", &address]);
    let mut process = GuardedProcess::spawn(&command).unwrap();
    process.wait_for_output("Ctrl-C", Duration::from_secs(30)).unwrap();
    let ready = fleet.client.get_with("/readyz", &[]).unwrap();
    let ready = ready.body.to_string();
    assert!(ready.contains("postgres") && ready.contains("redis"), "{ready}");
    let line = json!({ "severity": "ERROR", "message": "connection refused" });
    let posted = fleet.client.post("/api/logs", &line).unwrap().body;
    let task = fleet.client.wait_for_task(posted["analysis_task_id"].as_str().unwrap()).unwrap();
    assert_eq!(task["status"], "SUCCESS", "{task}");
}
