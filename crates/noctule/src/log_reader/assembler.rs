//! Makes records of lines: reads each, and joins the lines that continue the one before.
//!
//! A line continues a record of text if it is indented more than the record's first line, or is a
//! part of a stack trace that stands at the margin (`at …`, `Caused by:`, `... 12 more`, the last
//! line of a Python traceback, a Java exception after a line with a time, a call in a Go trace), or
//! is blank. A line with a time of its own never does. JSON lines are neither continued nor a
//! continuation. The price is that a record of text is handed out only when the next one starts.

use std::collections::VecDeque;

use super::{
    calendar::Calendar,
    continuation::{self, TRACEBACK, indent},
    interpret::{self, Expectation, Interpreted},
    json,
    lines::RawLine,
    record::{BadLine, ParsedLine, ReadError, Record},
};

/// The most lines of one record. A longer trace goes on in a further record.
const MAX_JOINED_LINES: u64 = 200;

/// The most bytes that a record grows to by joining.
const MAX_JOINED_BYTES: usize = 64 * 1024;

/// Turns lines into records.
pub(super) struct Assembler {
    expectation: Expectation,
    calendar: Calendar,
    open: Option<OpenRecord>,
    ready: VecDeque<Result<Record, ReadError>>,
}

/// A record that may grow.
struct OpenRecord {
    line_number: u64,
    line_count: u64,
    line: ParsedLine,
    indent: usize,
    is_in_traceback: bool,
}

impl Assembler {
    pub(super) fn new(expectation: Expectation, calendar: Calendar) -> Self {
        Self { expectation, calendar, open: None, ready: VecDeque::new() }
    }

    pub(super) const fn expectation(&self) -> Expectation {
        self.expectation
    }

    /// Hands out the next record that is complete.
    pub(super) fn pop(&mut self) -> Option<Result<Record, ReadError>> {
        self.ready.pop_front()
    }

    /// Takes the next line.
    pub(super) fn push(&mut self, line_number: u64, line: &RawLine<'_>) {
        let bytes = match line {
            RawLine::Whole(bytes) => *bytes,
            RawLine::TooLong { bytes } => {
                return self.push_bad(line_number, BadLine::TooLong { bytes: *bytes });
            }
        };
        let text = String::from_utf8_lossy(bytes);
        if self.open.as_ref().is_some_and(|open| self.is_continued(open, &text)) {
            return self.join(line_number, &text);
        }
        if text.trim().is_empty() {
            return self.push_bad(line_number, BadLine::Blank);
        }
        match interpret::interpret(&text, self.expectation, &self.calendar) {
            Ok(Interpreted { line, is_joinable: true }) => {
                self.close();
                self.open = Some(OpenRecord::new(line_number, line, indent(&text)));
            }
            Ok(Interpreted { line, is_joinable: false }) => {
                self.close();
                let parsed = line.checked();
                self.ready.push_back(Ok(Record { line_number, line_count: 1, parsed }));
            }
            Err(bad) => self.push_bad(line_number, bad),
        }
    }

    /// Ends the input: the last record is complete. A broken input ends with its error.
    pub(super) fn finish(&mut self, error: Option<ReadError>) {
        self.close();
        self.ready.extend(error.map(Err));
    }

    fn push_bad(&mut self, line_number: u64, bad: BadLine) {
        self.close();
        self.ready.push_back(Ok(Record { line_number, line_count: 1, parsed: Err(bad) }));
    }

    fn close(&mut self) {
        self.ready.extend(self.open.take().map(|open| Ok(open.into_record())));
    }

    fn is_continued(&self, open: &OpenRecord, text: &str) -> bool {
        if text.trim().is_empty() {
            return open.has_room_for(text);
        }
        let is_candidate = indent(text) > open.indent
            || continuation::is_trace(text)
            || (open.line.timestamp.is_some() && continuation::is_java_exception(text))
            || continuation::is_go_frame(text, &open.line.message)
            || (open.is_in_traceback && !json::is_object(text));
        is_candidate && !interpret::has_own_time(text.trim_start(), &self.calendar)
    }

    /// Adds a line to the open record, or goes on in a further one of the same origin.
    fn join(&mut self, line_number: u64, text: &str) {
        let Some(open) = &mut self.open else { return };
        if open.has_room_for(text) {
            open.add(text);
            return;
        }
        let mut further = OpenRecord {
            line_number,
            line_count: 1,
            line: ParsedLine { message: text.to_owned(), ..open.line.without_message() },
            ..*open
        };
        further.is_in_traceback &= indent(text) > open.indent;
        self.close();
        self.open = Some(further);
    }
}

impl OpenRecord {
    fn new(line_number: u64, line: ParsedLine, indent: usize) -> Self {
        let is_in_traceback = line.message.trim_end().ends_with(TRACEBACK);
        Self { line_number, line_count: 1, line, indent, is_in_traceback }
    }

    fn has_room_for(&self, text: &str) -> bool {
        self.line_count < MAX_JOINED_LINES
            && self.line.message.len() + 1 + text.len() <= MAX_JOINED_BYTES
    }

