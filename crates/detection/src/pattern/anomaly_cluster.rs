//! Clusters of anomalies: several anomalous lines of one template, close together.
//!
//! Reference: `detection.md` section 3, definition 4. Anomalies of one template join when at most
//! ten minutes lie between them; joining by nearness in meaning comes later. A cluster is told when
//! the stream's own rate of anomalies does not explain it.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use noctule_domain::{Confidence, TemplateKey, Timestamp};

use super::finding::{PatternFinding, PatternKind, chance, ratio};
use super::series::{WINDOW, WINDOWS_PER_DAY, WindowCounts};
use super::tails::{poisson_at_least, surprise_score};
use crate::words::{about, counted};

/// Anomalies further apart than this belong to two clusters.
const MAX_GAP: Duration = WINDOW;
/// Members that make a cluster, or services when they are fewer.
const MIN_MEMBERS: usize = 3;
const MIN_SERVICES: usize = 2;
/// A chance below this is a cluster.
const ALPHA: f64 = 1e-3;
/// Anomalies of the stream that must be known before their rate says anything.
const MIN_KNOWN: u64 = 100;
/// Windows that the rate is taken from: seven days.
const RATE_WINDOWS: usize = 7 * WINDOWS_PER_DAY;
/// Services that are named.
const MAX_NAMED_SERVICES: usize = 5;

/// One anomalous line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnomalyPoint {
    /// When the line was written.
    pub at: Timestamp,
    /// Its template.
    pub template: TemplateKey,
    /// The service that wrote it, if known.
    pub service: Option<String>,
}

/// Finds the clusters among the anomalies of one stream, whose windows say how many anomalies are
/// usual.
pub(super) fn find(windows: &[WindowCounts], anomalies: &[AnomalyPoint]) -> Vec<PatternFinding> {
    let mut ordered: Vec<&AnomalyPoint> = anomalies.iter().collect();
    ordered.sort_by(|a, b| (a.template, a.at, &a.service).cmp(&(b.template, b.at, &b.service)));
    ordered
        .chunk_by(|left, right| {
            left.template == right.template && right.at <= left.at.plus(MAX_GAP)
        })
        .filter_map(|members| judge(windows, members))
        .collect()
}

fn judge(windows: &[WindowCounts], members: &[&AnomalyPoint]) -> Option<PatternFinding> {
    let services: BTreeSet<&str> =
        members.iter().filter_map(|member| member.service.as_deref()).collect();
    if members.len() < MIN_MEMBERS && services.len() < MIN_SERVICES {
        return None;
    }
    let (first, last) = (members[0].at, members[members.len() - 1].at);
    let usual = usual_count(windows, first, last);
    let p_value = usual.map(|mean| poisson_at_least(mean, members.len() as u64));
    if p_value.is_some_and(|p_value| p_value >= ALPHA) {
        return None;
    }
    let expected = usual.unwrap_or(0.0);
    let (peak_window, peak_count) = peak(members);
    Some(PatternFinding {
        kind: PatternKind::AnomalyCluster,
        window_start: first.window_start(),
        window_end: last.window_start().plus(WINDOW),
        peak_window,
        score: p_value.map_or(0.5, |p_value| surprise_score(p_value, ALPHA)),
        p_value,
        expected,
        actual: members.len() as f64,
        ratio: ratio(members.len() as f64, expected),
        confidence: if usual.is_some() { Confidence::Normal } else { Confidence::Cold },
        summary: summary(members.len(), &services, usual),
        evidence: vec![
            ("template", members[0].template.to_string()),
            ("anomalies", members.len().to_string()),
            ("usual_anomalies", usual.map_or_else(|| "not known yet".to_owned(), about)),
            ("chance", p_value.map_or_else(|| "not known yet".to_owned(), chance)),
            ("first", first.to_string()),
            ("last", last.to_string()),
            ("peak_count", peak_count.to_string()),
            ("services", named(&services)),
        ],
    })
}

/// How many anomalies the stream usually has in a time as long as the cluster's, by the seven days
/// before it; `None` while fewer than a hundred are known.
fn usual_count(windows: &[WindowCounts], first: Timestamp, last: Timestamp) -> Option<f64> {
    let start = first.window_start();
    let before = windows.partition_point(|window| window.start < start);
    let history = &windows[before.saturating_sub(RATE_WINDOWS)..before];
    let known: u64 = history.iter().map(|window| window.anomalies).sum();
    if known < MIN_KNOWN {
        return None;
    }
    let micros = last.as_micros() - first.as_micros();
    let span = (micros as f64 / WINDOW.as_micros() as f64).max(1.0);
    Some(known as f64 / history.len() as f64 * span)
}

