//! A sentence vector: 384 numbers of length one. How it comes about is not known here.

/// How many numbers a vector has.
pub const DIMENSIONS: usize = 384;

/// How far a stored vector's length may be from one; rounding alone stays below 1e-6.
const LENGTH_TOLERANCE: f32 = 1e-3;

/// Running sums kept side by side, so that the compiler may use the widest registers: it must
/// not reorder one sum of floats by itself.
const LANES: usize = 16;

/// The meaning of a text: [`DIMENSIONS`] finite numbers whose squares add up to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector(Box<[f32; DIMENSIONS]>);

/// Stored bytes that are not a vector.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CorruptVector {
    /// The number of bytes is wrong.
    #[error("a stored vector has {bytes} bytes instead of {}", Vector::STORED_BYTES)]
    WrongSize {
        /// How many bytes were given.
        bytes: usize,
    },
    /// The numbers do not have length one, or are not numbers.
    #[error("a stored vector has length {length} instead of 1")]
    WrongLength {
        /// The Euclidean length of what was given.
        length: f32,
    },
}

impl Vector {
    /// How many bytes [`Vector::to_bytes`] gives.
    pub const STORED_BYTES: usize = DIMENSIONS * size_of::<f32>();

    /// Scales numbers to length one; `None` when they are all zero or not all finite.
    #[must_use]
    pub fn normalised(values: &[f32; DIMENSIONS]) -> Option<Self> {
        let length = dot(values, values).sqrt();
        if !length.is_normal() {
            return None;
        }
        Some(Self(Box::new(values.map(|value| value / length))))
    }

    /// The cosine of the angle to another vector: 1 the same direction, 0 unrelated.
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f32 {
        dot(&self.0, &other.0).clamp(-1.0, 1.0)
    }

    /// The numbers.
    #[must_use]
    pub const fn as_array(&self) -> &[f32; DIMENSIONS] {
        &self.0
    }

    /// The numbers as little-endian 32-bit floats, for storage.
    ///
    /// Half floats would take half the space, but move the cosine of two vectors by up to 5.5e-5
    /// (the 81 reference vectors, every pair), more than the 1e-5 that a stored score may move.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    /// The inverse of [`Vector::to_bytes`].
    ///
    /// # Errors
    /// [`CorruptVector`] when the bytes are not those of a vector.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CorruptVector> {
        if bytes.len() != Self::STORED_BYTES {
            return Err(CorruptVector::WrongSize { bytes: bytes.len() });
        }
        let mut values = Box::new([0.0; DIMENSIONS]);
        for (value, stored) in values.iter_mut().zip(bytes.as_chunks().0) {
            *value = f32::from_le_bytes(*stored);
        }
        let length = dot(&values, &values).sqrt();
        // Written so that a length that is not a number is refused as well.
        if (length - 1.0).abs() <= LENGTH_TOLERANCE {
            Ok(Self(values))
        } else {
            Err(CorruptVector::WrongLength { length })
        }
    }
}

fn dot(left: &[f32; DIMENSIONS], right: &[f32; DIMENSIONS]) -> f32 {
    pulp::Arch::new().dispatch(Dot { left, right })
}

/// A struct and no closure: see `bert/rows.rs`.
struct Dot<'a> {
    left: &'a [f32; DIMENSIONS],
    right: &'a [f32; DIMENSIONS],
}

impl pulp::WithSimd for Dot<'_> {
    type Output = f32;

    #[expect(clippy::inline_always, reason = "the loop must take on its caller's instructions")]
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> f32 {
        let mut sums = [0.0; LANES];
        let (left, right) = (self.left.as_chunks::<LANES>().0, self.right.as_chunks::<LANES>().0);
        for (left, right) in left.iter().zip(right) {
            for lane in 0..LANES {
                sums[lane] += left[lane] * right[lane];
            }
        }
        sums.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(start: f32) -> Vector {
        let mut value = start;
        Vector::normalised(&[(); DIMENSIONS].map(|()| {
            value += 0.25;
            value
        }))
        .unwrap()
    }

    #[test]
    fn cosine_is_one_with_itself_and_minus_one_with_its_opposite() {
        let vector = ramp(-3.0);
        let opposite = Vector::normalised(&vector.as_array().map(|value| -value)).unwrap();
        assert!((vector.cosine(&vector) - 1.0).abs() < 1e-6);
        assert!((vector.cosine(&opposite) + 1.0).abs() < 1e-6);
    }

    #[test]
    fn bytes_round_trip_exactly() {
        let vector = ramp(1.5);
        let bytes = vector.to_bytes();
        assert_eq!(bytes.len(), 1536);
        assert_eq!(Vector::from_bytes(&bytes), Ok(vector));
    }

    #[test]
    fn bytes_that_are_no_vector_are_refused() {
        let good = ramp(1.0).to_bytes();
        let mut not_a_number = good.clone();
        not_a_number[..4].copy_from_slice(&f32::NAN.to_le_bytes());
        for bytes in [&[][..], &good[1..], &[0; 1536], &not_a_number] {
            assert!(Vector::from_bytes(bytes).is_err(), "{} bytes", bytes.len());
        }
    }

    #[test]
    fn nothing_is_made_of_zeros_or_infinities() {
        for value in [0.0, f32::INFINITY, f32::NAN] {
            assert_eq!(Vector::normalised(&[value; DIMENSIONS]), None, "{value}");
        }
    }
}
