//! How rare a template is in its stream.
//!
//! Counts only: when and in what order templates came is not known here. A stream's table is
//! rebuilt from stored counts, so forgetting old days is the caller's choice of what to load.

use std::collections::HashMap;

use noctule_domain::{Confidence, TemplateKey};

use super::line_counts::LineCounts;

/// Templates that one stream's table holds, at most; ten thousand take about half a megabyte.
/// When it is full, the tenth that is used least leaves.
pub const MAX_TEMPLATES: usize = 10_000;

/// Lines below which a stream is cold: rarity says nothing yet.
const COLD_BELOW: u64 = 100;

/// Lines from which a stream is known: rarity counts in full.
const NORMAL_FROM: u64 = 500;

/// How often a stream's templates were seen.
#[derive(Debug, Clone)]
pub struct RarityTable {
    templates: HashMap<TemplateKey, Seen>,
    lines: LineCounts,
    /// All lines, also those of templates that left.
    total: u64,
    /// Templates seen once, also those that left.
    seen_once: u64,
    /// Counts the changes, to tell which template was used last.
    changes: u64,
    has_forgotten: bool,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    count: u64,
    last_change: u64,
}

/// How rare one template is at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rarity {
    /// Lines of this template before the one that is judged.
    pub count: u64,
    /// Lines of the stream before the one that is judged.
    pub total: u64,
    /// The share of lines that are as rare or rarer, 0 to 1. For a template that was never seen,
    /// the chance that the next line is a new one (Good 1953, smoothed): `(N1 + 1) / (N + 2)`.
    pub share: f64,
    /// `clip((-log10 share - 1) / 3, 0, 1) * clip((N - 100) / 400, 0, 1)`: 0 for the commonest
    /// tenth of the traffic and for young streams, 1 from one line in ten thousand on.
    pub score: f64,
    /// Whether the table once was full, so that a template without a count may have been seen.
    pub has_forgotten: bool,
}

impl Default for RarityTable {
    fn default() -> Self {
        Self {
            templates: HashMap::new(),
            lines: LineCounts::new(),
            total: 0,
            seen_once: 0,
            changes: 0,
            has_forgotten: false,
        }
    }
}

impl RarityTable {
    /// A table of stored counts. The order of the counts does not matter.
    #[must_use]
    pub fn from_counts(counts: impl IntoIterator<Item = (TemplateKey, u64)>) -> Self {
        let mut counts: Vec<_> = counts.into_iter().collect();
        // The commonest last, so that they are the last to leave a table that is too small.
        counts.sort_unstable_by_key(|&(template, count)| (count, template));
        let mut table = Self::default();
        for (template, count) in counts {
            table.add(template, count);
        }
        table
    }

    /// Counts one line.
    pub fn observe(&mut self, template: TemplateKey) {
        self.add(template, 1);
    }

    /// Counts lines that were seen elsewhere, by another worker or before a restart.
    pub fn add(&mut self, template: TemplateKey, lines: u64) {
        if lines == 0 {
            return;
        }
        self.changes += 1;
        let before = self.count(template);
        if before == 0 && self.templates.len() >= MAX_TEMPLATES {
            self.forget_least_used();
        }
        let count = before.saturating_add(lines);
        let seen = Seen { count, last_change: self.changes };
        self.templates.insert(template, seen);
        self.total = self.total.saturating_add(lines);
        self.lines.remove(before, before);
        self.lines.add(count, count);
        self.seen_once -= u64::from(before == 1);
        self.seen_once += u64::from(count == 1);
    }

    /// Lines of a template; 0 if it was never seen, or left.
    #[must_use]
    pub fn count(&self, template: TemplateKey) -> u64 {
        self.templates.get(&template).map_or(0, |seen| seen.count)
    }

    /// All lines.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Templates that were seen exactly once.
    #[must_use]
    pub const fn seen_once(&self) -> u64 {
        self.seen_once
    }

    /// Templates in the table.
    #[must_use]
    pub fn templates(&self) -> usize {
        self.templates.len()
    }

    /// How rare a template is. Ask before [`RarityTable::observe`] counts the line that is judged.
    #[must_use]
    pub fn rarity(&self, template: TemplateKey) -> Rarity {
        let (count, total) = (self.count(template), self.total);
        let share = if count == 0 {
            (self.seen_once as f64 + 1.0) / (total as f64 + 2.0)
        } else {
            self.lines.at_most(count) as f64 / total as f64
        };
        let surprise = ((-share.log10() - 1.0) / 3.0).clamp(0.0, 1.0);
        let known =
            (total.saturating_sub(COLD_BELOW) as f64 / (NORMAL_FROM - COLD_BELOW) as f64).min(1.0);
        Rarity { count, total, share, score: surprise * known, has_forgotten: self.has_forgotten }
    }

