//! Waiting for verdicts.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::Value;

use super::tally::{Tally, TopAnomaly};
use crate::client::Client;

/// How long one request waits for a task's end.
const WAIT: &str = "5s";
/// How long one request may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// How many requests in a row may fail before waiting is given up.
const MAX_FAILURES: usize = 20;
/// The pause after a request that failed.
const PAUSE: Duration = Duration::from_millis(500);
/// After so long without a worker it is time to say so.
const UNCLAIMED: Duration = Duration::from_secs(15);
/// The anomalies that the summary shows.
const SHOWN: usize = 10;

#[derive(Deserialize)]
struct TaskStatus {
    status: String,
    result: Option<Value>,
    error: Option<String>,
    progress: Option<Progress>,
}

#[derive(Deserialize)]
struct Progress {
    done: u64,
}

/// Waits until all tasks have ended, and gathers what they found.
pub(super) fn wait_for_verdicts(
    client: &Client,
    tally: &mut Tally,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let agent = client.agent(REQUEST_LIMIT);
    let tasks = tally.tasks.clone();
    let (mut finished, mut last_step, mut is_told) = (0, Instant::now(), false);
    for task in &tasks {
        let mut failures = 0;
        let status = loop {
            let asked = ask(&agent, client, &task.id);
            match asked {
                Ok(status) if is_final(&status.status) => break status,
                Ok(status) => {
                    failures = 0;
                    let done = status.progress.map_or(0, |progress| progress.done);
                    bar.set_position(finished + done);
                    if status.status == "PENDING" && !is_told && last_step.elapsed() > UNCLAIMED {
                        is_told = true;
                        bar.suspend(|| eprintln!("{}", unclaimed(&task.id)));
                    }
                }
                Err(error) if failures >= MAX_FAILURES => return Err(error),
                Err(_) => {
                    failures += 1;
                    std::thread::sleep(PAUSE);
                }
            }
        };
        last_step = Instant::now();
        finished += task.lines;
        bar.set_position(finished);
        match (status.status.as_str(), status.result) {
            ("SUCCESS", Some(result)) => gather(tally, &task.id, &result),
            (other, _) => {
                let error = status.error.unwrap_or_else(|| other.to_owned());
                tally.failed_tasks.push((task.id.clone(), error));
            }
        }
    }
    tally.top.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.log_id.cmp(&b.log_id)));
    merge_alike(&mut tally.top);
    tally.top.truncate(SHOWN);
    Ok(())
}

fn unclaimed(id: &str) -> String {
    let seconds = UNCLAIMED.as_secs();
    format!(
        "no worker has taken task {id} for {seconds} s; is one running for queue \
         batch_processing? The lines are stored, so Ctrl-C loses nothing"
    )
}

fn ask(agent: &ureq::Agent, client: &Client, id: &str) -> anyhow::Result<TaskStatus> {
    let mut answer = agent
        .get(format!("{}/api/task-status/{id}?wait={WAIT}", client.url))
        .header("authorization", format!("Bearer {}", client.token))
        .call()
        .with_context(|| format!("{} does not answer", client.url))?;
    let text = answer.body_mut().read_to_string()?;
    if !answer.status().is_success() {
        bail!("task {id} cannot be asked for: HTTP {}", answer.status().as_u16());
    }
    serde_json::from_str(&text).context("the server's answer is not understood")
}

fn is_final(status: &str) -> bool {
    ["SUCCESS", "FAILURE", "REVOKED"].contains(&status)
}

fn gather(tally: &mut Tally, task_id: &str, result: &Value) {
    tally.judged += result["lines"].as_u64().unwrap_or(0);
    for (severity, count) in result["anomalies_by_severity"].as_object().into_iter().flatten() {
        *tally.anomalies.entry(severity.clone()).or_default() += count.as_u64().unwrap_or(0);
    }
    for anomaly in result["top_anomalies"].as_array().into_iter().flatten() {
        let text = |name: &str| anomaly[name].as_str().unwrap_or_default().to_owned();
        tally.top.push(TopAnomaly {
            log_id: anomaly["log_id"].as_i64().unwrap_or(0),
            severity: anomaly["severity"].as_str().unwrap_or("UNKNOWN").to_owned(),
            message: text("message"),
            score: anomaly["score"].as_f64().unwrap_or(0.0),
            summary: text("summary"),
            template_id: text("template_id"),
            alike: anomaly["alike"].as_u64().unwrap_or(1),
            task_id: task_id.to_owned(),
        });
    }
}

/// Each task names the worst line of each template; over many tasks one line of each stays.
fn merge_alike(top: &mut Vec<TopAnomaly>) {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut merged: Vec<TopAnomaly> = Vec::new();
    for anomaly in top.drain(..) {
        if let Some(place) = places.get(&anomaly.template_id) {
            merged[*place].alike += anomaly.alike;
        } else {
            places.insert(anomaly.template_id.clone(), merged.len());
            merged.push(anomaly);
        }
    }
    *top = merged;
}
