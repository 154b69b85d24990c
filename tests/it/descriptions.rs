//! What the API says of itself.

use noctule_tests::Fleet;
use serde_json::json;

use crate::shapes::on_both_fleets;

on_both_fleets!(the_api_describes_and_measures_itself);

const ROUTES: [&str; 13] = [
    "/api/logs",
    "/api/logs/{id}",
    "/api/anomalies",
    "/api/anomalies/{id}",
    "/api/batch-analysis",
    "/api/real-time-analysis",
    "/api/pattern-analysis",
    "/api/task-status/{task_id}",
    "/api/dashboard",
    "/livez",
    "/readyz",
    "/metrics",
    "/problems/{slug}",
];

fn the_api_describes_and_measures_itself(fleet: &mut Fleet) {
    let client = &fleet.client;
    let get = |path: &str| {
        let answer = client.get_with(path, &[]).unwrap();
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body
    };
    let description = get("/openapi.json");
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"), "{description}");
    for route in ROUTES {
        assert!(description["paths"][route].is_object(), "{route} is not described");
    }
    let page = get("/docs/");
    let page = page.as_str().unwrap();
    assert!(page.contains("swagger-ui"), "{page}");
    for attribute in ["src=\"http", "href=\"http", "src=\"//", "href=\"//"] {
        assert!(!page.contains(attribute), "{page}");
    }
    assert_eq!(get("/livez")["status"], "alive");
    assert!(get("/readyz").to_string().contains("hints"));

    let line = json!({ "severity": "INFO", "message": "backup finished" });
    assert_eq!(client.post("/api/v1/logs", &line).unwrap().status, 201);
    client.drain().unwrap();
    let metrics = get("/metrics");
    let metrics = metrics.as_str().unwrap();
    for name in ["noctule_logs_ingested_total", "noctule_queue_depth", "noctule_build_info"] {
        assert!(metrics.contains(name), "{name} is not in {metrics}");
    }
}
