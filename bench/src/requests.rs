//! Requests as they go over the wire, made and signed before the clock runs.

use std::net::SocketAddr;

use anyhow::Context;
use noctule_domain::{Clock, SystemClock};
use noctule_tests::{Client, Signature, TOKEN};
use serde::Serialize;

use crate::messages::Line;

const LOGS: &str = "/api/logs";
const BATCHES: &str = "/api/batch-analysis";

#[derive(Serialize)]
struct Batch<'l> {
    log_entries: &'l [Line],
}

/// The address of a fleet's API.
pub(crate) fn address_of(client: &Client) -> anyhow::Result<SocketAddr> {
    let text = client.url.trim_start_matches("http://");
    text.parse().with_context(|| format!("{text} is no address"))
}

/// Posts one line, with a fresh nonce.
pub(crate) fn post_line(server: SocketAddr, line: &Line) -> anyhow::Result<Vec<u8>> {
    Ok(post(server, LOGS, &serde_json::to_vec(line)?))
}

/// Posts many lines, with a fresh nonce.
pub(crate) fn post_batch(server: SocketAddr, lines: &[Line]) -> anyhow::Result<Vec<u8>> {
    Ok(post(server, BATCHES, &serde_json::to_vec(&Batch { log_entries: lines })?))
}

/// Waits for a task's end.
pub(crate) fn wait_for_task(server: SocketAddr, task_id: &str) -> Vec<u8> {
    format!(
        "GET /api/task-status/{task_id}?wait=20s HTTP/1.1\r\nhost: {server}\r\n\
         authorization: Bearer {TOKEN}\r\n\r\n"
    )
    .into_bytes()
}

fn post(server: SocketAddr, path: &str, body: &[u8]) -> Vec<u8> {
    let nonce = format!("{:032x}", rand::random::<u128>());
    let time = SystemClock.now().as_micros() / 1_000_000;
    let signature = Client::sign(Signature::V1 { time, nonce: &nonce }, path, body);
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {server}\r\ncontent-type: application/json\r\n\
         x-hmac-signature: {signature}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
