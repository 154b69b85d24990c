//! Tails of the distributions that counts are tested against.

use statrs::distribution::{ChiSquared, ContinuousCDF, DiscreteCDF, NegativeBinomial, Poisson};

/// Probabilities below this are not told apart.
const SMALLEST: f64 = 1e-300;

/// A count with a mean and a variance: negative binomial when the variance exceeds the mean
/// (counts of logs nearly always do), Poisson otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CountModel {
    /// The expected count, above 0.
    pub(super) mean: f64,
    /// Its variance, at least the mean.
    pub(super) variance: f64,
}

/// Up to this ratio of variance to mean the two distributions are the same for our purpose, and
/// the negative binomial's shape would overflow.
const POISSON_RATIO: f64 = 1.000_1;

impl CountModel {
    /// The chance of `count` or more.
    pub(super) fn at_least(self, count: u64) -> f64 {
        if count == 0 {
            return 1.0;
        }
        let tail = match self.negative_binomial() {
            Some(model) => model.sf(count - 1),
            None => self.poisson().sf(count - 1),
        };
        tail.clamp(SMALLEST, 1.0)
    }

    /// The chance of `count` or fewer.
    pub(super) fn at_most(self, count: u64) -> f64 {
        let tail = match self.negative_binomial() {
            Some(model) => model.cdf(count),
            None => self.poisson().cdf(count),
        };
        tail.clamp(SMALLEST, 1.0)
    }

    fn negative_binomial(self) -> Option<NegativeBinomial> {
        if self.variance <= POISSON_RATIO * self.mean {
            return None;
        }
        let shape = self.mean * self.mean / (self.variance - self.mean);
        Some(
            NegativeBinomial::new(shape, self.mean / self.variance)
                .expect("the shape is positive and the probability between 0 and 1"),
        )
    }

    fn poisson(self) -> Poisson {
        Poisson::new(self.mean).expect("the mean is positive")
    }
}

/// The chance that a Poisson count of this mean is `count` or more.
pub(super) fn poisson_at_least(mean: f64, count: u64) -> f64 {
    CountModel { mean, variance: mean }.at_least(count)
}

/// The chance that a chi-squared value of `freedom` degrees is `value` or more.
pub(super) fn chi_squared_at_least(freedom: usize, value: f64) -> f64 {
    let model = ChiSquared::new(freedom as f64).expect("there is at least one degree of freedom");
    model.sf(value).clamp(SMALLEST, 1.0)
}

/// A score of 0 to 1 that is one half where `p_value` meets `threshold` and grows with surprise.
pub(super) fn surprise_score(p_value: f64, threshold: f64) -> f64 {
    let surprise = -p_value.clamp(SMALLEST, 1.0).log10();
    surprise / (surprise - threshold.log10())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-3, "{found} instead of {expected}");
    }

    /// Expected values from `scipy.stats` 1.17 (`poisson.sf`, `nbinom.sf`, `chi2.sf`).
    #[test]
    fn tails_agree_with_scipy() {
        let model = |mean, variance| CountModel { mean, variance };
        near(model(0.5, 0.5).at_least(5), 1.721_156e-4);
        near(model(20.0, 20.0).at_least(60), 4.233_285e-13);
        near(model(20.0, 20.0).at_most(5), 7.190_884e-5);
        near(model(20.0, 100.0).at_least(80), 6.705_665e-5);
        near(model(1_000.0, 40_000.0).at_least(2_500), 2.167_457e-8);
        near(model(1_000_000.0, 1e10).at_least(1_500_000), 5.923_986e-6);
        near(model(1_000_000.0, 1e10).at_most(600_000), 1.481_911e-6);
        near(model(100_000.0, 100_100.0).at_least(102_000), 1.493_682e-10);
        near(chi_squared_at_least(3, 16.3), 9.841_729e-4);
    }

    #[test]
    fn the_edges_are_probabilities() {
        let model = CountModel { mean: 5.0, variance: 9.0 };
        assert!((model.at_least(0) - 1.0).abs() < f64::EPSILON);
        assert!(model.at_least(u64::from(u32::MAX)) >= SMALLEST);
        assert!(model.at_most(0) > 0.0 && model.at_most(1_000_000) <= 1.0);
        assert!((surprise_score(1e-4, 1e-4) - 0.5).abs() < 1e-12);
        assert!(surprise_score(0.0, 1e-4) < 1.0 && surprise_score(1.0, 1e-4) == 0.0);
    }
}
