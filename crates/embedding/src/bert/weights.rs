//! The network's weights, checked and laid out for the forward pass.

use candle_core::{Device, Tensor};
use safetensors::{Dtype, SafeTensors};

use super::shape::Shape;
use crate::EmbeddingError;

/// Side of the squares in which a matrix is turned over: both sides of a square stay in cache.
const TILE: usize = 32;

/// All weights of the network.
pub(super) struct Weights {
    /// `[vocab][hidden]`.
    pub(super) words: Vec<f32>,
    /// `[positions][hidden]`, with the first token type added: one text has only that.
    pub(super) positions: Vec<f32>,
    pub(super) embedding_norm: Norm,
    pub(super) layers: Vec<Layer>,
}

/// One layer of the network.
pub(super) struct Layer {
    /// Queries (divided by the root of the head's size), keys and values in one product.
    pub(super) project: Dense,
    pub(super) attention_out: Dense,
    pub(super) attention_norm: Norm,
    pub(super) widen: Dense,
    pub(super) narrow: Dense,
    pub(super) output_norm: Norm,
}

/// A matrix and a bias. The bias is left to whoever touches the product next.
pub(super) struct Dense {
    /// `[inputs][outputs]`, the other way round than stored: so gemm need not repack it.
    pub(super) matrix: Tensor,
    /// `[outputs]`.
    pub(super) bias: Vec<f32>,
}

/// What a row is scaled and shifted by once it has mean 0 and variance 1.
pub(super) struct Norm {
    pub(super) scale: Vec<f32>,
    pub(super) shift: Vec<f32>,
    pub(super) epsilon: f32,
}

impl Weights {
    /// Reads a safetensors file. Every name, type and size is checked against the shape.
    pub(super) fn parse(file: &[u8], shape: &Shape) -> Result<Self, EmbeddingError> {
        let tensors = SafeTensors::deserialize(file).map_err(EmbeddingError::unusable)?;
        let reader = Reader { tensors, shape };
        let hidden = shape.hidden_size;
        let words =
            reader.floats("embeddings.word_embeddings.weight", &[shape.vocab_size, hidden])?;
        let mut positions = reader.floats(
            "embeddings.position_embeddings.weight",
            &[shape.max_position_embeddings, hidden],
        )?;
        let types = reader.floats("embeddings.token_type_embeddings.weight", &[2, hidden])?;
        for position in positions.chunks_exact_mut(hidden) {
            for (number, first_type) in position.iter_mut().zip(&types) {
                *number += first_type;
            }
        }
        Ok(Self {
            words,
            positions,
            embedding_norm: reader.norm("embeddings.LayerNorm")?,
            layers: (0..shape.num_hidden_layers)
                .map(|index| reader.layer(index))
                .collect::<Result<_, _>>()?,
        })
    }
}

struct Reader<'a> {
    tensors: SafeTensors<'a>,
    shape: &'a Shape,
}

impl Reader<'_> {
    fn layer(&self, index: usize) -> Result<Layer, EmbeddingError> {
        let (hidden, wide) = (self.shape.hidden_size, self.shape.intermediate_size);
        let name = |part: &str| format!("encoder.layer.{index}.{part}");
        let root = (self.shape.head_size() as f32).sqrt();
        let projections = [
            (name("attention.self.query"), 1.0 / root),
            (name("attention.self.key"), 1.0),
            (name("attention.self.value"), 1.0),
        ];
        let plain = |part: &str| [(name(part), 1.0)];
        Ok(Layer {
            project: self.dense(&projections, hidden, hidden)?,
            attention_out: self.dense(&plain("attention.output.dense"), hidden, hidden)?,
            attention_norm: self.norm(&name("attention.output.LayerNorm"))?,
            widen: self.dense(&plain("intermediate.dense"), hidden, wide)?,
            narrow: self.dense(&plain("output.dense"), wide, hidden)?,
            output_norm: self.norm(&name("output.LayerNorm"))?,
        })
    }

    /// Some matrices side by side, each with a factor, that take the same `inputs` and give
    /// `outputs` numbers each.
    fn dense(
        &self,
        parts: &[(String, f32)],
        inputs: usize,
        outputs: usize,
    ) -> Result<Dense, EmbeddingError> {
        let width = parts.len() * outputs;
        let mut matrix = vec![0.0; inputs * width];
        let mut bias = Vec::with_capacity(width);
        for (index, (name, factor)) in parts.iter().enumerate() {
            let stored = self.floats(&format!("{name}.weight"), &[outputs, inputs])?;
            turn_over(&stored, inputs, *factor, &mut matrix[index * outputs..], width);
            let shift = self.floats(&format!("{name}.bias"), &[outputs])?;
            bias.extend(shift.iter().map(|number| number * factor));
        }
        let matrix = Tensor::from_vec(matrix, (inputs, width), &Device::Cpu)
            .map_err(EmbeddingError::unusable)?;
        Ok(Dense { matrix, bias })
    }

    fn norm(&self, name: &str) -> Result<Norm, EmbeddingError> {
        let hidden = [self.shape.hidden_size];
        Ok(Norm {
            scale: self.floats(&format!("{name}.weight"), &hidden)?,
            shift: self.floats(&format!("{name}.bias"), &hidden)?,
            epsilon: self.shape.layer_norm_eps,
        })
    }

    fn floats(&self, name: &str, expected: &[usize]) -> Result<Vec<f32>, EmbeddingError> {
        let view = self.tensors.tensor(name).map_err(EmbeddingError::unusable)?;
        if view.dtype() != Dtype::F32 || view.shape() != expected {
            return Err(EmbeddingError::unusable(format!(
                "{name} is {:?} {:?} instead of F32 {expected:?}",
                view.dtype(),
                view.shape()
            )));
        }
        let (numbers, _) = view.data().as_chunks();
        Ok(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }
}

