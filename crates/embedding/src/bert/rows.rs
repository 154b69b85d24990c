//! The network's steps that work on single numbers and rows: plain loops, written so that the
//! compiler can make wide instructions of them, and run at the width that the CPU has.
//!
//! candle's own versions call the C library's `erff` and `expf` for every number, which took a
//! third of the whole time. These are not hand-written SIMD: there is no instruction in here.

#![expect(clippy::inline_always, reason = "loops must take on the instructions of their caller")]

use pulp::{Arch, Simd, WithSimd};

use super::weights::Norm;

/// Sums kept side by side; see `vector.rs`.
const LANES: usize = 16;

/// Adds the bias to each row, then applies the exact GELU, x Φ(x).
pub(super) fn add_bias_gelu(rows: &mut [f32], bias: &[f32]) {
    Arch::new().dispatch(AddBiasGelu { rows, bias });
}

/// Adds the bias and the residual to each row, then normalises the row.
pub(super) fn add_and_norm(rows: &mut [f32], bias: &[f32], residual: &[f32], norm: &Norm) {
    Arch::new().dispatch(AddAndNorm { rows, bias, residual, norm });
}

/// Normalises each row to mean 0 and variance 1, then scales and shifts it.
pub(super) fn norm_rows(rows: &mut [f32], norm: &Norm) {
    Arch::new().dispatch(NormRows { rows, norm });
}

// A struct each and no closure: a closure is called through a function of the standard library
// that is not compiled for the wide instructions, and drags its body along.

struct AddBiasGelu<'a> {
    rows: &'a mut [f32],
    bias: &'a [f32],
}

impl WithSimd for AddBiasGelu<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in self.rows.chunks_exact_mut(self.bias.len()) {
            for (value, bias) in row.iter_mut().zip(self.bias) {
                *value = gelu(*value + bias);
            }
        }
    }
}

struct AddAndNorm<'a> {
    rows: &'a mut [f32],
    bias: &'a [f32],
    residual: &'a [f32],
    norm: &'a Norm,
}

impl WithSimd for AddAndNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = self.bias.len();
        let residuals = self.residual.chunks_exact(width);
        for (row, residual) in self.rows.chunks_exact_mut(width).zip(residuals) {
            for ((value, bias), residual) in row.iter_mut().zip(self.bias).zip(residual) {
                *value += bias + residual;
            }
            normalise(row, self.norm);
        }
    }
}

struct NormRows<'a> {
    rows: &'a mut [f32],
    norm: &'a Norm,
}

impl WithSimd for NormRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in self.rows.chunks_exact_mut(self.norm.scale.len()) {
            normalise(row, self.norm);
        }
    }
}

#[inline(always)]
fn normalise(row: &mut [f32], norm: &Norm) {
    let count = row.len() as f32;
    let mean = sum(row, |value| value) / count;
    let variance = sum(row, |value| (value - mean) * (value - mean)) / count;
    let inverse = 1.0 / (variance + norm.epsilon).sqrt();
    for ((value, scale), shift) in row.iter_mut().zip(&norm.scale).zip(&norm.shift) {
        *value = (*value - mean) * inverse * scale + shift;
    }
}

#[inline(always)]
fn sum(row: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += term(chunk[lane]);
        }
    }
    // In halves, because one addition after the other would wait for each.
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
    }
    sums[0] + rest.iter().map(|&value| term(value)).sum::<f32>()
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// The error function to 1.5e-7: Abramowitz and Stegun 1964, formula 7.1.26.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let series = ((((1.061_405_4 * t - 1.453_152_1) * t + 1.421_413_8) * t - 0.284_496_72) * t
        + 0.254_829_6)
        * t;
    (1.0 - series * exp(-x * x)).copysign(x)
}

/// e to the power of x, to 2 units in the last place; below -87 it is about 1e-38 instead of 0.
///
/// The method of the Cephes library: split x into a whole power of two and a rest below ln 2 / 2,
/// then a polynomial for the rest.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Adding 1.5 * 2^23 rounds to a whole number and leaves that number in the lowest bits.
    const ROUNDER: f32 = 12_582_912.0;
    // ln 2 in two parts, the first short enough that its products are exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUNDER;
    let whole = shifted - ROUNDER;
    let rest = (x - whole * LN_2_HIGH) - whole * LN_2_LOW;
    let polynomial = ((((1.987_569_1e-4 * rest + 1.398_199_9e-3) * rest + 8.333_452e-3) * rest
        + 4.166_579_6e-2)
        * rest
        + 1.666_666_5e-1)
        * rest
        + 0.5;
    let fraction = polynomial * rest * rest + rest + 1.0;
    // 127 is the exponent's bias; the shift pushes all but the whole number's bits out.
    fraction * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    use super::*;

    fn grid(from: f32, to: f32) -> Vec<f32> {
        (0..=4000).map(|step| from + (to - from) * step as f32 / 4000.0).collect()
    }

    #[test]
    fn exp_agrees_with_the_standard_library() {
        for x in grid(-87.0, 88.0) {
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error < 3e-7, "exp({x}) is off by {error}");
        }
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn gelu_agrees_with_candle() {
        let mut rows = grid(-9.0, 9.0);
        let expected = Tensor::new(rows.as_slice(), &Device::Cpu).unwrap().gelu_erf().unwrap();
        let width = rows.len();
        add_bias_gelu(&mut rows, &vec![0.0; width]);
        for (found, expected) in rows.iter().zip(expected.to_vec1::<f32>().unwrap()) {
            assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
        }
    }

    #[test]
    fn rows_get_the_norms_mean_and_variance() {
        let width = 37;
        let norm = Norm { scale: vec![2.0; width], shift: vec![0.5; width], epsilon: 1e-12 };
        let mut rows: Vec<f32> = (0..2 * width).map(|index| (index * 29 % 37) as f32).collect();
        let residual = rows.clone();
        add_and_norm(&mut rows, &vec![0.25; width], &residual, &norm);
        for row in rows.chunks_exact(width) {
            let mean = row.iter().sum::<f32>() / width as f32;
            let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / width as f32;
            assert!(
                (mean - 0.5).abs() < 1e-5 && (variance - 4.0).abs() < 1e-3,
                "{mean} {variance}"
            );
        }
    }
}
