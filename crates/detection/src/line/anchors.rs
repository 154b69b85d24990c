//! How near a text is in meaning to phrases of trouble and to phrases of health.
//!
//! The vectors come from the caller, because this crate cannot embed text.

use super::seeds::SeedPhrases;

/// How sharply the nearest phrase outweighs the others in the mean of cosines.
pub(super) const TEMPERATURE: f64 = 0.1;

/// How much nearness to health counts against nearness to trouble.
pub(super) const HEALTH_WEIGHT: f64 = 0.5;

/// The phrases to embed for [`Anchors::new`], in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchorPhrases {
    /// Phrases of trouble.
    pub bad: Vec<String>,
    /// Phrases of health.
    pub good: Vec<String>,
}

/// The phrases and their vectors.
#[derive(Debug, Clone)]
pub struct Anchors {
    bad: Vec<Anchor>,
    good: Vec<Anchor>,
    dimension: usize,
}

#[derive(Debug, Clone)]
struct Anchor {
    phrase: String,
    /// Of length one.
    direction: Vec<f32>,
}

/// Vectors that do not fit the phrases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnchorsError {
    /// There must be a vector for each phrase.
    #[error("{phrases} anchor phrases were given {vectors} vectors")]
    Count {
        /// Phrases of trouble or of health.
        phrases: usize,
        /// Vectors given for them.
        vectors: usize,
    },
    /// All vectors must have the same length, and at least one number.
    #[error("the vector of anchor phrase {phrase:?} has {found} numbers instead of {expected}")]
    Dimension {
        /// The phrase.
        phrase: String,
        /// The length of the first vector.
        expected: usize,
        /// The length of this one.
        found: usize,
    },
}

/// How near a text is to the anchors.
#[derive(Debug, Clone, PartialEq)]
pub struct Affinity {
    /// `tau ln mean exp(cos(e, bad) / tau) - 0.5 tau ln mean exp(cos(e, good) / tau)`, about -0.5
    /// (health) to 1 (trouble).
    pub value: f64,
    /// The nearest phrase of trouble.
    pub bad: Nearest,
    /// The nearest phrase of health.
    pub good: Nearest,
}

/// A phrase and the cosine of its vector with the text's, -1 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearest {
    /// The phrase.
    pub phrase: String,
    /// How near it is.
    pub cosine: f64,
}

impl Anchors {
    /// The texts to embed, with the same embedder as the lines.
    #[must_use]
    pub fn phrases() -> AnchorPhrases {
        let seeds = SeedPhrases::shipped();
        AnchorPhrases { bad: seeds.anchors_bad, good: seeds.anchors_good }
    }

    /// Joins [`Anchors::phrases`] with their vectors, which need not be of length one.
    ///
    /// # Errors
    /// [`AnchorsError`] when the number of vectors or their lengths do not fit.
    pub fn new(bad: Vec<Vec<f32>>, good: Vec<Vec<f32>>) -> Result<Self, AnchorsError> {
        let phrases = Self::phrases();
        let dimension = bad.first().map_or(0, Vec::len);
        let bad = joined(phrases.bad, bad, dimension)?;
        let good = joined(phrases.good, good, dimension)?;
        Ok(Self { bad, good, dimension })
    }

    /// The length of the vectors.
    #[must_use]
    pub const fn dimension(&self) -> usize {
        self.dimension
    }

    /// Compares a text's vector, which must have [`Anchors::dimension`] numbers, with the phrases.
    #[must_use]
    pub fn affinity(&self, vector: &[f32]) -> Affinity {
        assert_eq!(vector.len(), self.dimension, "vectors of one embedder have one length");
        let direction = normalised(vector);
        let (bad_mean, bad) = compare(&self.bad, &direction);
        let (good_mean, good) = compare(&self.good, &direction);
        Affinity { value: bad_mean - HEALTH_WEIGHT * good_mean, bad, good }
    }
}

