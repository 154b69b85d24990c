//! Gathering lines into requests.

use std::sync::mpsc::SyncSender;

use noctule_domain::Severity;
use serde::Serialize;

use super::tally::{BadLineNote, Tally};
use crate::log_reader::{BadLine, LogReader, ParsedLine};

/// The largest body that is gathered; the server takes 10 MiB.
const MAX_BODY_BYTES: usize = 6 * 1024 * 1024;

/// Lines that go out in one request.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The request's body: `{"log_entries":[…]}`.
    pub(super) body: Vec<u8>,
    /// The line number in the file of each entry.
    pub(super) line_numbers: Vec<u64>,
}

#[derive(Serialize)]
struct Entry<'l> {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'static str>,
    message: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'l str>,
}

impl Batch {
    fn push(&mut self, line_number: u64, line: &ParsedLine) {
        self.body.extend_from_slice(if self.body.is_empty() {
            br#"{"log_entries":["#
        } else {
            b","
        });
        let entry = Entry {
            timestamp: line.timestamp.map(|timestamp| timestamp.to_string()),
            severity: line.severity.map(Severity::name),
            message: &line.message,
            service: line.origin.service.as_deref(),
            host: line.origin.host.as_deref(),
            source: line.origin.source.as_deref(),
        };
        serde_json::to_writer(&mut self.body, &entry).expect("strings serialise");
        self.line_numbers.push(line_number);
    }

    fn finish(mut self) -> Self {
        self.body.extend_from_slice(b"]}");
        self
    }
}

/// Reads the whole log into batches. Lines that cannot be read are counted and noted.
pub(super) fn read_batches(
    reader: LogReader,
    size: usize,
    tally: &mut Tally,
    batches: &SyncSender<Batch>,
) -> anyhow::Result<()> {
    let mut batch = Batch::default();
    for record in reader {
        let record = record?;
        tally.lines += record.line_count;
        match record.parsed {
            Ok(line) => batch.push(record.line_number, &line),
            Err(BadLine::Blank) => tally.blank += record.line_count,
            Err(bad) => tally
                .note_bad(BadLineNote { line_number: record.line_number, reason: bad.to_string() }),
        }
        let is_full = batch.line_numbers.len() >= size || batch.body.len() >= MAX_BODY_BYTES;
        if is_full && batches.send(std::mem::take(&mut batch).finish()).is_err() {
            // All senders gave up; the first of them tells why.
            return Ok(());
        }
    }
    if !batch.line_numbers.is_empty() {
        let _ = batches.send(batch.finish());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use noctule_domain::Timestamp;

    use super::*;
    use crate::log_reader::ReadOptions;

    #[test]
    fn lines_are_cut_into_bodies_and_bad_ones_are_noted() {
        let log = "{\"msg\":\"one\",\"level\":\"error\"}\n{\"msg\":\"two\"}\n{broken\n\n{\"msg\":\"three\"}\n";
        let options = ReadOptions {
            format: None,
            now: Timestamp::from_micros(1_700_000_000_000_000),
            utc_offset_seconds: 0,
        };
        let reader = LogReader::new(log.as_bytes(), options).unwrap();
        let (sender, receiver) = mpsc::sync_channel(9);
        let mut tally = Tally::default();
        read_batches(reader, 2, &mut tally, &sender).unwrap();
        drop(sender);
        let batches: Vec<_> = receiver.iter().collect();
        let numbers: Vec<_> = batches.iter().map(|batch| batch.line_numbers.clone()).collect();
        assert_eq!(numbers, [vec![1, 2], vec![5]]);
        let body: serde_json::Value = serde_json::from_slice(&batches[0].body).unwrap();
        assert_eq!(body["log_entries"][0]["severity"], "ERROR");
        assert_eq!(body["log_entries"][1]["message"], "two");
        assert_eq!((tally.lines, tally.blank, tally.bad), (5, 1, 1));
        assert_eq!(tally.bad_notes[0].line_number, 3);
    }
}
