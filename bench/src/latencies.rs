//! How long many things took, told by percentiles.

use std::time::Duration;

use crate::row::{Figure, Unit};

/// The times that many things took, in order of length.
#[derive(Debug, Default)]
pub(crate) struct Latencies {
    sorted: Vec<Duration>,
}

impl Latencies {
    /// The time that at most `percent` of a hundred exceed; zero when nothing was measured.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let place = (self.sorted.len() * percent).div_ceil(100).saturating_sub(1);
        self.sorted.get(place).copied().unwrap_or_default()
    }

    /// A percentile in milliseconds.
    pub(crate) fn millis(&self, percent: usize) -> f64 {
        self.percentile(percent).as_secs_f64() * 1e3
    }

    /// The median as a figure.
    pub(crate) fn p50(&self) -> Figure {
        Figure::new("p50", self.millis(50), Unit::Milliseconds)
    }

    /// The 99th percentile as a figure.
    pub(crate) fn p99(&self) -> Figure {
        Figure::new("p99", self.millis(99), Unit::Milliseconds)
    }
}

impl FromIterator<Duration> for Latencies {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        let mut sorted: Vec<_> = times.into_iter().collect();
        sorted.sort_unstable();
        Self { sorted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let check = |count: u64, percent, expected| {
            let latencies: Latencies = (1..=count).rev().map(Duration::from_millis).collect();
            assert_eq!(latencies.percentile(percent), Duration::from_millis(expected));
        };
        check(100, 50, 50);
        check(100, 99, 99);
        check(300, 99, 297);
        check(3, 99, 3);
        check(0, 99, 0);
    }
}
