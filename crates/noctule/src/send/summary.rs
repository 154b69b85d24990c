//! What is shown at the end.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::tally::Tally;
use crate::{client::Client, log_reader::Format};

/// The longest message in the summary, in characters.
const MAX_MESSAGE: usize = 160;

/// The summary for people.
pub(super) fn as_text(tally: &Tally, format: Format, client: &Client) -> String {
    let mut text = String::new();
    write_text(&mut text, tally, format, client).expect("writing to a string cannot fail");
    text
}

fn write_text(
    out: &mut String,
    tally: &Tally,
    format: Format,
    client: &Client,
) -> std::fmt::Result {
    let accepted = tally.accepted;
    writeln!(out, "{accepted} log lines from {} lines of {format}", tally.lines)?;
    let (sent, done) = (tally.sent_in.as_secs_f64(), tally.done_in.as_secs_f64());
    write!(out, "accepted in {sent:.1} s ({:.0} lines/s)", rate(accepted, sent))?;
    if tally.judged > 0 {
        write!(out, ", judged in {done:.1} s ({:.0} lines/s)", rate(tally.judged, done))?;
    }
    writeln!(out)?;
    if tally.bad > 0 {
        writeln!(out, "{} lines could not be used, among them:", tally.bad)?;
        for note in &tally.bad_notes {
            writeln!(out, "  line {}: {}", note.line_number, shown(&note.reason))?;
        }
    }
    for (id, error) in &tally.failed_tasks {
        writeln!(out, "task {id} failed: {}", shown(error))?;
    }
    if tally.judged == 0 {
        return Ok(());
    }
    match tally.anomaly_count() {
        0 => writeln!(out, "nothing abnormal")?,
        count => {
            let by_severity: Vec<_> =
                tally.anomalies.iter().map(|(name, count)| format!("{count} {name}")).collect();
            writeln!(out, "{count} anomalies: {}", by_severity.join(", "))?;
        }
    }
    for (place, anomaly) in tally.top.iter().enumerate() {
        let alike =
            if anomaly.alike > 1 { format!(" (x{})", anomaly.alike) } else { String::new() };
        writeln!(
            out,
            "\n{:>3}. {:.2} {}{alike}  {}",
            place + 1,
            anomaly.score,
            anomaly.severity,
            shown(&anomaly.message)
        )?;
        writeln!(out, "     {}", shown(&anomaly.summary))?;
        writeln!(out, "     log {}, task {}", anomaly.log_id, anomaly.task_id)?;
    }
    if tally.anomaly_count() > 0 {
        writeln!(out, "\nall of them: GET {}/api/anomalies", client.url)?;
    }
    Ok(())
}

/// The summary for programs.
pub(super) fn as_json(tally: &Tally, format: Format) -> Value {
    let bad: Vec<_> = tally
        .bad_notes
        .iter()
        .map(|note| json!({ "line": note.line_number, "reason": note.reason }))
        .collect();
    let top: Vec<_> = tally
        .top
        .iter()
        .map(|anomaly| {
            json!({
                "log_id": anomaly.log_id,
                "severity": anomaly.severity,
                "message": anomaly.message,
                "score": anomaly.score,
                "summary": anomaly.summary,
                "alike": anomaly.alike,
                "task_id": anomaly.task_id,
            })
        })
        .collect();
    json!({
        "format": format.to_string(),
        "lines": tally.lines,
        "accepted": tally.accepted,
        "bad": tally.bad,
        "bad_lines": bad,
        "tasks": tally.tasks.iter().map(|task| &task.id).collect::<Vec<_>>(),
        "failed_tasks": tally.failed_tasks,
        "judged": tally.judged,
        "anomalies": tally.anomaly_count(),
        "anomalies_by_severity": tally.anomalies,
        "top_anomalies": top,
        "accepted_seconds": tally.sent_in.as_secs_f64(),
        "judged_seconds": tally.done_in.as_secs_f64(),
        "lines_per_second": rate(tally.judged.max(tally.accepted), tally.done_in.as_secs_f64()),
    })
}

fn rate(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { count as f64 / seconds } else { 0.0 }
}

/// Text of a log as it may appear on a terminal: one line, without control characters.
fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(MAX_MESSAGE)
        .map(|c| match c {
            '\n' | '\t' => ' ',
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => '\u{FFFD}',
            c if c.is_control() => '\u{FFFD}',
            c => c,
        })
        .collect();
    if text.chars().count() > MAX_MESSAGE {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::send::tally::TopAnomaly;

    fn tally() -> Tally {
        let top = TopAnomaly {
            log_id: 7,
            severity: "ERROR".to_owned(),
            message: "disk failed\u{1b}[31m\nnext".to_owned(),
            score: 0.913,
            summary: "Words of failure.".to_owned(),
            template_id: "t".to_owned(),
            alike: 3,
            task_id: "t1".to_owned(),
        };
        Tally {
            lines: 10,
            accepted: 9,
            judged: 9,
            anomalies: [("ERROR".to_owned(), 3)].into(),
            top: vec![top],
            ..Tally::default()
        }
    }

    #[test]
    fn the_summary_names_the_worst_and_why() {
        let client = Client {
            url: "http://h".to_owned(),
            key_id: String::new(),
            key: String::new(),
            token: String::new(),
        };
        let text = as_text(&tally(), Format::Json, &client);
        for part in ["9 log lines", "3 anomalies: 3 ERROR", "0.91 ERROR (x3)", "log 7, task t1"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(!text.contains('\u{1b}'), "{text}");
        assert_eq!(as_json(&tally(), Format::Json)["anomalies"], 3);
    }
}
