//! Attention over packed texts: each text's tokens look at one another and at nobody else's, so
//! there is neither padding nor a mask.
//!
//! Only a few per cent of the network's work is here, the rest is in candle's matrix products.
//! The loops are written with pulp's portable registers because the compiler leaves the sums in
//! memory otherwise, which took a fifth of the whole time.

#![expect(clippy::inline_always, reason = "loops must take on the instructions of their caller")]

use pulp::{Arch, Simd, WithSimd};

use super::rows::exp;

/// Rows of keys are filled up to a multiple of this, the numbers in the widest register.
pub(super) const WIDEST: usize = 16;

/// The queries that are worked on side by side, so that one sum need not wait for another.
const QUERIES: usize = 4;

/// How the numbers of a token divide into heads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heads {
    pub(super) count: usize,
    /// Numbers a head, a multiple of [`WIDEST`].
    pub(super) size: usize,
}

/// Lets the tokens of each text attend to one another.
///
/// `projected` is `[tokens][3 * hidden]` (queries, keys, values; queries already divided by the
/// root of the head's size) and lacks its `bias`. The result is `[tokens][hidden]`.
pub(super) fn attend(projected: &[f32], bias: &[f32], lengths: &[usize], heads: Heads) -> Vec<f32> {
    attend_on(Arch::new(), projected, bias, lengths, heads)
}

fn attend_on(
    arch: Arch,
    projected: &[f32],
    bias: &[f32],
    lengths: &[usize],
    heads: Heads,
) -> Vec<f32> {
    let mut context = vec![0.0; projected.len() / 3];
    let scratch = Scratch::new(lengths.iter().copied().max().unwrap_or(0), heads.size);
    let context_rows = &mut context;
    arch.dispatch(Attend { projected, bias, lengths, heads, context_rows, scratch });
    context
}

/// A struct and no closure: see `rows.rs`.
struct Attend<'a> {
    projected: &'a [f32],
    bias: &'a [f32],
    lengths: &'a [usize],
    heads: Heads,
    context_rows: &'a mut [f32],
    scratch: Scratch,
}

impl WithSimd for Attend<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let hidden = self.heads.count * self.heads.size;
        let mut start = 0;
        for &length in self.lengths {
            let text = Text {
                projected: &self.projected[start * 3 * hidden..(start + length) * 3 * hidden],
                bias: self.bias,
                length,
                hidden,
            };
            let context = &mut self.context_rows[start * hidden..(start + length) * hidden];
            for head in 0..self.heads.count {
                self.scratch.attend_head(simd, &text, context, head * self.heads.size);
            }
            start += length;
        }
    }
}

/// One text's queries, keys and values.
struct Text<'a> {
    projected: &'a [f32],
    bias: &'a [f32],
    length: usize,
    hidden: usize,
}

/// Space for one head of one text, reused for all.
struct Scratch {
    /// Numbers a head.
    size: usize,
    /// `[size]` of a block of queries.
    queries: Vec<[f32; QUERIES]>,
    /// `[size][padded]`: the same number of all keys side by side.
    keys: Vec<f32>,
    /// `[tokens][size]`.
    values: Vec<f32>,
    /// `[padded]` for each query: how much it looks at each key.
    weights: [Vec<f32>; QUERIES],
}

impl Scratch {
    fn new(longest: usize, size: usize) -> Self {
        let padded = longest.next_multiple_of(WIDEST);
        Self {
            size,
            queries: vec![[0.0; QUERIES]; size],
            keys: vec![0.0; size * padded],
            values: vec![0.0; longest * size],
            weights: [(); QUERIES].map(|()| vec![0.0; padded]),
        }
    }

    /// One head of one text; `at` is the head's first number within a token.
    #[inline(always)]
    fn attend_head<S: Simd>(&mut self, simd: S, text: &Text, context: &mut [f32], at: usize) {
        let padded = text.length.next_multiple_of(WIDEST);
        self.load_keys_and_values(text, padded, at);
        for first in (0..text.length).step_by(QUERIES) {
            let count = QUERIES.min(text.length - first);
            self.load_queries(text, at, first, count);
            self.compare(simd, padded);
            let mut factors = [0.0; QUERIES];
            for (factor, weights) in factors.iter_mut().zip(&mut self.weights[..count]) {
                *factor = soften(simd, &mut weights[..padded], text.length);
            }
            let rows = &mut context[first * text.hidden..(first + count) * text.hidden];
            self.gather(simd, text, rows, at, factors);
        }
    }

    #[inline(always)]
    fn load_keys_and_values(&mut self, text: &Text, padded: usize, at: usize) {
        let (size, hidden) = (self.size, text.hidden);
        let key_bias = &text.bias[hidden + at..][..size];
        let value_bias = &text.bias[2 * hidden + at..][..size];
        let values = self.values.chunks_exact_mut(size);
        let tokens = text.projected.chunks_exact(3 * hidden).zip(values).enumerate();
        for (index, (token, values)) in tokens {
            let keys = self.keys[index..].iter_mut().step_by(padded);
            for ((slot, key), bias) in keys.zip(&token[hidden + at..][..size]).zip(key_bias) {
                *slot = key + bias;
            }
            let value = &token[2 * hidden + at..][..size];
            for ((slot, value), bias) in values.iter_mut().zip(value).zip(value_bias) {
                *slot = value + bias;
            }
        }
    }

    #[inline(always)]
    fn load_queries(&mut self, text: &Text, at: usize, first: usize, count: usize) {
        for query in 0..count {
            let token = &text.projected[(first + query) * 3 * text.hidden + at..][..self.size];
            for ((slot, number), bias) in self.queries.iter_mut().zip(token).zip(&text.bias[at..]) {
                slot[query] = number + bias;
            }
        }
    }

