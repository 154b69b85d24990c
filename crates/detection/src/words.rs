//! How numbers are written in sentences for operators.

/// A count with separators between thousands: `48,210`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun, in the plural where needed: `1 line`, `3 lines`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// A share of 0 to 1 as per cent, with the two leading digits that matter: `0.04 %`, `12 %`.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if p >= 10.0 => format!("{p:.0} %"),
        p if p >= 1.0 => format!("{p:.1} %"),
        p if p >= 0.01 => format!("{p:.2} %"),
        p if p > 0.0 => "less than 0.01 %".to_owned(),
        _ => "0 %".to_owned(),
    }
}

/// A number that need not be whole, with at most one decimal: `2`, `2.5`, `1,204`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "expected values are not negative and far below 2^53"
)]
pub(crate) fn about(number: f64) -> String {
    if number >= 10.0 || (number - number.round()).abs() < 0.05 {
        count(number.round().max(0.0) as u64)
    } else {
        format!("{number:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(48_210), "48,210");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(counted(1, "line"), "1 line");
        assert_eq!(counted(3, "line"), "3 lines");
        assert_eq!(percent(0.000_4), "0.04 %");
        assert_eq!(percent(0.123), "12 %");
        assert_eq!(percent(0.000_01), "less than 0.01 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(about(2.0), "2");
        assert_eq!(about(0.5), "0.5");
        assert_eq!(about(1_204.4), "1,204");
    }
}
