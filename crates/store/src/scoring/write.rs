//! Storing the effects of scoring, inside the transaction that ends the attempts.
//!
//! Rows that several transactions may touch (templates, counts) are written in the order of
//! their keys, so that two transactions wait for each other at most once and never in a ring.

use std::collections::{BTreeMap, HashMap};

use noctule_domain::{Severity, Timestamp};

use super::{Effects, Explanation, ScoredLine, TemplateSighting, TemplateVector};
use crate::{
    StoreError,
    jobs::insert_jobs,
    session::Session,
    sql::{Sql, sql},
};

/// Rows in one statement; 8 columns of 1,000 rows stay below SQLite's 32,766 placeholders.
const ROWS: usize = 1_000;

/// Stores the effects of all attempts that still hold their leases.
///
/// # Errors
/// [`StoreError::AlreadyScored`] when a line has a verdict by the same model already; the
/// transaction must then be dropped.
pub(crate) async fn write_effects(
    session: &mut Session,
    effects: &[&Effects],
) -> Result<(), StoreError> {
    let lines: Vec<_> = effects.iter().flat_map(|effects| &effects.lines).collect();
    insert_explanations(session, &lines).await?;
    insert_results(session, &lines).await?;
    insert_anomalies(session, &lines).await?;
    insert_vectors(session, effects.iter().flat_map(|effects| &effects.vectors)).await?;
    add_sightings(session, effects.iter().flat_map(|effects| &effects.templates)).await?;
    add_counts(session, &lines).await?;
    let jobs: Vec<_> = effects.iter().flat_map(|effects| &effects.jobs).collect();
    insert_jobs(session, &jobs).await
}

async fn insert_explanations(
    session: &mut Session,
    lines: &[&ScoredLine],
) -> Result<(), StoreError> {
    let distinct: BTreeMap<i64, &Explanation> =
        lines.iter().map(|line| (line.explanation.id, &*line.explanation)).collect();
    let rows: Vec<_> = distinct.into_values().collect();
    for chunk in rows.chunks(ROWS) {
        let mut statement = sql("INSERT INTO explanations (id, body) ");
        statement.push_rows(chunk, |explanation, values| {
            values.extend([explanation.id.into(), explanation.body.clone().into()]);
        });
        session.execute(ignoring_known(statement)).await?;
    }
    Ok(())
}

async fn insert_results(session: &mut Session, lines: &[&ScoredLine]) -> Result<(), StoreError> {
    for chunk in lines.chunks(ROWS) {
        let mut statement =
            sql("INSERT INTO results (log_id, model_id, template, score, is_anomaly, confidence, \
             explanation_id, scored_us) ");
        statement.push_rows(chunk, |line, values| {
            values.extend([
                line.log_id.0.into(),
                line.model_id.0.into(),
                line.template.0.into(),
                line.score.into(),
                i16::from(line.anomaly.is_some()).into(),
                (line.confidence as i16).into(),
                line.explanation.id.into(),
                line.scored_at.as_micros().into(),
            ]);
        });
        let written = session.execute(ignoring_known(statement)).await?;
        if written != chunk.len() as u64 {
            return Err(StoreError::AlreadyScored);
        }
    }
    Ok(())
}

async fn insert_anomalies(session: &mut Session, lines: &[&ScoredLine]) -> Result<(), StoreError> {
    let anomalies: Vec<_> =
        lines.iter().filter_map(|line| line.anomaly.map(|id| (id, line))).collect();
    for chunk in anomalies.chunks(ROWS) {
        let mut statement = sql(
            "INSERT INTO anomalies (id, tenant_id, log_id, model_id, timestamp_us, detected_us, \
             severity, template, score, explanation_id) ",
        );
        statement.push_rows(chunk, |(id, line), values| {
            values.extend([
                id.0.into(),
                line.tenant_id.0.into(),
                line.log_id.0.into(),
                line.model_id.0.into(),
                line.timestamp.as_micros().into(),
                line.scored_at.as_micros().into(),
                severity_code(line.severity).into(),
                line.template.0.into(),
                line.score.into(),
                line.explanation.id.into(),
            ]);
        });
        session.execute(statement).await?;
    }
    Ok(())
}

