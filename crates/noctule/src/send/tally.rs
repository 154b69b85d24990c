//! What was counted on the way.

use std::{collections::BTreeMap, time::Duration};

/// Bad lines that are shown; all are counted.
const MAX_NOTES: usize = 5;

/// Everything that the summary is made of.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Lines of the file.
    pub(super) lines: u64,
    /// Blank lines, which are nobody's concern.
    pub(super) blank: u64,
    /// Lines that could not be read, or that the server refused.
    pub(super) bad: u64,
    /// The first of them.
    pub(super) bad_notes: Vec<BadLineNote>,
    /// Log lines that the server has accepted.
    pub(super) accepted: u64,
    /// The tasks that judge them.
    pub(super) tasks: Vec<Task>,
    /// Lines that were judged, and what was found.
    pub(super) judged: u64,
    pub(super) anomalies: BTreeMap<String, u64>,
    pub(super) top: Vec<TopAnomaly>,
    pub(super) failed_tasks: Vec<(String, String)>,
    /// From the start to the last answer to a request.
    pub(super) sent_in: Duration,
    /// From the start to the last verdict.
    pub(super) done_in: Duration,
}

/// A line that could not be read or was refused.
#[derive(Debug, Clone)]
pub(super) struct BadLineNote {
    pub(super) line_number: u64,
    pub(super) reason: String,
}

/// A task that judges some of the lines.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) first_line: u64,
    pub(super) lines: u64,
}

/// One of the most abnormal lines.
#[derive(Debug, Clone)]
pub(super) struct TopAnomaly {
    pub(super) log_id: i64,
    pub(super) severity: String,
    pub(super) message: String,
    pub(super) score: f64,
    pub(super) summary: String,
    /// What tells it from others: its template.
    pub(super) template_id: String,
    /// How many anomalies have that template.
    pub(super) alike: u64,
    pub(super) task_id: String,
}

impl Tally {
    pub(super) fn note_bad(&mut self, note: BadLineNote) {
        self.bad += 1;
        if self.bad_notes.len() < MAX_NOTES {
            self.bad_notes.push(note);
        }
    }

    /// Takes over what a sender has counted.
    pub(super) fn add(&mut self, other: Self) {
        self.bad += other.bad;
        self.bad_notes.extend(other.bad_notes);
        self.bad_notes.sort_unstable_by_key(|note| note.line_number);
        self.bad_notes.truncate(MAX_NOTES);
        self.accepted += other.accepted;
        self.tasks.extend(other.tasks);
    }

    pub(super) fn anomaly_count(&self) -> u64 {
        self.anomalies.values().sum()
    }
}