    /// Drops a tenth of the table: the least seen, and of those the longest unused. Their lines
    /// stay in the totals, because they are traffic of rare templates still.
    fn forget_least_used(&mut self) {
        let mut order: Vec<_> = self
            .templates
            .iter()
            .map(|(template, seen)| (seen.count, seen.last_change, *template))
            .collect();
        let leaving = MAX_TEMPLATES / 10;
        order.select_nth_unstable(leaving);
        for (_, _, template) in &order[..leaving] {
            self.templates.remove(template);
        }
        self.has_forgotten = true;
    }
}

impl Rarity {
    /// The rarity in a stream of which nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        RarityTable::default().rarity(TemplateKey(0))
    }

    /// How much of the stream was seen.
    #[must_use]
    pub const fn confidence(&self) -> Confidence {
        match self.total {
            0..COLD_BELOW => Confidence::Cold,
            COLD_BELOW..NORMAL_FROM => Confidence::Warming,
            NORMAL_FROM.. => Confidence::Normal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMON: TemplateKey = TemplateKey(1);
    const RARE: TemplateKey = TemplateKey(2);
    const NEVER: TemplateKey = TemplateKey(3);

    #[track_caller]
    fn close(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-12, "{left} {right}");
    }

    #[test]
    fn shares_are_those_of_the_design() {
        let table = RarityTable::from_counts([(COMMON, 9_990), (RARE, 3), (TemplateKey(9), 7)]);
        close(table.rarity(RARE).share, 3.0 / 10_000.0);
        close(table.rarity(TemplateKey(9)).share, 10.0 / 10_000.0);
        close(table.rarity(COMMON).share, 1.0);
        close(table.rarity(COMMON).score, 0.0);
        let never = table.rarity(NEVER);
        close(never.share, 1.0 / 10_002.0);
        close(never.score, 1.0);
        close(table.rarity(RARE).score, (-(3e-4_f64).log10() - 1.0) / 3.0);
    }

    #[test]
    fn many_new_templates_make_a_new_one_less_rare() {
        let few = RarityTable::from_counts([(COMMON, 10_000)]);
        let many = (0..1_000).map(|key| (TemplateKey(100 + key), 1));
        let many = RarityTable::from_counts(many.chain([(COMMON, 9_000)]));
        assert_eq!(many.seen_once(), 1_000);
        close(many.rarity(NEVER).share, 1_001.0 / 10_002.0);
        assert!(many.rarity(NEVER).score < 0.01 && few.rarity(NEVER).score > 0.99);
    }

    #[test]
    fn young_streams_have_no_rarity() {
        for (lines, confidence, factor) in [
            (0, Confidence::Cold, 0.0),
            (99, Confidence::Cold, 0.0),
            (100, Confidence::Warming, 0.0),
            (300, Confidence::Warming, 0.5),
            (500, Confidence::Normal, 1.0),
        ] {
            let rarity = RarityTable::from_counts([(COMMON, lines)]).rarity(NEVER);
            let surprise = ((-rarity.share.log10() - 1.0) / 3.0).clamp(0.0, 1.0);
            assert_eq!(rarity.confidence(), confidence, "{lines}");
            close(rarity.score, surprise * factor);
        }
        close(Rarity::unknown().score, 0.0);
    }

    #[test]
    fn observing_and_loading_agree() {
        let mut observed = RarityTable::default();
        for line in 0..1_000_i64 {
            observed.observe(TemplateKey(line % 7 * (line % 3)));
        }
        let counts = (0..20).map(|key| (TemplateKey(key), observed.count(TemplateKey(key))));
        let loaded = RarityTable::from_counts(counts.collect::<Vec<_>>());
        assert_eq!(loaded.total(), 1_000);
        for key in 0..20 {
            assert_eq!(loaded.rarity(TemplateKey(key)), observed.rarity(TemplateKey(key)));
        }
    }

    #[test]
    fn a_full_table_keeps_the_common_templates_and_the_totals() {
        let mut table = RarityTable::default();
        table.add(COMMON, 5);
        for key in 0..25_000 {
            table.observe(TemplateKey(1_000 + key));
        }
        assert!(table.templates() <= MAX_TEMPLATES);
        assert_eq!((table.count(COMMON), table.total(), table.seen_once()), (5, 25_005, 25_000));
        let forgotten = table.rarity(TemplateKey(1_000));
        assert!(forgotten.has_forgotten && forgotten.count == 0 && forgotten.score == 0.0);
    }
}