/// Writes `stored` (`[outputs][inputs]`) times `factor` as `[inputs][outputs]` into a matrix with
/// rows of `width` numbers.
fn turn_over(stored: &[f32], inputs: usize, factor: f32, matrix: &mut [f32], width: usize) {
    let outputs = stored.len() / inputs;
    for first_output in (0..outputs).step_by(TILE) {
        for first_input in (0..inputs).step_by(TILE) {
            for input in first_input..inputs.min(first_input + TILE) {
                for output in first_output..outputs.min(first_output + TILE) {
                    matrix[input * width + output] = stored[output * inputs + input] * factor;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use safetensors::tensor::TensorView;

    use super::*;

    const HIDDEN: usize = 32;
    const WIDE: usize = 48;

    fn shape() -> Shape {
        Shape::parse(
            br#"{"vocab_size": 7, "hidden_size": 32, "num_hidden_layers": 1,
                "num_attention_heads": 2, "intermediate_size": 48, "layer_norm_eps": 1e-12,
                "max_position_embeddings": 5, "hidden_act": "gelu"}"#,
        )
        .unwrap()
    }

    /// A file with every tensor that the shape asks for; number `i` of a tensor is `i`.
    fn file() -> Vec<u8> {
        let layer = "encoder.layer.0.";
        let mut sizes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        sizes.insert("embeddings.word_embeddings.weight".to_owned(), vec![7, HIDDEN]);
        sizes.insert("embeddings.position_embeddings.weight".to_owned(), vec![5, HIDDEN]);
        sizes.insert("embeddings.token_type_embeddings.weight".to_owned(), vec![2, HIDDEN]);
        let mut add = |name: &str, outputs: usize, inputs: Option<usize>| {
            sizes.insert(
                format!("{name}.weight"),
                [Some(outputs), inputs].into_iter().flatten().collect(),
            );
            sizes.insert(format!("{name}.bias"), vec![outputs]);
        };
        add("embeddings.LayerNorm", HIDDEN, None);
        for part in ["query", "key", "value"] {
            add(&format!("{layer}attention.self.{part}"), HIDDEN, Some(HIDDEN));
        }
        add(&format!("{layer}attention.output.dense"), HIDDEN, Some(HIDDEN));
        add(&format!("{layer}attention.output.LayerNorm"), HIDDEN, None);
        add(&format!("{layer}intermediate.dense"), WIDE, Some(HIDDEN));
        add(&format!("{layer}output.dense"), HIDDEN, Some(WIDE));
        add(&format!("{layer}output.LayerNorm"), HIDDEN, None);
        let count = |size: &Vec<usize>| size.iter().product::<usize>();
        let data: Vec<(String, Vec<usize>, Vec<u8>)> = sizes
            .into_iter()
            .map(|(name, size)| {
                let bytes = (0..count(&size)).flat_map(|i| (i as f32).to_le_bytes()).collect();
                (name, size, bytes)
            })
            .collect();
        let views = data.iter().map(|(name, size, bytes)| {
            (name, TensorView::new(Dtype::F32, size.clone(), bytes).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    }

    #[test]
    fn matrices_are_turned_over_and_queries_scaled() {
        let weights = Weights::parse(&file(), &shape()).unwrap();
        let layer = &weights.layers[0];
        let widen = layer.widen.matrix.to_vec2::<f32>().unwrap();
        // Stored as [outputs][inputs], so output 3 of input 2 is number 3 * 32 + 2.
        assert_eq!((widen.len(), widen[0].len(), widen[2][3].to_bits()), (32, 48, 98f32.to_bits()));
        let project = layer.project.matrix.to_vec2::<f32>().unwrap();
        assert!((project[2][3] - 98.0 / 4.0).abs() < 1e-4);
        assert!((project[2][3 + HIDDEN] - 98.0).abs() < 1e-4);
        assert!((layer.project.bias[3] - 3.0 / 4.0).abs() < 1e-6);
        // Position 1, number 0 is 32; the token type adds 0.
        assert!((weights.positions[HIDDEN] - 32.0).abs() < 1e-6);
    }

    #[test]
    fn wrong_shapes_are_refused_by_name() {
        let other = Shape { intermediate_size: 64, ..shape() };
        let error = Weights::parse(&file(), &other).err().unwrap();
        let reason = std::error::Error::source(&error).unwrap().to_string();
        assert!(reason.contains("intermediate.dense.weight"), "{reason}");
    }

    /// The hash keeps such files out; this is for the day when it is switched off.
    #[test]
    fn mutated_files_give_errors_and_never_panic() {
        let good = file();
        let length = u64::from_le_bytes(good[..8].try_into().unwrap());
        let header_bytes = 8 + usize::try_from(length).unwrap();
        let mut state = 88_172_645_463_325_252_u64;
        let mut next = |below: usize| {
            // Marsaglia's xorshift64.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        };
        let mut refused = 0;
        for round in 0..300 {
            let mut bad = good.clone();
            match round % 3 {
                0 => bad.truncate(next(good.len())),
                1 => bad[next(header_bytes)] = u8::try_from(next(256)).unwrap(),
                _ => {
                    let (from, to) = (next(header_bytes - 16), next(header_bytes - 16));
                    bad.copy_within(from..from + 16, to);
                }
            }
            refused += usize::from(Weights::parse(&bad, &shape()).is_err());
        }
        assert!(refused > 250, "only {refused} of 300 were refused");
    }
}
