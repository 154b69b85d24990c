//! Which crate may depend on which: the map in ARCHITECTURE.md, held by `cargo metadata`.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// The rows of the map. A crate may depend only on crates of lower rows.
const ROWS: [&[&str]; 10] = [
    &["noctule-domain", "noctule-test-servers"],
    &["noctule-jobs", "noctule-detection", "noctule-template-miner"],
    &["noctule-store"],
    &["noctule-queue", "noctule-embedding"],
    &["noctule-bootstrap"],
    &["noctule-scoring"],
    &[
        "noctule-api",
        "noctule-schedules",
        "noctule-worker-analysis",
        "noctule-worker-batch",
        "noctule-worker-maintenance",
        "noctule-worker-notification",
        "noctule-worker-pattern",
        "noctule-worker-real-time",
    ],
    &["noctule"],
    &["noctule-tests"],
    &["noctule-bench", "xtask"],
];

/// Which crates alone may name an outside crate, or one that is not for shipping. Benchmarks may name what they compare with.
const OWNERS: [(&str, &[&str]); 12] = [
    ("sqlx", &["noctule-store"]),
    ("apalis", &["noctule-queue"]),
    ("apalis-core", &["noctule-queue"]),
    // For the probe in the tests of queue, and nowhere else.
    ("apalis-redis", &[]),
    ("redis", &["noctule-queue"]),
    ("candle-core", &["noctule-embedding"]),
    ("gemm", &["noctule-embedding"]),
    ("tokenizers", &["noctule-embedding"]),
    ("lettre", &["noctule-worker-notification"]),
    ("axum", &["noctule-api", "noctule-bootstrap"]),
    // Nothing that ships starts servers for tests.
    ("noctule-test-servers", &["noctule-tests", "xtask"]),
    ("ureq", &["noctule", "noctule-embedding", "noctule-tests"]),
];

/// Pairs of which the first must not reach the second by any way.
const APART: [(&str, &str); 7] = [
    ("noctule-api", "noctule-embedding"),
    ("noctule-api", "noctule-detection"),
    ("noctule-api", "noctule-template-miner"),
    ("noctule-schedules", "noctule-embedding"),
    ("noctule-worker-notification", "noctule-embedding"),
    ("noctule-worker-pattern", "noctule-embedding"),
    ("noctule-tests", "noctule-domain"),
];

/// The dependencies of each crate of the workspace, those for tests and builds left out.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap();
        let usual = all.iter().filter(|dependency| dependency["kind"].is_null());
        (text(&package["name"]), usual.map(|dependency| text(&dependency["name"])).collect())
    };
    metadata["packages"].as_array().unwrap().iter().map(of).collect()
}

fn row(name: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&name))
}

#[test]
fn crates_depend_downwards_only() {
    for (name, needs) in dependencies() {
        let own = row(&name).unwrap_or_else(|| panic!("{name} has no place on the map"));
        for need in needs {
            let Some(below) = row(&need) else { continue };
            assert!(below < own, "{name} (row {own}) depends on {need} (row {below})");
        }
    }
}

#[test]
fn outside_crates_stay_behind_their_fences() {
    for (name, needs) in dependencies() {
        for (outside, owners) in OWNERS {
            let may = name == "noctule-bench" || owners.contains(&name.as_str());
            assert!(may || !needs.contains(outside), "{name} may not name {outside}");
        }
    }
}

#[test]
fn thin_processes_do_not_reach_the_model() {
    let graph = dependencies();
    let reachable = |from: &str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(name) = next.pop() {
            let needs = graph.get(&name).into_iter().flatten();
            next.extend(needs.filter(|need| seen.insert((*need).clone())).cloned());
        }
        seen
    };
    for (from, to) in APART {
        assert!(graph.contains_key(from) && graph.contains_key(to), "{from} or {to} is gone");
        assert!(!reachable(from).contains(to), "{from} reaches {to}");
    }
}

#[test]
fn the_map_names_no_crate_that_is_gone() {
    let graph = dependencies();
    let named = ROWS.iter().copied().flatten().filter(|name| **name != "noctule-bench");
    for name in named {
        assert!(graph.contains_key(*name), "{name} is on the map only");
    }
}
