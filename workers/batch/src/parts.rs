//! Cutting a batch into parts.

use noctule_domain::LogId;
use noctule_jobs::LogIdRange;

/// Cuts ranges into runs of at most `size` ids, without the first `done` ids.
pub(crate) fn split(ranges: &[LogIdRange], done: i64, size: u32) -> Vec<LogIdRange> {
    let mut skip = done;
    let mut parts = Vec::new();
    for range in ranges {
        let skipped = skip.clamp(0, i64::from(range.count));
        skip -= skipped;
        let mut first = range.first.0 + skipped;
        while first < range.end().0 {
            let left = u32::try_from(range.end().0 - first).unwrap_or(u32::MAX);
            let count = left.min(size);
            parts.push(LogIdRange { first: LogId(first), count });
            first += i64::from(count);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_what_is_not_done_yet() {
        let ranges =
            [(1, 5), (10, 3)].map(|(first, count)| LogIdRange { first: LogId(first), count });
        let check = |done, expected: &[(i64, u32)]| {
            let parts: Vec<_> =
                split(&ranges, done, 2).iter().map(|part| (part.first.0, part.count)).collect();
            assert_eq!(parts, expected, "{done} done");
        };
        check(0, &[(1, 2), (3, 2), (5, 1), (10, 2), (12, 1)]);
        check(4, &[(5, 1), (10, 2), (12, 1)]);
        check(6, &[(11, 2)]);
        check(8, &[]);
        check(99, &[]);
    }
}
