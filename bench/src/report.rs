//! The table for people and the JSON for programs.

use std::fmt::Write as _;

use noctule_domain::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::row::{Figure, Outcome, Row, Target};

const HEADS: [&str; 6] = ["benchmark", "figure", "ours", "target", "", "beside it"];
/// The column of numbers, which stand under each other.
const NUMBERS: usize = 2;

type Line = [String; HEADS.len()];

/// One table with all rows.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut lines: Vec<Line> = vec![HEADS.map(ToOwned::to_owned)];
    for row in rows {
        lines.extend(lines_of(row));
    }
    // Nothing stands behind the last column, so its long cells push nothing aside.
    let last = HEADS.len() - 1;
    let width = |column: usize| {
        let cells = if column == last { &lines[..1] } else { &lines[..] };
        cells.iter().map(|line| line[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..HEADS.len()).map(width).collect();
    let mut text = String::new();
    for (place, line) in lines.iter().enumerate() {
        let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column == NUMBERS && place > 0 {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            }
        });
        writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())
            .expect("writing to a string cannot fail");
        if place == 0 {
            let rules: Vec<_> = widths.iter().map(|width| "─".repeat(*width)).collect();
            writeln!(text, "{}", rules.join("──")).expect("writing to a string cannot fail");
        }
    }
    text
}

fn lines_of(row: &Row) -> Vec<Line> {
    let alone = |what: &str, why: &str| {
        let mut line = Line::default();
        line[0].clone_from(&row.name);
        line[HEADS.len() - 1] = format!("{what}: {}", why.replace('\n', " "));
        vec![line]
    };
    match &row.outcome {
        Outcome::Skipped(why) => alone("skipped", why),
        Outcome::Failed(why) => alone("failed", why),
        Outcome::Measured(figures) => {
            let mut lines: Vec<_> = figures.iter().flat_map(lines_of_figure).collect();
            if let Some(first) = lines.first_mut() {
                first[0].clone_from(&row.name);
            }
            lines
        }
    }
}

fn lines_of_figure(figure: &Figure) -> Vec<Line> {
    let unit = figure.unit;
    let verdict = match figure.is_met() {
        Some(true) => "met",
        Some(false) => "MISSED",
        None => "",
    };
    let target = figure.target.map_or_else(String::new, |target| match target {
        Target::AtLeast(bound) => format!("at least {}", unit.number(bound)),
        Target::Below(bound) => format!("below {}", unit.number(bound)),
        Target::Exactly(wanted) => format!("exactly {}", unit.number(wanted)),
    });
    let mut beside = figure
        .beside
        .iter()
        .map(|beside| format!("{} {unit}: {}", unit.number(beside.value), beside.what));
    let ours = format!("{} {unit}", unit.number(figure.value));
    let first = [
        String::new(),
        figure.name.to_owned(),
        ours,
        target,
        verdict.to_owned(),
        beside.next().unwrap_or_default(),
    ];
    let mut lines = vec![first];
    lines.extend(beside.map(|text| {
        let mut line = Line::default();
        line[HEADS.len() - 1] = text;
        line
    }));
    lines
}

/// All figures, with the machine and the date.
pub(crate) fn json(rows: &[Row]) -> anyhow::Result<String> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let rows: Vec<_> = rows.iter().map(json_of).collect();
    let all = json!({
        "date": SystemClock.now().to_string(),
        "cores": cores,
        "processor": processor(),
        "rows": rows,
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&all)?))
}

fn json_of(row: &Row) -> Value {
    match &row.outcome {
        Outcome::Skipped(why) => json!({ "name": row.name, "skipped": why }),
        Outcome::Failed(why) => json!({ "name": row.name, "failed": why }),
        Outcome::Measured(figures) => {
            let figures: Vec<_> = figures.iter().map(json_of_figure).collect();
            json!({ "name": row.name, "figures": figures })
        }
    }
}

fn json_of_figure(figure: &Figure) -> Value {
    let target = figure.target.map(|target| match target {
        Target::AtLeast(bound) => json!({ "at_least": bound }),
        Target::Below(bound) => json!({ "below": bound }),
        Target::Exactly(wanted) => json!({ "exactly": wanted }),
    });
    let beside: Vec<_> = figure
        .beside
        .iter()
        .map(|beside| json!({ "what": beside.what, "value": beside.value }))
        .collect();
    json!({
        "name": figure.name,
        "value": figure.value,
        "unit": figure.unit.to_string(),
        "target": target,
        "met": figure.is_met(),
        "beside": beside,
    })
}

/// The processor's name, where Linux tells it.
fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("model name"))?;
    Some(line.trim_start_matches([' ', '\t', ':']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::Unit;

    #[test]
    fn the_table_has_a_line_for_each_figure_and_each_comparison() {
        let speed = Figure::new("speed", 4_321.0, Unit::PerSecond("lines"))
            .target(Target::AtLeast(5_000.0))
            .beside("bare", 9_000.0)
            .beside("barer", 12_000.0);
        let skipped =
            Row { name: "other".to_owned(), outcome: Outcome::Skipped("no data".to_owned()) };
        let rows = [Row::new("one", vec![speed]), skipped];
        let text = table(&rows);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 5, "{text}");
        for part in ["one", "4,321 lines/s", "at least 5,000", "MISSED", "9,000 lines/s: bare"] {
            assert!(lines[2].contains(part), "{part} is not in {}", lines[2]);
        }
        assert!(lines[4].starts_with("other") && lines[4].ends_with("skipped: no data"), "{text}");
        let json: Value = serde_json::from_str(&json(&rows).unwrap()).unwrap();
        assert_eq!(json["rows"][0]["figures"][0]["met"], false);
        assert_eq!(json["rows"][1]["skipped"], "no data");
    }
}