async fn insert_vectors<'e>(
    session: &mut Session,
    vectors: impl Iterator<Item = &'e TemplateVector>,
) -> Result<(), StoreError> {
    let distinct: BTreeMap<_, _> =
        vectors.map(|vector| ((&vector.embedder, vector.template), vector)).collect();
    let rows: Vec<_> = distinct.into_values().collect();
    for chunk in rows.chunks(ROWS) {
        let mut statement = sql("INSERT INTO template_vectors (embedder, template, vector) ");
        statement.push_rows(chunk, |vector, values| {
            values.extend([
                (&*vector.embedder).into(),
                vector.template.0.into(),
                vector.vector.clone().into(),
            ]);
        });
        session.execute(ignoring_known(statement)).await?;
    }
    Ok(())
}

async fn add_sightings<'e>(
    session: &mut Session,
    sightings: impl Iterator<Item = &'e TemplateSighting>,
) -> Result<(), StoreError> {
    let mut merged: BTreeMap<(i64, i64), TemplateSighting> = BTreeMap::new();
    for sighting in sightings {
        merged
            .entry((sighting.tenant_id.0, sighting.template.0))
            .and_modify(|known| {
                known.lines += sighting.lines;
                known.first = known.first.min(sighting.first);
                known.last = known.last.max(sighting.last);
            })
            .or_insert_with(|| sighting.clone());
    }
    let rows: Vec<_> = merged.into_values().collect();
    for chunk in rows.chunks(ROWS) {
        let mut statement =
            sql("INSERT INTO templates (tenant_id, template, text, lines, first_us, last_us, \
             changed_us) SELECT v.column1, v.column2, v.column3, v.column4, v.column5, v.column6, \
             c.now_us FROM (");
        statement.push_rows(chunk, |sighting, values| {
            values.extend([
                sighting.tenant_id.0.into(),
                sighting.template.0.into(),
                (&*sighting.text).into(),
                sighting.lines.into(),
                sighting.first.as_micros().into(),
                sighting.last.as_micros().into(),
            ]);
        });
        statement.push(
            ") AS v CROSS JOIN db_clock AS c WHERE true \
             ON CONFLICT (tenant_id, template) DO UPDATE SET \
             lines = templates.lines + excluded.lines, changed_us = excluded.changed_us, \
             first_us = CASE WHEN excluded.first_us < templates.first_us \
                        THEN excluded.first_us ELSE templates.first_us END, \
             last_us = CASE WHEN excluded.last_us > templates.last_us \
                       THEN excluded.last_us ELSE templates.last_us END",
        );
        session.execute(statement).await?;
    }
    Ok(())
}

/// Counts lines and anomalies by window and severity: by the lines' own time and by arrival.
async fn add_counts(session: &mut Session, lines: &[&ScoredLine]) -> Result<(), StoreError> {
    let mut counts: HashMap<(i64, i16, i64, i16), (i64, i64)> = HashMap::new();
    let mut add = |line: &ScoredLine, basis: i16, at: Timestamp| {
        let key =
            (line.tenant_id.0, basis, at.window_start().as_micros(), severity_code(line.severity));
        let count = counts.entry(key).or_default();
        count.0 += 1;
        count.1 += i64::from(line.anomaly.is_some());
    };
    for line in lines {
        add(line, 0, line.timestamp);
        add(line, 1, line.received_at);
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_unstable();
    for chunk in rows.chunks(ROWS) {
        let mut statement = sql(
            "INSERT INTO line_counts (tenant_id, basis, window_us, severity, lines, anomalies) \
             ",
        );
        statement.push_rows(chunk, |(key, count), values| {
            values.extend([key.0.into(), key.1.into(), key.2.into(), key.3.into()]);
            values.extend([count.0.into(), count.1.into()]);
        });
        statement.push(
            " ON CONFLICT (tenant_id, basis, window_us, severity) DO UPDATE SET \
             lines = line_counts.lines + excluded.lines, \
             anomalies = line_counts.anomalies + excluded.anomalies",
        );
        session.execute(statement).await?;
    }
    Ok(())
}

fn ignoring_known(mut statement: Sql) -> Sql {
    statement.push(" ON CONFLICT DO NOTHING");
    statement
}

/// The number that a severity has in the tables; 0 when the sender gave none.
pub(crate) fn severity_code(severity: Option<Severity>) -> i16 {
    severity.map_or(0, Severity::code)
}
