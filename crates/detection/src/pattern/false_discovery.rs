//! Which of many tests to believe: the procedure of Benjamini and Hochberg (1995).
//!
//! For a caller that judges many services of one request; one stream needs no correction.

/// Which of the chances are discoveries when a share of `rate` of the discoveries may be false.
/// Chances that are not numbers are never discoveries.
#[must_use]
pub fn benjamini_hochberg(p_values: &[f64], rate: f64) -> Vec<bool> {
    let mut order: Vec<f64> = p_values.iter().copied().filter(|p| !p.is_nan()).collect();
    order.sort_unstable_by(f64::total_cmp);
    let tests = p_values.len() as f64;
    let limit = order
        .iter()
        .enumerate()
        .filter(|(rank, p)| **p <= rate * (*rank as f64 + 1.0) / tests)
        .map(|(_, p)| *p)
        .next_back();
    p_values.iter().map(|p| limit.is_some_and(|limit| *p <= limit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_rank_below_its_line_decides() {
        for (p_values, expected) in [
            (vec![], vec![]),
            (vec![0.04], vec![true]),
            (vec![0.06], vec![false]),
            (vec![0.04, 0.001, 0.9, 0.03], vec![false, true, false, false]),
            (vec![0.04, 0.03, 0.02, 0.01], vec![true; 4]),
            (vec![f64::NAN, 0.001], vec![false, true]),
        ] {
            assert_eq!(benjamini_hochberg(&p_values, 0.05), expected, "{p_values:?}");
        }
    }
}
