//! The head: a logistic regression over a sentence vector that estimates whether it is trouble.
//!
//! It is fitted on the seed phrases alone (`fit`), never on logs and never on severities: labels of
//! other systems made it worse (`detection.md` section 1).

use serde::{Deserialize, Serialize};

/// The text of the asset, as it is compiled in.
pub(super) const SHIPPED: &str = include_str!("../../assets/head.json");

/// A fitted logistic regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// How many numbers a vector has.
    dimension: usize,
    /// The command and settings that fitted it.
    fitted_by: String,
    /// The embedder whose vectors it understands.
    embedder: String,
    /// The log-odds of a zero vector.
    bias: f64,
    /// The change of the log-odds for each number of a vector.
    weights: Vec<f64>,
}

/// A head that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// The text is not the JSON of a head.
    #[error("the head is not valid JSON")]
    Json(#[source] serde_json::Error),
    /// The weights do not fit the dimension, or are not finite.
    #[error("the head has {weights} usable weights for vectors of {dimension} numbers")]
    Weights {
        /// Weights that are finite.
        weights: usize,
        /// What the head says of its vectors.
        dimension: usize,
    },
}

/// Decimals that are kept of a weight: the score does not move in its fourth decimal, and two
/// machines whose `exp` differs in the last bit write the same file.
const DECIMALS: i32 = 6;

impl Head {
    pub(super) fn new(bias: f64, weights: &[f64], fitted_by: String, embedder: String) -> Self {
        let scale = 10.0_f64.powi(DECIMALS);
        // Adding zero turns -0.0 into 0.0, which is written without a sign.
        let rounded = |number: f64| (number * scale).round() / scale + 0.0;
        let weights: Vec<f64> = weights.iter().copied().map(rounded).collect();
        Self { dimension: weights.len(), fitted_by, embedder, bias: rounded(bias), weights }
    }

    /// The head that ships with this build.
    #[must_use]
    pub fn shipped() -> Self {
        Self::from_json(SHIPPED).expect("the compiled-in asset is covered by a test")
    }

    /// Reads a head.
    ///
    /// # Errors
    /// [`HeadError`] when the text is no head or its weights are unusable.
    pub fn from_json(text: &str) -> Result<Self, HeadError> {
        let head: Self = serde_json::from_str(text).map_err(HeadError::Json)?;
        let weights = head.weights.iter().filter(|weight| weight.is_finite()).count();
        let fits = weights == head.dimension && head.weights.len() == head.dimension;
        if !fits || weights == 0 || !head.bias.is_finite() {
            return Err(HeadError::Weights { weights, dimension: head.dimension });
        }
        Ok(head)
    }

    /// Writes the head as it stands in the asset: one line for each field, a new line at the end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let field = |value: serde_json::Result<String>| value.expect("numbers and texts are JSON");
        format!(
            "{{\n\"dimension\": {},\n\"fitted_by\": {},\n\"embedder\": {},\n\"bias\": {},\n\
             \"weights\": {}\n}}\n",
            self.dimension,
            field(serde_json::to_string(&self.fitted_by)),
            field(serde_json::to_string(&self.embedder)),
            field(serde_json::to_string(&self.bias)),
            field(serde_json::to_string(&self.weights)),
        )
    }

    /// How many numbers its vectors have.
    #[must_use]
    pub const fn dimension(&self) -> usize {
        self.dimension
    }

    /// The embedder whose vectors it understands.
    #[must_use]
    pub fn embedder(&self) -> &str {
        &self.embedder
    }

    /// The estimate that the text of `vector` is trouble, 0 to 1. The vector must have
    /// [`Head::dimension`] numbers.
    #[must_use]
    pub fn probability(&self, vector: &[f32]) -> f64 {
        assert_eq!(vector.len(), self.dimension, "vectors of one embedder have one length");
        let terms = self.weights.iter().zip(vector).map(|(weight, x)| weight * f64::from(*x));
        sigmoid(self.bias + terms.sum::<f64>())
    }
}

/// The probability that has these log-odds.
pub(super) fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_asset_is_usable_and_round_trips() {
        let head = Head::shipped();
        assert_eq!(head.dimension(), 384);
        assert!(head.embedder().starts_with("minilm"), "{}", head.embedder());
        assert_eq!(Head::from_json(&head.to_json()).unwrap(), head);
        assert_eq!(head.to_json(), SHIPPED, "the asset is as the fitting command writes it");
    }

    #[test]
    fn probabilities_follow_the_weights() {
        let head = Head::new(0.0, &[2.0, -1.0], String::new(), String::new());
        assert!((head.probability(&[0.0, 0.0]) - 0.5).abs() < 1e-12);
        assert!(head.probability(&[1.0, 0.0]) > 0.88);
        assert!(head.probability(&[0.0, 1.0]) < 0.27);
        assert!(head.probability(&[1e6, 0.0]) <= 1.0 && head.probability(&[-1e6, 0.0]) >= 0.0);
    }

    #[test]
    fn broken_heads_are_refused() {
        let head = |dimension: usize, weights: &str| {
            format!(
                r#"{{"dimension":{dimension},"fitted_by":"","embedder":"","bias":0,"weights":{weights}}}"#
            )
        };
        assert!(Head::from_json(&head(2, "[1.0,2.0]")).is_ok());
        for text in [head(3, "[1.0,2.0]"), head(0, "[]"), head(1, "[null]"), "{".to_owned()] {
            assert!(Head::from_json(&text).is_err(), "{text}");
        }
    }
}