/// The window with the most members, the first of equals.
fn peak(members: &[&AnomalyPoint]) -> (Timestamp, usize) {
    let mut counts: HashMap<Timestamp, usize> = HashMap::new();
    for member in members {
        *counts.entry(member.at.window_start()).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by(|left, right| left.1.cmp(&right.1).then(right.0.cmp(&left.0)))
        .expect("a cluster has members")
}

fn summary(members: usize, services: &BTreeSet<&str>, usual: Option<f64>) -> String {
    let from = match services.len() {
        0 => String::new(),
        1 => format!(" from {}", named(services)),
        count => format!(" from {} ({})", counted(count as u64, "service"), named(services)),
    };
    let usual = usual.map_or_else(
        || "it is too early to say how many are usual".to_owned(),
        |mean| format!("about {} of any kind would be usual", about(mean)),
    );
    let members = counted(members as u64, "abnormal line");
    format!("{members} of one pattern close together{from}; {usual}.")
}

fn named(services: &BTreeSet<&str>) -> String {
    let mut names: Vec<&str> = services.iter().copied().take(MAX_NAMED_SERVICES).collect();
    if services.len() > MAX_NAMED_SERVICES {
        names.push("...");
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use noctule_domain::WINDOW_MICROS;

    use super::*;

    fn point(second: i64, template: i64, service: Option<&str>) -> AnomalyPoint {
        let at = Timestamp::from_micros(second * 1_000_000);
        AnomalyPoint { at, template: TemplateKey(template), service: service.map(str::to_owned) }
    }

    /// A thousand windows before the second 0, with as many anomalies each.
    fn history(anomalies: u64) -> Vec<WindowCounts> {
        let window = |index: i64| WindowCounts {
            anomalies,
            ..WindowCounts::empty(Timestamp::from_micros(index * WINDOW_MICROS))
        };
        (-1_000..0).map(window).collect()
    }

    #[track_caller]
    fn check(points: &[AnomalyPoint], usual: u64, found: usize) {
        let findings = find(&history(usual), points);
        assert_eq!(findings.len(), found, "{findings:#?}");
    }

    #[test]
    fn three_of_one_template_or_two_services_make_a_cluster() {
        let of = |points: &[(i64, i64, Option<&str>)], found| {
            let points: Vec<_> = points.iter().map(|&(at, t, s)| point(at, t, s)).collect();
            check(&points, 0, found);
        };
        of(&[], 0);
        of(&[(0, 1, None), (1, 1, None)], 0);
        of(&[(0, 1, None), (1, 1, None), (2, 1, None)], 1);
        of(&[(0, 1, None), (1, 2, None), (2, 3, None)], 0);
        of(&[(0, 1, Some("a")), (1, 1, Some("b"))], 1);
        of(&[(0, 1, Some("a")), (1, 1, Some("a"))], 0);
        of(&[(0, 1, None), (600, 1, None), (1_200, 1, None)], 1);
        of(&[(0, 1, None), (601, 1, None), (1_202, 1, None)], 0);
        of(
            &[(0, 1, None), (0, 1, None), (0, 1, None), (0, 2, None), (0, 2, None), (0, 2, None)],
            2,
        );
    }

    #[test]
    fn a_stream_that_is_always_anomalous_has_larger_clusters() {
        let points = |count: i64| (0..count).map(|at| point(at, 1, None)).collect::<Vec<_>>();
        check(&points(5), 2, 0);
        check(&points(12), 2, 1);
        let finding = find(&history(2), &points(12)).remove(0);
        assert!((finding.expected - 2.0).abs() < 1e-9 && finding.score > 0.5);
        assert_eq!(finding.confidence, Confidence::Normal);
    }

    #[test]
    fn the_order_of_the_anomalies_does_not_matter_and_the_finding_tells_all() {
        let mut points =
            vec![point(10, 1, Some("web")), point(700, 1, Some("db")), point(650, 1, Some("web"))];
        let found = find(&history(0), &points);
        points.reverse();
        assert_eq!(find(&history(0), &points), found);
        assert_eq!(
            found[0].summary,
            "2 abnormal lines of one pattern close together from 2 services (db, web); it is too \
             early to say how many are usual."
        );
        assert_eq!(found[0].peak_window, Timestamp::from_micros(WINDOW_MICROS));
    }
}
