//! How many lines belong to templates that were seen at most so often.
//!
//! A histogram over the counts of templates, weighted by lines: exact for counts below 256, and
//! in sixteen buckets for each doubling above. Prefix sums come from a Fenwick tree (Fenwick 1994),
//! so that reading and changing it take ten steps whatever the number of templates.

/// Counts below this have a bucket each.
const EXACT: u64 = 256;

/// Buckets for each doubling above [`EXACT`].
const PER_DOUBLING: u64 = 16;

/// One bucket for each exact count, and those of the 56 doublings from 2^8 to 2^64.
const BUCKETS: usize = 256 + 56 * 16;

/// Lines by the count of their template.
#[derive(Debug, Clone)]
pub(super) struct LineCounts {
    /// The Fenwick tree: index 0 is not used.
    tree: Vec<u64>,
}

impl LineCounts {
    pub(super) fn new() -> Self {
        Self { tree: vec![0; BUCKETS + 1] }
    }

    /// Adds `lines` to the templates that were seen `count` times.
    pub(super) fn add(&mut self, count: u64, lines: u64) {
        self.change(count, |cell| cell.wrapping_add(lines));
    }

    /// Takes away lines that were added for the same count.
    pub(super) fn remove(&mut self, count: u64, lines: u64) {
        self.change(count, |cell| cell.wrapping_sub(lines));
    }

    /// Lines whose template was seen at most `count` times. Above 255, templates of the same bucket
    /// are included, so that the count is in effect rounded up by at most 6.25 %.
    pub(super) fn at_most(&self, count: u64) -> u64 {
        let mut index = bucket(count) + 1;
        let mut sum: u64 = 0;
        while index > 0 {
            sum = sum.wrapping_add(self.tree[index]);
            index &= index - 1;
        }
        sum
    }

    fn change(&mut self, count: u64, apply: impl Fn(u64) -> u64) {
        let mut index = bucket(count) + 1;
        while index <= BUCKETS {
            self.tree[index] = apply(self.tree[index]);
            index += index & index.wrapping_neg();
        }
    }
}

fn bucket(count: u64) -> usize {
    let index = if count < EXACT {
        count
    } else {
        let doubling = u64::from(count.ilog2());
        let within = (count >> (doubling - 4)) & (PER_DOUBLING - 1);
        EXACT + (doubling - 8) * PER_DOUBLING + within
    };
    usize::try_from(index).expect("there are about a thousand buckets")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_grow_with_the_count_and_stay_in_bounds() {
        let mut last = 0;
        for count in (0..5_000).chain((13..64).map(|bits| 1 << bits)).chain([u64::MAX]) {
            let index = bucket(count);
            assert!(index >= last && index < BUCKETS, "{count}");
            last = index;
        }
        assert_eq!(bucket(255) + 1, bucket(256));
        assert_eq!(bucket(256), bucket(271));
        assert_ne!(bucket(256), bucket(272));
    }

    #[test]
    fn lines_are_summed_up_to_a_count() {
        let mut lines = LineCounts::new();
        for (count, added) in [(1, 7), (3, 30), (255, 255), (1_000, 2_000)] {
            lines.add(count, added);
        }
        for (count, sum) in
            [(0, 0), (1, 7), (2, 7), (3, 37), (255, 292), (999, 2_292), (5_000, 2_292)]
        {
            assert_eq!(lines.at_most(count), sum, "{count}");
        }
        lines.remove(3, 30);
        assert_eq!(lines.at_most(300), 262);
    }
}
