//! Apache's error log, of 2.2 and of 2.4. The client stays in the message, as Apache prints it.

use std::borrow::Cow;

use super::{calendar::Calendar, level, record::Fields, timestamps};

/// Reads `[Sun Dec 04 04:47:44 2005] [error] message` and
/// `[Wed Oct 11 14:32:52.123456 2023] [core:error] [pid 1:tid 2] [client 1.2.3.4:5] message`.
pub(super) fn parse<'a>(line: &'a str, calendar: &Calendar) -> Option<Fields<'a>> {
    let (timestamp, rest) = timestamps::weekday_first(line.strip_prefix('[')?, calendar)?;
    let (name, rest) = rest.strip_prefix("] [")?.split_once(']')?;
    let (module, name) = name.split_once(':').unwrap_or(("", name));
    // The levels below debug are trace1 to trace8.
    let severity = level::word(name.trim_end_matches(|c: char| c.is_ascii_digit()))?;
    let rest = rest.trim_start();
    let process = rest.strip_prefix("[pid ").and_then(|rest| rest.split_once(']'));
    Some(Fields {
        timestamp: Some(timestamp),
        severity: Some(severity),
        message: Cow::Borrowed(process.map_or(rest, |(_, rest)| rest.trim_start())),
        service: Some(Cow::Borrowed("apache")),
        source: (!module.is_empty()).then_some(Cow::Borrowed(module)),
        has_header: true,
        ..Fields::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_generations_are_read() {
        for (line, shown) in [
            (
                "[Mon Jan 15 10:30:00 2024] [error] [client 192.0.2.7] File does not exist: /x",
                "2024-01-15T10:30:00Z ERROR service=apache | [client 192.0.2.7] File does not exist: /x",
            ),
            (
                "[Mon Jan 15 10:30:00.250000 2024] [core:crit] [pid 1:tid 2] [client 192.0.2.7:5] AH00099: out of slots",
                "2024-01-15T10:30:00.250Z CRITICAL service=apache source=core | [client 192.0.2.7:5] AH00099: out of slots",
            ),
            (
                "[Mon Jan 15 10:30:00.25 2024] [ssl:trace3] [pid 1] handshake",
                "2024-01-15T10:30:00.250Z DEBUG service=apache source=ssl | handshake",
            ),
            (
                "[Mon Jan 15 10:30:00 2024] [:notice] ready",
                "2024-01-15T10:30:00Z INFO service=apache | ready",
            ),
        ] {
            let fields = parse(line, &Calendar::of_tests()).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(fields.shown(), shown, "{line}");
        }
    }

    #[test]
    fn other_lines_are_left_alone() {
        for line in [
            "",
            "[error] x",
            "[Mon Jan 15 10:30:00 2024] usb 1-1",
            "[Mon Jan 15 10:30:00 2024] [a] b",
        ] {
            assert_eq!(parse(line, &Calendar::of_tests()), None, "{line}");
        }
    }
}