fn joined(
    phrases: Vec<String>,
    vectors: Vec<Vec<f32>>,
    dimension: usize,
) -> Result<Vec<Anchor>, AnchorsError> {
    if phrases.len() != vectors.len() {
        return Err(AnchorsError::Count { phrases: phrases.len(), vectors: vectors.len() });
    }
    let join = |(phrase, vector): (String, Vec<f32>)| {
        if vector.len() != dimension || vector.is_empty() {
            let found = vector.len();
            return Err(AnchorsError::Dimension { phrase, expected: dimension, found });
        }
        Ok(Anchor { phrase, direction: normalised(&vector) })
    };
    phrases.into_iter().zip(vectors).map(join).collect()
}

/// The log-mean-exp of the cosines, and the nearest phrase; of equals the first.
fn compare(anchors: &[Anchor], direction: &[f32]) -> (f64, Nearest) {
    let cosines: Vec<f64> =
        anchors.iter().map(|anchor| dot(&anchor.direction, direction)).collect();
    let mut nearest = 0;
    for (index, cosine) in cosines.iter().enumerate() {
        if *cosine > cosines[nearest] {
            nearest = index;
        }
    }
    // The largest is taken out of the sum, so that no exponential overflows.
    let largest = cosines[nearest];
    let sum: f64 = cosines.iter().map(|cosine| ((cosine - largest) / TEMPERATURE).exp()).sum();
    let mean = largest + TEMPERATURE * (sum / cosines.len() as f64).ln();
    (mean, Nearest { phrase: anchors[nearest].phrase.clone(), cosine: largest })
}

fn dot(left: &[f32], right: &[f32]) -> f64 {
    left.iter().zip(right).map(|(l, r)| f64::from(*l) * f64::from(*r)).sum()
}

/// The vector at length one; the zero vector, which has no direction, stays as it is.
fn normalised(vector: &[f32]) -> Vec<f32> {
    let length = dot(vector, vector).sqrt();
    if length == 0.0 {
        return vector.to_vec();
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "cosines need no more than single precision"
    )]
    vector.iter().map(|number| (f64::from(*number) / length) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors that are all alike but for the first of each list.
    fn anchors() -> Anchors {
        let phrases = Anchors::phrases();
        let mut bad = vec![vec![0.0, 0.0, 1.0]; phrases.bad.len()];
        let mut good = vec![vec![0.0, 0.0, 1.0]; phrases.good.len()];
        bad[0] = vec![3.0, 0.0, 0.0];
        good[0] = vec![0.0, 0.5, 0.0];
        Anchors::new(bad, good).unwrap()
    }

    #[test]
    fn a_text_is_nearest_to_its_own_phrase() {
        let anchors = anchors();
        let phrases = Anchors::phrases();
        let trouble = anchors.affinity(&[2.0, 0.0, 0.0]);
        assert_eq!(trouble.bad.phrase, phrases.bad[0]);
        assert!((trouble.bad.cosine - 1.0).abs() < 1e-6);
        let health = anchors.affinity(&[0.0, 1.0, 0.0]);
        assert_eq!(health.good.phrase, phrases.good[0]);
        assert!(trouble.value > 0.5 && health.value < -0.2, "{trouble:?} {health:?}");
    }

    #[test]
    fn the_mean_is_the_one_of_the_design() {
        let value = anchors().affinity(&[1.0, 0.0, 0.0]).value;
        let bad = 0.1 * ((10.0_f64.exp() + 23.0) / 24.0).ln();
        assert!((value - bad).abs() < 1e-9, "{value} {bad}");
    }

    #[test]
    fn a_zero_vector_is_near_to_nothing() {
        assert!(anchors().affinity(&[0.0; 3]).value.abs() < 1e-12);
    }

    #[test]
    fn vectors_that_do_not_fit_are_refused() {
        let phrases = Anchors::phrases();
        let error = Anchors::new(vec![vec![1.0]], vec![]).unwrap_err();
        assert_eq!(error, AnchorsError::Count { phrases: phrases.bad.len(), vectors: 1 });
        let good = vec![vec![1.0, 2.0]; phrases.good.len()];
        let error = Anchors::new(vec![vec![1.0]; phrases.bad.len()], good).unwrap_err();
        assert!(matches!(error, AnchorsError::Dimension { expected: 1, found: 2, .. }), "{error}");
        let empty = Anchors::new(vec![vec![]; phrases.bad.len()], vec![]).unwrap_err();
        assert!(matches!(empty, AnchorsError::Dimension { .. }), "{empty}");
    }
}
