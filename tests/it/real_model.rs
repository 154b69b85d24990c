//! The whole way with the real model.

use noctule_tests::{Embedder, Fleet, FleetOptions, Shape};
use serde_json::json;

/// Lines without a level, which must be judged by what they say.
const LINES: [(&str, bool); 4] = [
    ("Out of memory: killed process 4117 (java)", true),
    ("Database connection failed after 3 retries", true),
    ("user 4117 opened the page of contents", false),
    ("nightly backup completed, 12 files copied", false),
];

fn the_model_judges(shape: Shape) {
    if std::env::var_os("NOCTULE_MODEL_DIR").is_none() {
        println!("skipped: NOCTULE_MODEL_DIR does not name the model's folder");
        return;
    }
    let options = FleetOptions { embedder: Embedder::Minilm, ..FleetOptions::new(shape) };
    let fleet = Fleet::start(options).unwrap();
    for (message, is_anomaly) in LINES {
        let posted = fleet.client.post("/api/logs", &json!({ "message": message })).unwrap().body;
        let task = posted["analysis_task_id"].as_str().unwrap();
        let result = fleet.client.wait_for_task(task).unwrap()["result"].clone();
        assert_eq!(result["is_anomaly"], is_anomaly, "{message}: {result}");
        assert!(result["model_version"].as_str().unwrap().contains("minilm"), "{result}");
    }
}

#[test]
fn embedded() {
    the_model_judges(Shape::Embedded);
}

#[test]
fn distributed() {
    the_model_judges(Shape::Distributed);
}
