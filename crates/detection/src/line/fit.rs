//! Fits the head: L2-regularised logistic regression by Newton's method (IRLS; Bishop, Pattern
//! Recognition and Machine Learning, section 4.3.3).
//!
//! Written here because it is a page of arithmetic: `linfa-logistic` would bring `ndarray` and
//! `argmin` for a problem of 255 samples. Newton's method rather than gradient descent, because it
//! converges in about ten steps to the one optimum and so gives the same weights everywhere.

use super::head::{Head, sigmoid};

/// How to fit, and what to write into the file.
#[derive(Debug, Clone, PartialEq)]
pub struct FitConfig {
    /// The weight of half the squared length of the weights against the summed log-loss. The
    /// default 0.1 was the most accurate of 1, 0.3, 0.1 and 0.03 in ten-fold cross-validation on
    /// the seed phrases; no log was looked at.
    pub l2: f64,
    /// Newton steps at most.
    pub max_steps: usize,
    /// The command that fits, for the file.
    pub fitted_by: String,
    /// The embedder that made the vectors, for the file.
    pub embedder: String,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self { l2: 0.1, max_steps: 100, fitted_by: String::new(), embedder: String::new() }
    }
}

/// Samples that cannot be fitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// Each vector needs a label.
    #[error("{vectors} vectors were given {labels} labels")]
    Labels {
        /// Vectors given.
        vectors: usize,
        /// Labels given.
        labels: usize,
    },
    /// Vectors must be of one length, not empty, and finite.
    #[error("vector {index} is empty, not finite, or not as long as the first")]
    Vector {
        /// Its place.
        index: usize,
    },
    /// Both labels must occur.
    #[error("all {samples} samples have the same label")]
    OneClass {
        /// Samples given.
        samples: usize,
    },
    /// The regularisation must be positive, or the optimum may lie at infinity.
    #[error("the regularisation must be a positive number")]
    Regularisation,
}

/// How well heads predict samples that they were not fitted on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossValidation {
    /// The share of samples on the right side of one half, 0 to 1.
    pub accuracy: f64,
    /// The mean of `-ln` of the probability given to the true label; 0.693 is a coin's.
    pub log_loss: f64,
}

/// A step whose largest change is below this ends the fit.
const TOLERANCE: f64 = 1e-10;

/// Halvings of a step that does not improve the loss, at most.
const MAX_HALVINGS: usize = 30;

impl Head {
    /// Fits a head that tells vectors labelled `true` (trouble) from the others. Deterministic.
    ///
    /// # Errors
    /// [`FitError`] when the samples cannot be fitted.
    pub fn fit(
        vectors: &[Vec<f32>],
        labels: &[bool],
        config: &FitConfig,
    ) -> Result<Self, FitError> {
        check(vectors, labels, config)?;
        let samples = Samples::new(vectors, labels);
        let weights = samples.optimum(config);
        let (bias, weights) = weights.split_last().expect("the bias is always there");
        let (fitted_by, embedder) = (config.fitted_by.clone(), config.embedder.clone());
        Ok(Self::new(*bias, weights, fitted_by, embedder))
    }

    /// Predicts every sample by a head fitted on the other folds; sample `i` is in fold
    /// `i % folds`. As many folds as samples is leave-one-out.
    ///
    /// # Errors
    /// [`FitError`] when the samples cannot be fitted, or a fold leaves only one label.
    pub fn cross_validate(
        vectors: &[Vec<f32>],
        labels: &[bool],
        config: &FitConfig,
        folds: usize,
    ) -> Result<CrossValidation, FitError> {
        check(vectors, labels, config)?;
        let folds = folds.clamp(2, labels.len());
        let (mut right, mut loss) = (0_u32, 0.0);
        for fold in 0..folds {
            let kept = |index: &usize| index % folds != fold;
            let train: Vec<usize> = (0..labels.len()).filter(kept).collect();
            let train_vectors: Vec<_> = train.iter().map(|&i| vectors[i].clone()).collect();
            let train_labels: Vec<_> = train.iter().map(|&i| labels[i]).collect();
            let head = Self::fit(&train_vectors, &train_labels, config)?;
            for index in (fold..labels.len()).step_by(folds) {
                let probability = head.probability(&vectors[index]);
                right += u32::from((probability >= 0.5) == labels[index]);
                let given = if labels[index] { probability } else { 1.0 - probability };
                loss -= given.max(f64::MIN_POSITIVE).ln();
            }
        }
        let count = labels.len() as f64;
        Ok(CrossValidation { accuracy: f64::from(right) / count, log_loss: loss / count })
    }
}

