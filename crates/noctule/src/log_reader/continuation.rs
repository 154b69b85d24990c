//! Tells lines of a stack trace that are not indented. When they are joined is `assembler`'s.

/// The first line of a Python traceback.
pub(super) const TRACEBACK: &str = "Traceback (most recent call last):";

/// Starts of lines that go on with a trace without being indented.
const TRACE_STARTS: [&str; 9] = [
    TRACEBACK,
    "Caused by:",
    "Suppressed:",
    "...",
    "During handling of the above exception",
    "The above exception was the direct cause",
    "--- End of",
    GO_TRACE,
    "created by ",
];

const GO_TRACE: &str = "goroutine ";

/// How far a line is indented, in bytes of white space.
pub(super) fn indent(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// Whether a line is a part of a stack trace wherever it stands.
pub(super) fn is_trace(text: &str) -> bool {
    TRACE_STARTS.iter().any(|start| text.starts_with(start)) || is_frame(text)
}

/// Whether a line is a frame of a Java or JavaScript trace that lost its indentation: `at a.b(…)`.
fn is_frame(text: &str) -> bool {
    text.strip_prefix("at ").is_some_and(|place| {
        let place = place.strip_prefix("async ").unwrap_or(place);
        let word = place.split(' ').next().unwrap_or(place);
        place.ends_with(')') || word.contains(['.', '/', '$', '('])
    })
}

/// Whether a line starts with the full name of an exception: `java.io.IOException: no space`.
pub(super) fn is_java_exception(text: &str) -> bool {
    let name = text.split([':', ' ']).next().unwrap_or(text);
    let is_class = |byte: u8| byte.is_ascii_alphanumeric() || b"._$".contains(&byte);
    let is_error = name.ends_with("Exception") || name.ends_with("Error");
    is_error && name.contains('.') && name.bytes().all(is_class)
}

/// Whether a line is a call in the Go trace of a message: `net/http.(*conn).serve(0xc0001)`.
pub(super) fn is_go_frame(text: &str, message: &str) -> bool {
    text.ends_with(')') && text.contains('.') && !text.contains(' ') && message.contains(GO_TRACE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_traces_are_told_from_sentences() {
        for text in [
            "at a.b.C.d(C.java:7)",
            "at Object.<anonymous> (/a.js:1:2)",
            "at async /a.js:1:2",
            "at native(Native Method)",
            "Caused by: x",
            "... 12 more",
            "goroutine 7 [running]:",
        ] {
            assert!(is_trace(text), "{text}");
        }
        for text in ["at noon", "at 10:30 it broke", "attempt 7", "caused by", ""] {
            assert!(!is_trace(text), "{text}");
        }
    }

    #[test]
    fn exceptions_and_calls_are_told_by_their_names() {
        for (text, expected) in [
            ("java.io.IOException: no space", true),
            ("a.B$CException", true),
            ("a.BError: c", true),
            ("IOException: no package", false),
            ("10.0.0.1: Error", false),
            ("the java.io.IOException", false),
        ] {
            assert_eq!(is_java_exception(text), expected, "{text}");
        }
        let trace = "panic: x\n\ngoroutine 7 [running]:";
        for (text, message, expected) in [
            ("main.main()", trace, true),
            ("net/http.(*conn).serve(0xc0001)", trace, true),
            ("main.main()", "a", false),
            ("it broke (a.b)", trace, false),
        ] {
            assert_eq!(is_go_frame(text, message), expected, "{text}");
        }
    }
}
