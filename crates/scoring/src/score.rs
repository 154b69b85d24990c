//! The part of the pipeline that only computes: masking lines, and judging them.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use noctule_detection::line::RarityTable;
use noctule_domain::{AnomalyId, Severity, StoredLine, TemplateKey, TenantScope, Timestamp};
use noctule_jobs::{NewJob, NotificationJob};
use noctule_store::{Effects, ModelId, ScoredLine, TemplateSighting};
use noctule_template_miner::{mask, template_key};

use crate::template::Template;

/// The microseconds of an hour: a template is mailed at most once in each.
const HOUR_MICROS: i64 = 3_600_000_000;

/// The template of each line, and the text of each distinct template.
#[derive(Debug, Default)]
pub(crate) struct Masked {
    pub(crate) keys: Vec<TemplateKey>,
    pub(crate) texts: HashMap<TemplateKey, Arc<str>, RandomState>,
}

/// Masks lines.
pub(crate) fn mask_lines(lines: &[StoredLine]) -> Masked {
    let mut masked = Masked::default();
    let mut buffer = String::new();
    for stored in lines {
        mask(stored.line.message(), &mut buffer);
        let key = TemplateKey(template_key(&buffer));
        masked.texts.entry(key).or_insert_with(|| buffer.as_str().into());
        masked.keys.push(key);
    }
    masked
}

/// What all lines of one call have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judging {
    pub(crate) scope: TenantScope,
    pub(crate) model_id: ModelId,
    pub(crate) now: Timestamp,
}

/// Judges lines in their order, counting each after it was judged.
pub(crate) fn judge_lines(
    judging: Judging,
    lines: &[StoredLine],
    keys: &[TemplateKey],
    templates: &HashMap<TemplateKey, Arc<Template>, RandomState>,
    rarity: &mut RarityTable,
) -> Effects {
    let mut effects = Effects::default();
    let mut sightings: HashMap<TemplateKey, TemplateSighting, RandomState> = HashMap::default();
    for (stored, key) in lines.iter().zip(keys) {
        let template = &templates[key];
        let (severity, timestamp) = (stored.line.severity(), stored.line.timestamp());
        let verdict = template.judge(severity, &rarity.rarity(*key));
        rarity.observe(*key);
        sightings
            .entry(*key)
            .and_modify(|seen| {
                seen.lines += 1;
                seen.first = seen.first.min(timestamp);
                seen.last = seen.last.max(timestamp);
            })
            .or_insert_with(|| TemplateSighting {
                tenant_id: stored.tenant_id,
                template: *key,
                text: Arc::clone(&template.text),
                lines: 1,
                first: timestamp,
                last: timestamp,
            });
        let anomaly = verdict.is_anomaly.then(AnomalyId::generate);
        effects.jobs.extend(anomaly.and_then(|id| alert(judging, id, severity, *key)));
        effects.lines.push(ScoredLine {
            log_id: stored.id,
            tenant_id: stored.tenant_id,
            timestamp,
            received_at: stored.received_at,
            severity,
            model_id: judging.model_id,
            template: *key,
            score: verdict.score,
            confidence: verdict.confidence,
            anomaly,
            explanation: verdict.explanation,
            scored_at: judging.now,
        });
    }
    effects.templates = sightings.into_values().collect();
    effects
}

/// The mail about an anomaly: for lines that call themselves errors, once an hour for each
/// template, however many lines it has.
fn alert(
    judging: Judging,
    id: AnomalyId,
    severity: Option<Severity>,
    template: TemplateKey,
) -> Option<NewJob> {
    if severity < Some(Severity::Error) {
        return None;
    }
    let hour = judging.now.as_micros().div_euclid(HOUR_MICROS);
    let job = NewJob::of(judging.scope, &NotificationJob::MailAnomaly { anomaly_id: id });
    Some(job.unique(format!("{template}/{hour}")))
}