fn check(vectors: &[Vec<f32>], labels: &[bool], config: &FitConfig) -> Result<(), FitError> {
    if vectors.len() != labels.len() {
        return Err(FitError::Labels { vectors: vectors.len(), labels: labels.len() });
    }
    let length = vectors.first().map_or(0, Vec::len);
    let is_bad =
        |v: &Vec<f32>| v.is_empty() || v.len() != length || v.iter().any(|x| !x.is_finite());
    if let Some(index) = vectors.iter().position(is_bad) {
        return Err(FitError::Vector { index });
    }
    if labels.iter().all(|&label| label) || !labels.contains(&true) {
        return Err(FitError::OneClass { samples: labels.len() });
    }
    if config.l2 > 0.0 && config.l2.is_finite() { Ok(()) } else { Err(FitError::Regularisation) }
}

/// The samples with a constant 1 behind each vector, whose weight is the bias.
struct Samples {
    rows: Vec<Vec<f64>>,
    targets: Vec<f64>,
}

impl Samples {
    fn new(vectors: &[Vec<f32>], labels: &[bool]) -> Self {
        let row = |vector: &Vec<f32>| {
            vector.iter().map(|x| f64::from(*x)).chain(std::iter::once(1.0)).collect()
        };
        let targets = labels.iter().map(|&label| f64::from(u8::from(label))).collect();
        Self { rows: vectors.iter().map(row).collect(), targets }
    }

    fn optimum(&self, config: &FitConfig) -> Vec<f64> {
        let size = self.rows[0].len();
        // The bias is free, but a trace of regularisation keeps the system solvable.
        let penalty = |index| if index + 1 == size { 1e-9 } else { config.l2 };
        let mut weights = vec![0.0; size];
        let mut loss = self.loss(&weights, &penalty);
        for _ in 0..config.max_steps {
            let (gradient, hessian) = self.derivatives(&weights, &penalty);
            let mut step = solve(hessian, gradient);
            for _ in 0..MAX_HALVINGS {
                let next: Vec<f64> = weights.iter().zip(&step).map(|(w, s)| w - s).collect();
                let next_loss = self.loss(&next, &penalty);
                if next_loss <= loss {
                    (weights, loss) = (next, next_loss);
                    break;
                }
                for change in &mut step {
                    *change /= 2.0;
                }
            }
            if step.iter().all(|s| s.abs() < TOLERANCE) {
                break;
            }
        }
        weights
    }

    fn loss(&self, weights: &[f64], penalty: &impl Fn(usize) -> f64) -> f64 {
        let sample = |(row, target): (&Vec<f64>, &f64)| {
            let log_odds = dot(row, weights);
            // ln(1 + e^z) - t z, written so that no exponential overflows.
            log_odds.max(0.0) + (-log_odds.abs()).exp().ln_1p() - target * log_odds
        };
        let data: f64 = self.rows.iter().zip(&self.targets).map(sample).sum();
        let size: f64 = weights.iter().enumerate().map(|(i, w)| penalty(i) * w * w / 2.0).sum();
        data + size
    }

    /// The gradient, and the lower triangle of the Hessian.
    fn derivatives(
        &self,
        weights: &[f64],
        penalty: &impl Fn(usize) -> f64,
    ) -> (Vec<f64>, Vec<Vec<f64>>) {
        let mut gradient: Vec<f64> =
            weights.iter().enumerate().map(|(index, w)| penalty(index) * w).collect();
        let mut hessian: Vec<Vec<f64>> = (0..weights.len()).map(|i| vec![0.0; i + 1]).collect();
        for (row, target) in self.rows.iter().zip(&self.targets) {
            let probability = sigmoid(dot(row, weights));
            let curvature = probability * (1.0 - probability);
            for (index, x) in row.iter().enumerate() {
                gradient[index] += (probability - target) * x;
                for (cell, y) in hessian[index].iter_mut().zip(row) {
                    *cell += curvature * x * y;
                }
            }
        }
        for (index, line) in hessian.iter_mut().enumerate() {
            line[index] += penalty(index);
        }
        (gradient, hessian)
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(l, r)| l * r).sum()
}

