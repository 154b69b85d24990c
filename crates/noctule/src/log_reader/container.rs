//! The files that containerd and CRI-O write under `/var/log/containers`.
//!
//! Docker's own files are JSON and read there. The line that the program wrote is unwrapped by
//! `interpret`. Lines that the runtime split (`P` for partial) are not joined again.

use std::borrow::Cow;

use super::{
    calendar::Calendar,
    record::{Envelope, Fields},
    timestamps,
};

/// Reads `2024-01-15T10:30:00.123456789Z stderr F message`.
pub(super) fn parse<'a>(line: &'a str, calendar: &Calendar) -> Option<Fields<'a>> {
    let (timestamp, rest) = timestamps::iso(line, calendar)?;
    let (stream, rest) = rest.strip_prefix(' ')?.split_once(' ')?;
    let message = rest.strip_prefix("F ").or_else(|| rest.strip_prefix("P "))?;
    matches!(stream, "stdout" | "stderr").then(|| Fields {
        timestamp: Some(timestamp),
        message: Cow::Borrowed(message),
        source: Some(Cow::Borrowed(stream)),
        envelope: Envelope::Container,
        has_header: true,
        ..Fields::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_others_left_alone() {
        for (line, shown) in [
            (
                "2024-01-15T10:30:00.123456789Z stderr F it broke",
                Some("2024-01-15T10:30:00.123456Z source=stderr | it broke"),
            ),
            (
                "2024-01-15T10:30:00Z stdout P half",
                Some("2024-01-15T10:30:00Z source=stdout | half"),
            ),
            ("2024-01-15T10:30:00Z stdout is closed", None),
            ("2024-01-15T10:30:00Z pipe F x", None),
            ("stdout F x", None),
        ] {
            let fields = parse(line, &Calendar::of_tests());
            assert_eq!(fields.map(|fields| fields.shown()).as_deref(), shown, "{line}");
        }
    }
}