    /// The product of every query in the block with every key. What is behind the last key is
    /// left from an earlier text.
    #[inline(always)]
    fn compare<S: Simd>(&mut self, simd: S, padded: usize) {
        let (keys, _) = S::as_simd_f32s(&self.keys);
        let blocks = padded / S::F32_LANES;
        for block in 0..blocks {
            let mut sums = [simd.splat_f32s(0.0); QUERIES];
            for (query, &key) in self.queries.iter().zip(keys[block..].iter().step_by(blocks)) {
                for (sum, &number) in sums.iter_mut().zip(query) {
                    *sum = simd.mul_add_e_f32s(simd.splat_f32s(number), key, *sum);
                }
            }
            for (weights, sum) in self.weights.iter_mut().zip(sums) {
                S::as_mut_simd_f32s(weights).0[block] = sum;
            }
        }
    }

    /// The mean of the values, weighted for every query in the block; `rows` has a row for each.
    #[inline(always)]
    fn gather<S: Simd>(
        &self,
        simd: S,
        text: &Text,
        rows: &mut [f32],
        at: usize,
        factors: [f32; QUERIES],
    ) {
        let (values, _) = S::as_simd_f32s(&self.values);
        let blocks = self.size / S::F32_LANES;
        let [first, second, third, fourth] = &self.weights;
        for block in 0..blocks {
            let mut sums = [simd.splat_f32s(0.0); QUERIES];
            let weights = first[..text.length].iter().zip(second).zip(third).zip(fourth);
            let values = values[block..].iter().step_by(blocks);
            for ((((&first, &second), &third), &fourth), &value) in weights.zip(values) {
                for (sum, weight) in sums.iter_mut().zip([first, second, third, fourth]) {
                    *sum = simd.mul_add_e_f32s(simd.splat_f32s(weight), value, *sum);
                }
            }
            for ((row, sum), factor) in rows.chunks_exact_mut(text.hidden).zip(sums).zip(factors) {
                let mean = simd.mul_f32s(sum, simd.splat_f32s(factor));
                S::as_mut_simd_f32s(&mut row[at..at + self.size]).0[block] = mean;
            }
        }
    }
}

/// Makes the weights positive, and gives what they are to be multiplied by for a sum of one. What
/// is behind `length` becomes less than 1e-36.
#[inline(always)]
fn soften<S: Simd>(simd: S, weights: &mut [f32], length: usize) -> f32 {
    weights[length..].fill(f32::NEG_INFINITY);
    let mut largest = simd.splat_f32s(f32::NEG_INFINITY);
    for &weights in S::as_simd_f32s(weights).0 {
        largest = simd.max_f32s(largest, weights);
    }
    let largest = simd.reduce_max_f32s(largest);
    for weight in &mut *weights {
        *weight = exp(*weight - largest);
    }
    let mut total = simd.splat_f32s(0.0);
    for &weights in S::as_simd_f32s(weights).0 {
        total = simd.add_f32s(total, weights);
    }
    1.0 / simd.reduce_sum_f32s(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, in double precision and without any blocks.
    fn attend_plainly(rows: &[Vec<f64>], heads: Heads) -> Vec<f64> {
        let hidden = heads.count * heads.size;
        let mut context = Vec::new();
        for query in rows {
            for at in (0..hidden).step_by(heads.size) {
                let score = |key: &Vec<f64>| -> f64 {
                    (0..heads.size).map(|i| query[at + i] * key[hidden + at + i]).sum()
                };
                let weights: Vec<f64> = rows.iter().map(|key| score(key).exp()).collect();
                let total: f64 = weights.iter().sum();
                for i in at..at + heads.size {
                    let values = rows.iter().map(|value| value[2 * hidden + i]);
                    let mean: f64 = values.zip(&weights).map(|(value, w)| value * w).sum();
                    context.push(mean / total);
                }
            }
        }
        context
    }

    /// Every width of register that this machine has.
    fn arches() -> Vec<Arch> {
        let mut arches = vec![Arch::new()];
        #[cfg(target_arch = "x86_64")]
        arches.extend(
            [Some(Arch::Scalar), pulp::x86::V3::try_new().map(Arch::V3)].into_iter().flatten(),
        );
        arches
    }

    #[test]
    fn it_agrees_with_the_definition_for_texts_of_any_length() {
        let heads = Heads { count: 3, size: 32 };
        let width = 3 * heads.count * heads.size;
        let lengths = [33, 1, 2, 16, 17, 5, 64];
        let count = lengths.iter().sum::<usize>() * width;
        let number = |index: usize| ((index * 7919 % 1009) as f32 / 1009.0 - 0.5) * 1.5;
        let projected: Vec<f32> = (0..count).map(number).collect();
        let bias: Vec<f32> = (0..width).map(|index| number(index + 13)).collect();

        let with_bias = |row: &[f32]| -> Vec<f64> {
            row.iter().zip(&bias).map(|(number, bias)| f64::from(number + bias)).collect()
        };
        let rows: Vec<Vec<f64>> = projected.chunks_exact(width).map(with_bias).collect();
        let mut start = 0;
        let mut expected = Vec::new();
        for length in lengths {
            expected.extend(attend_plainly(&rows[start..start + length], heads));
            start += length;
        }
        for arch in arches() {
            let found = attend_on(arch, &projected, &bias, &lengths, heads);
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                let error = (f64::from(*found) - expected).abs();
                assert!(error < 1e-6, "{found} not {expected} on {arch:?}");
            }
        }
    }
}
