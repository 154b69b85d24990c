//! The network: texts to tokens to vectors, on candle's tensors, one thread.
//!
//! Not `candle-transformers`' `BertModel`, which pads texts to one length and spends a third of its
//! time in scalar functions of the C library. Here texts lie one after the other without padding:
//! what a text costs depends on its own length alone, and its vector not on its neighbours. The
//! same numbers come out (`tests/it` compares with the reference vectors).

mod attention;
mod rows;
mod shape;
mod slices;
mod tokens;
mod weights;

use candle_core::{Device, Tensor};

use self::{
    attention::{Heads, attend},
    shape::Shape,
    slices::{edit, read},
    tokens::{Cutter, MAX_TOKENS, Tokens},
    weights::{Dense, Layer, Weights},
};
use crate::{DIMENSIONS, EmbeddingError, Vector};

/// A loaded network with its tokenizer. Shared by all replicas, never changed.
pub(crate) struct Bert {
    shape: Shape,
    cutter: Cutter,
    weights: Weights,
}

impl Bert {
    /// Builds the network from the contents of its three files.
    pub(crate) fn parse(
        config: &[u8],
        tokenizer: &[u8],
        weights: &[u8],
    ) -> Result<Self, EmbeddingError> {
        let shape = Shape::parse(config)?;
        let cutter = Cutter::parse(tokenizer)?;
        if cutter.vocab_size() > shape.vocab_size || MAX_TOKENS > shape.max_position_embeddings {
            return Err(EmbeddingError::unusable("the tokenizer does not fit the network"));
        }
        if shape.hidden_size != DIMENSIONS {
            let reason = format!("it gives {} numbers, not {DIMENSIONS}", shape.hidden_size);
            return Err(EmbeddingError::unusable(reason));
        }
        let weights = Weights::parse(weights, &shape)?;
        // One thread a replica: gemm shares even a small product among all cores, and replicas
        // that do so at once run slower than one alone. candle offers no setting but an
        // environment variable; gemm's threshold, in multiplications a product, is one for the
        // whole process, and this crate is the only one that multiplies.
        gemm::set_threading_threshold(usize::MAX);
        Ok(Self { shape, cutter, weights })
    }

    /// Embeds texts, each as if it were alone; the result has their order.
    pub(crate) fn embed(&self, texts: &[String]) -> Result<Vec<Vector>, EmbeddingError> {
        let tokens = self.cutter.cut(texts)?;
        if tokens.lengths.is_empty() {
            return Ok(Vec::new());
        }
        let hidden = self.forward(&tokens).map_err(EmbeddingError::engine)?;
        read(&hidden, |rows| pool(rows, &tokens.lengths)).map_err(EmbeddingError::engine)?
    }

    /// The last layer's output, `[tokens][hidden]`.
    fn forward(&self, tokens: &Tokens) -> candle_core::Result<Tensor> {
        let mut state = self.look_up(tokens)?;
        for layer in &self.weights.layers {
            state = self.layer(layer, &state, &tokens.lengths)?;
        }
        Ok(state)
    }

    /// The sum of each token's word and position, normalised.
    fn look_up(&self, tokens: &Tokens) -> candle_core::Result<Tensor> {
        let width = self.shape.hidden_size;
        let mut rows = Vec::with_capacity(tokens.ids.len() * width);
        let mut ids = tokens.ids.iter();
        for &length in &tokens.lengths {
            let positions = self.weights.positions.chunks_exact(width).take(length);
            for (position, &id) in positions.zip(&mut ids) {
                let word = &self.weights.words[id as usize * width..][..width];
                rows.extend(word.iter().zip(position).map(|(word, position)| word + position));
            }
        }
        rows::norm_rows(&mut rows, &self.weights.embedding_norm);
        Tensor::from_vec(rows, (tokens.ids.len(), width), &Device::Cpu)
    }

    fn layer(
        &self,
        layer: &Layer,
        state: &Tensor,
        lengths: &[usize],
    ) -> candle_core::Result<Tensor> {
        let heads = Heads { count: self.shape.num_attention_heads, size: self.shape.head_size() };
        let projected = multiply(state, &layer.project)?;
        let context = read(&projected, |rows| attend(rows, &layer.project.bias, lengths, heads))?;
        let context = Tensor::from_vec(context, state.shape(), &Device::Cpu)?;
        let attended = multiply(&context, &layer.attention_out)?;
        add_and_norm(&attended, &layer.attention_out, state, &layer.attention_norm)?;
        let wide = multiply(&attended, &layer.widen)?;
        edit(&wide, |rows| rows::add_bias_gelu(rows, &layer.widen.bias))?;
        let output = multiply(&wide, &layer.narrow)?;
        add_and_norm(&output, &layer.narrow, &attended, &layer.output_norm)?;
        Ok(output)
    }
}

/// The product without the bias, `[tokens][outputs]`, in memory of its own.
fn multiply(rows: &Tensor, dense: &Dense) -> candle_core::Result<Tensor> {
    rows.matmul(&dense.matrix)
}

fn add_and_norm(
    product: &Tensor,
    dense: &Dense,
    residual: &Tensor,
    norm: &weights::Norm,
) -> candle_core::Result<()> {
    read(residual, |residual| {
        edit(product, |rows| rows::add_and_norm(rows, &dense.bias, residual, norm))
    })?
}

/// Each text's mean over its tokens, scaled to length one.
fn pool(rows: &[f32], lengths: &[usize]) -> Result<Vec<Vector>, EmbeddingError> {
    let (mut rows, _) = rows.as_chunks::<DIMENSIONS>();
    let mut vectors = Vec::with_capacity(lengths.len());
    for &length in lengths {
        let (text, rest) = rows.split_at(length);
        let mut sums = [0.0; DIMENSIONS];
        for row in text {
            for (sum, number) in sums.iter_mut().zip(row) {
                *sum += number;
            }
        }
        // The length is made one, so the sum serves as well as the mean.
        let vector = Vector::normalised(&sums).ok_or_else(|| {
            EmbeddingError::engine("the network gave numbers that are not finite")
        })?;
        vectors.push(vector);
        rows = rest;
    }
    Ok(vectors)
}