    fn add(&mut self, text: &str) {
        self.line_count += 1;
        self.line.message.push('\n');
        self.line.message.push_str(text);
        if text.starts_with(TRACEBACK) {
            self.is_in_traceback = true;
        } else if !text.trim().is_empty() && indent(text) <= self.indent {
            // The error itself is the one line of a traceback at the margin, and its last.
            self.is_in_traceback = false;
        }
    }

    fn into_record(mut self) -> Record {
        if self.line_count > 1 {
            let length = self.line.message.trim_end().len();
            self.line.message.truncate(length);
        }
        Record {
            line_number: self.line_number,
            line_count: self.line_count,
            parsed: self.line.checked(),
        }
    }
}

impl ParsedLine {
    fn without_message(&self) -> Self {
        Self { message: String::new(), origin: self.origin.clone(), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::format::Format, *};

    /// Shows records as `first-line+count: message`, with line breaks as `/`.
    #[track_caller]
    fn check(lines: &[&str], expected: &[&str]) {
        let expectation = Expectation::Detected(Format::Text);
        let mut assembler = Assembler::new(expectation, Calendar::of_tests());
        for (number, line) in (1..).zip(lines) {
            assembler.push(number, &RawLine::Whole(line.as_bytes()));
        }
        assembler.finish(None);
        let shown: Vec<_> = std::iter::from_fn(|| assembler.pop())
            .map(|record| {
                let record = record.unwrap();
                let message = match record.parsed {
                    Ok(line) => line.message.replace('\n', "/"),
                    Err(bad) => format!("bad: {bad}"),
                };
                format!("{}+{}: {message}", record.line_number, record.line_count)
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn traces_are_joined() {
        check(
            &[
                "2024-01-15 10:30:00 ERROR it broke",
                "java.io.IOException: no",
                "\tat a.B.c(B.java:7)",
                "Caused by: x.Y: z",
                "at a.B.d(B.java:8)",
                "... 12 more",
                "2024-01-15 10:30:01 INFO up",
            ],
            &[
                "1+6: it broke/java.io.IOException: no/\tat a.B.c(B.java:7)/Caused by: x.Y: z/at a.B.d(B.java:8)/... 12 more",
                "7+1: up",
            ],
        );
        check(
            &[
                "ERROR:root:it broke",
                TRACEBACK,
                "  File \"a.py\", line 7",
                "    f()",
                "KeyError: 'a'",
                "",
                "During handling of the above exception, another exception occurred:",
                "",
                TRACEBACK,
                "  File \"a.py\", line 9",
                "ValueError: b",
                "next line",
            ],
            &[
                "1+11: it broke/Traceback (most recent call last):/  File \"a.py\", line 7/    f()/KeyError: 'a'//During handling of the above exception, another exception occurred://Traceback (most recent call last):/  File \"a.py\", line 9/ValueError: b",
                "12+1: next line",
            ],
        );
    }

    #[test]
    fn what_starts_anew_is_not_joined() {
        check(&["a", "b", "at noon"], &["1+1: a", "2+1: b", "3+1: at noon"]);
        check(&["  a", "  b", "    c"], &["1+1:   a", "2+2:   b/    c"]);
        check(&["a", "  2024-01-15 10:30:00 b"], &["1+1: a", "2+1: b"]);
        check(&[r#"{"msg":"a"}"#, "  b"], &["1+1: a", "2+1:   b"]);
        check(
            &[TRACEBACK, "  x", r#"{"msg":"a"}"#],
            &["1+2: Traceback (most recent call last):/  x", "3+1: a"],
        );
        check(&["", "a", "", "", "b", ""], &["1+1: bad: line is blank", "2+3: a", "5+2: b"]);
    }

    #[test]
    fn a_trace_beyond_the_bounds_goes_on_in_a_further_record() {
        let lines = [&["2024-01-15 10:30:00 ERROR a"][..], &["\tb"; 250]].concat();
        let first = format!("1+200: a{}", "/\tb".repeat(199));
        let second = format!("201+51: \tb{}", "/\tb".repeat(50));
        check(&lines, &[&first, &second]);
        let long = format!(" {}", "x".repeat(MAX_JOINED_BYTES));
        check(&["a", &long], &["1+1: a", &format!("2+1: {long}")]);
    }

    #[test]
    fn bad_lines_end_a_record() {
        let mut assembler = Assembler::new(Expectation::Named(Format::Json), Calendar::of_tests());
        assembler.push(1, &RawLine::Whole(b"text \xff"));
        assembler.push(2, &RawLine::TooLong { bytes: 9 });
        assembler.push(3, &RawLine::Whole(b"  {"));
        assembler.finish(Some(ReadError::Utf16));
        let message = assembler.pop().unwrap().unwrap().parsed.unwrap().message;
        assert_eq!(message, "text \u{fffd}");
        let too_long = assembler.pop().unwrap().unwrap();
        assert_eq!(
            (too_long.line_number, too_long.parsed),
            (2, Err(BadLine::TooLong { bytes: 9 }))
        );
        assert!(matches!(
            assembler.pop().unwrap().unwrap().parsed,
            Err(BadLine::InvalidJson { .. })
        ));
        assert!(assembler.pop().unwrap().is_err());
    }
}
