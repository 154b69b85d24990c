//! Sending requests until they are accepted.

use std::{
    io::Write,
    sync::{Mutex, mpsc::Receiver},
    thread,
    time::Duration,
};

use anyhow::{Context, bail};
use flate2::{Compression, write::GzEncoder};
use indicatif::ProgressBar;
use noctule_domain::{Clock, SystemClock};
use serde::Deserialize;

use super::{
    batch::Batch,
    tally::{BadLineNote, Tally, Task},
};
use crate::client::{Client, is_local};

const PATH: &str = "/api/batch-analysis";
/// How often a request is tried while the server is away or overloaded.
const MAX_TRIES: u32 = 8;
/// The longest pause between two tries.
const MAX_PAUSE: Duration = Duration::from_secs(15);
/// How long one request may take.
const REQUEST_LIMIT: Duration = Duration::from_mins(1);

/// Sends batches over its own connection.
pub(super) struct Sender<'s> {
    client: &'s Client,
    agent: ureq::Agent,
    bar: &'s ProgressBar,
    /// Packing pays on a network, and costs time for nothing on the same machine.
    is_packed: bool,
    tally: Tally,
}

#[derive(Deserialize)]
struct Receipt {
    task_id: String,
    accepted: u64,
    rejected: Vec<Rejected>,
}

#[derive(Deserialize)]
struct Rejected {
    index: usize,
    reason: String,
}

#[derive(Deserialize)]
struct Problem {
    title: String,
    detail: Option<String>,
    #[serde(default)]
    errors: Vec<FieldError>,
}

#[derive(Deserialize)]
struct FieldError {
    pointer: String,
    message: String,
}

impl<'s> Sender<'s> {
    pub(super) fn new(client: &'s Client, bar: &'s ProgressBar) -> Self {
        let agent = client.agent(REQUEST_LIMIT);
        Self { client, agent, bar, is_packed: !is_local(&client.url), tally: Tally::default() }
    }

    /// Sends what comes until nothing comes any more.
    pub(super) fn send_until_done(
        mut self,
        batches: &Mutex<Receiver<Batch>>,
    ) -> anyhow::Result<Tally> {
        loop {
            let next = batches.lock().expect("a sender does not panic").recv();
            let Ok(batch) = next else { return Ok(self.tally) };
            self.send(&batch)?;
            self.bar.inc(batch.line_numbers.len() as u64);
        }
    }

    fn send(&mut self, batch: &Batch) -> anyhow::Result<()> {
        let body = if self.is_packed { pack(&batch.body)? } else { batch.body.clone() };
        // One signature for all tries: if an earlier try did get through, the server recognises
        // the nonce and gives the first answer again instead of storing the lines twice.
        let time = SystemClock.now().as_micros() / 1_000_000;
        let signature = self.client.signature(time, "POST", PATH, &body);
        let mut pause = Duration::from_millis(250);
        let mut last = String::new();
        for _ in 0..MAX_TRIES {
            match self.post(&body, &signature) {
                Ok((202, text)) => return self.note_accepted(batch, &text),
                Ok((422, text)) => return self.note_refused(batch, &text),
                Ok((status @ (429 | 502..=504), text)) => last = problem_of(status, &text),
                Ok((status, text)) => bail!(problem_of(status, &text)),
                Err(error) => last = error.to_string(),
            }
            thread::sleep(pause.mul_f64(0.5 + rand::random::<f64>() / 2.0));
            pause = (pause * 2).min(MAX_PAUSE);
        }
        bail!("{} does not accept the lines: {last}", self.client.url)
    }

    fn post(&self, body: &[u8], signature: &str) -> Result<(u16, String), ureq::Error> {
        let mut request = self
            .agent
            .post(format!("{}{PATH}", self.client.url))
            .header("content-type", "application/json")
            .header("x-hmac-signature", signature);
        if self.is_packed {
            request = request.header("content-encoding", "gzip");
        }
        let mut answer = request.send(body)?;
        Ok((answer.status().as_u16(), answer.body_mut().read_to_string()?))
    }

    fn note_accepted(&mut self, batch: &Batch, text: &str) -> anyhow::Result<()> {
        let receipt: Receipt =
            serde_json::from_str(text).context("the server's answer is not understood")?;
        for entry in receipt.rejected {
            let line_number = batch.line_numbers.get(entry.index).copied().unwrap_or(0);
            self.tally.note_bad(BadLineNote { line_number, reason: entry.reason });
        }
        self.tally.accepted += receipt.accepted;
        self.tally.tasks.push(Task {
            id: receipt.task_id,
            first_line: batch.line_numbers[0],
            lines: receipt.accepted,
        });
        Ok(())
    }

    /// Not one entry of the batch can be used.
    fn note_refused(&mut self, batch: &Batch, text: &str) -> anyhow::Result<()> {
        let problem: Problem =
            serde_json::from_str(text).context("the server's answer is not understood")?;
        for (index, line_number) in batch.line_numbers.iter().enumerate() {
            let start = format!("/log_entries/{index}/");
            let error = problem.errors.iter().find(|error| error.pointer.starts_with(&start));
            let reason = error.map_or_else(|| problem.title.clone(), |e| e.message.clone());
            self.tally.note_bad(BadLineNote { line_number: *line_number, reason });
        }
        Ok(())
    }
}

fn pack(body: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(body)?;
    Ok(packed.finish()?)
}

fn problem_of(status: u16, text: &str) -> String {
    match serde_json::from_str::<Problem>(text) {
        Ok(Problem { title, detail: Some(detail), .. }) => format!("{title}: {detail} ({status})"),
        Ok(Problem { title, .. }) => format!("{title} ({status})"),
        Err(_) => format!("HTTP {status}"),
    }
}
