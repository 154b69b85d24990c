//! The dimensions of a BERT network, as `config.json` gives them.

use serde::Deserialize;

use super::attention::WIDEST;
use crate::EmbeddingError;

/// What of `config.json` matters to the forward pass.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Shape {
    pub(crate) vocab_size: usize,
    pub(crate) hidden_size: usize,
    pub(crate) num_hidden_layers: usize,
    pub(crate) num_attention_heads: usize,
    pub(crate) intermediate_size: usize,
    pub(crate) max_position_embeddings: usize,
    pub(crate) layer_norm_eps: f32,
    pub(crate) hidden_act: String,
}

impl Shape {
    /// Reads `config.json` and refuses networks that the forward pass would compute wrongly.
    pub(crate) fn parse(config: &[u8]) -> Result<Self, EmbeddingError> {
        let shape: Self = serde_json::from_slice(config).map_err(EmbeddingError::unusable)?;
        let is_divided = shape.num_attention_heads > 0
            && shape.hidden_size.is_multiple_of(shape.num_attention_heads);
        if !is_divided || !shape.head_size().is_multiple_of(WIDEST) || shape.head_size() == 0 {
            return Err(EmbeddingError::unusable(format!(
                "{} numbers do not divide into {} heads of a multiple of {WIDEST}",
                shape.hidden_size, shape.num_attention_heads
            )));
        }
        if shape.hidden_act != "gelu" {
            let reason = format!("the activation {:?} is not supported", shape.hidden_act);
            return Err(EmbeddingError::unusable(reason));
        }
        Ok(shape)
    }

    /// How many numbers an attention head works on.
    pub(crate) const fn head_size(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hidden: usize, heads: usize, activation: &str, is_accepted: bool) {
        let config = format!(
            r#"{{"vocab_size": 9, "hidden_size": {hidden}, "num_hidden_layers": 1,
                "num_attention_heads": {heads}, "intermediate_size": 8, "layer_norm_eps": 1e-12,
                "max_position_embeddings": 4, "hidden_act": "{activation}", "other": []}}"#
        );
        assert_eq!(Shape::parse(config.as_bytes()).is_ok(), is_accepted, "{config}");
    }

    #[test]
    fn only_computable_shapes_are_accepted() {
        check(384, 12, "gelu", true);
        check(768, 12, "gelu", true);
        check(384, 0, "gelu", false);
        check(0, 12, "gelu", false);
        check(384, 5, "gelu", false);
        check(96, 12, "gelu", false);
        check(384, 12, "relu", false);
        assert!(Shape::parse(b"{}").is_err());
    }
}