/// Solves `lower * x = right` for a symmetric positive definite matrix, given as its lower
/// triangle, by Cholesky's decomposition.
fn solve(mut lower: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for row in 0..size {
        for column in 0..=row {
            let sum = dot(&lower[row][..column], &lower[column][..column]);
            let rest = lower[row][column] - sum;
            lower[row][column] =
                if row == column { rest.sqrt() } else { rest / lower[column][column] };
        }
    }
    for row in 0..size {
        let sum = dot(&lower[row][..row], &right[..row]);
        right[row] = (right[row] - sum) / lower[row][row];
    }
    for row in (0..size).rev() {
        let sum: f64 = (row + 1..size).map(|below| lower[below][row] * right[below]).sum();
        right[row] = (right[row] - sum) / lower[row][row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> (Vec<Vec<f32>>, Vec<bool>) {
        let vectors = (0..40_u8).map(|i| {
            let (x, y) = (f32::from(i % 7) - 3.0, f32::from(i % 5) - 2.0);
            vec![x, y]
        });
        let vectors: Vec<_> = vectors.collect();
        let labels = vectors.iter().map(|v| v[0] + v[1] > 0.4).collect();
        (vectors, labels)
    }

    #[test]
    fn the_gradient_is_zero_at_the_optimum() {
        let (vectors, labels) = samples();
        let config = FitConfig { l2: 0.5, ..FitConfig::default() };
        let samples = Samples::new(&vectors, &labels);
        let weights = samples.optimum(&config);
        let penalty = |index| if index == 2 { 1e-9 } else { 0.5 };
        let (gradient, _) = samples.derivatives(&weights, &penalty);
        assert!(gradient.iter().all(|g| g.abs() < 1e-8), "{gradient:?}");
    }

    #[test]
    fn separable_samples_are_learnt_and_predicted() {
        let (vectors, labels) = samples();
        let config = FitConfig::default();
        let head = Head::fit(&vectors, &labels, &config).unwrap();
        for (vector, label) in vectors.iter().zip(&labels) {
            assert_eq!(head.probability(vector) >= 0.5, *label, "{vector:?}");
        }
        let unseen = Head::cross_validate(&vectors, &labels, &config, labels.len()).unwrap();
        assert!(unseen.accuracy > 0.9 && unseen.log_loss < 0.3, "{unseen:?}");
        assert_eq!(head, Head::fit(&vectors, &labels, &config).unwrap());
    }

    #[test]
    fn samples_that_cannot_be_fitted_are_refused() {
        let config = FitConfig::default();
        let fit = |vectors: &[Vec<f32>], labels: &[bool]| Head::fit(vectors, labels, &config);
        let one = vec![vec![1.0], vec![2.0]];
        assert_eq!(fit(&one, &[true]), Err(FitError::Labels { vectors: 2, labels: 1 }));
        assert_eq!(fit(&one, &[true, true]), Err(FitError::OneClass { samples: 2 }));
        assert_eq!(fit(&[], &[]), Err(FitError::OneClass { samples: 0 }));
        let ragged = [vec![1.0], vec![1.0, 2.0]];
        assert_eq!(fit(&ragged, &[true, false]), Err(FitError::Vector { index: 1 }));
        let infinite = [vec![1.0], vec![f32::NAN]];
        assert_eq!(fit(&infinite, &[true, false]), Err(FitError::Vector { index: 1 }));
        let config = FitConfig { l2: 0.0, ..FitConfig::default() };
        assert_eq!(Head::fit(&one, &[true, false], &config), Err(FitError::Regularisation));
    }
}
