//! A row of the report: what one benchmark has measured, and how that compares.

use std::fmt;

/// What one benchmark has measured.
#[derive(Debug)]
pub(crate) struct Row {
    /// The benchmark, and which form of it.
    pub(crate) name: String,
    /// What came out.
    pub(crate) outcome: Outcome,
}

/// How a benchmark ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Measured(Vec<Figure>),
    /// Something that it needs is not here.
    Skipped(String),
    Failed(String),
}

/// One number, its target and its comparisons.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: Unit,
    pub(crate) target: Option<Target>,
    /// The raw cost of what it stands on, in the same unit.
    pub(crate) beside: Vec<Beside>,
}

/// A number to compare with.
#[derive(Debug)]
pub(crate) struct Beside {
    pub(crate) what: String,
    pub(crate) value: f64,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Things done in a second.
    PerSecond(&'static str),
    Milliseconds,
    Seconds,
    /// Millions of bytes.
    Megabytes,
    /// Things.
    Count(&'static str),
}

/// What a number should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    AtLeast(f64),
    Below(f64),
    Exactly(f64),
}

impl Row {
    /// A row with its figures.
    pub(crate) fn new(name: impl Into<String>, figures: Vec<Figure>) -> Self {
        Self { name: name.into(), outcome: Outcome::Measured(figures) }
    }

    /// Whether it could not be measured although nothing was missing.
    pub(crate) const fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_))
    }
}

impl Figure {
    /// A figure without target and comparison.
    pub(crate) const fn new(name: &'static str, value: f64, unit: Unit) -> Self {
        Self { name, value, unit, target: None, beside: Vec::new() }
    }

    /// Sets what it should be.
    pub(crate) fn target(self, target: Target) -> Self {
        Self { target: Some(target), ..self }
    }

    /// Puts the raw cost of something beside it.
    pub(crate) fn beside(mut self, what: impl Into<String>, value: f64) -> Self {
        self.beside.push(Beside { what: what.into(), value });
        self
    }

    /// Whether it is what it should be, if it should be anything.
    pub(crate) fn is_met(&self) -> Option<bool> {
        self.target.map(|target| match target {
            Target::AtLeast(bound) => self.value >= bound,
            Target::Below(bound) => self.value < bound,
            Target::Exactly(wanted) => (self.value - wanted).abs() < f64::EPSILON,
        })
    }
}

impl Unit {
    /// The number as people read it, without the unit.
    pub(crate) fn number(self, value: f64) -> String {
        match self {
            Self::Count(_) => grouped(value),
            _ if value >= 100.0 => grouped(value),
            _ if value >= 10.0 => format!("{value:.1}"),
            _ => format!("{value:.2}"),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PerSecond(what) => write!(f, "{what}/s"),
            Self::Milliseconds => f.write_str("ms"),
            Self::Seconds => f.write_str("s"),
            Self::Megabytes => f.write_str("MB"),
            Self::Count(what) => f.write_str(what),
        }
    }
}

/// A whole number with its thousands apart.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value <= -0.5 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_the_digits_that_matter() {
        let check = |value, expected: &str| {
            assert_eq!(Unit::Milliseconds.number(value), expected);
        };
        check(1_234_567.4, "1,234,567");
        check(100.0, "100");
        check(41.26, "41.3");
        check(0.004, "0.00");
        assert_eq!(Unit::Count("lines").number(7.0), "7");
        assert_eq!(Unit::Count("lines").number(-1_000.0), "-1,000");
    }

    #[test]
    fn a_target_is_met_or_not() {
        let met = |value, target| Figure::new("x", value, Unit::Seconds).target(target).is_met();
        assert_eq!(met(3.0, Target::AtLeast(3.0)), Some(true));
        assert_eq!(met(3.0, Target::Below(3.0)), Some(false));
        assert_eq!(met(0.0, Target::Exactly(0.0)), Some(true));
        assert_eq!(Figure::new("x", 1.0, Unit::Seconds).is_met(), None);
    }
}
