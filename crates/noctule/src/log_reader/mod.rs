//! Reads a log of any usual format, line by line, into records that can be sent.
//!
//! ```text
//! bytes ─ compression ─ lines ─┬─ detect (the first lines vote) ─┐
//!                              └─ assembler ─ interpret ─ json, syslog, access_log, … or text
//! ```
//!
//! One record is held at a time, so memory does not grow with the input. The clock is never read:
//! what a year or a zone is taken to be is in [`ReadOptions`]. Nothing is sent from here.

mod access_log;
mod apache_error;
mod assembler;
mod calendar;
mod collector;
mod compression;
mod container;
mod continuation;
mod cursor;
mod detect;
mod field_names;
mod format;
mod interpret;
mod json;
mod klog;
mod level;
mod lines;
mod logcat;
mod logfmt;
mod nginx_error;
mod record;
mod syslog;
mod text;
mod text_header;
mod text_logger;
mod timestamps;

use std::io::Read;

use noctule_domain::Timestamp;

pub use format::{Format, UnknownFormat};
pub use record::{BadLine, ParsedLine, ReadError, Record};

use assembler::Assembler;
use calendar::Calendar;
use interpret::Expectation;
use lines::Lines;

/// How to read a log.
#[derive(Debug, Clone, Copy)]
pub struct ReadOptions {
    /// The format; `None` tells it from the first lines.
    pub format: Option<Format>,
    /// The moment to infer the year from where lines have none (RFC 3164): each is the latest that
    /// is not ahead of it. For a file, its time of change is better than the present.
    pub now: Timestamp,
    /// The zone of times that name none, in seconds east of UTC.
    pub utc_offset_seconds: i32,
}

/// The records of a log, in order. It ends after the first error.
pub struct LogReader {
    lines: Lines,
    assembler: Assembler,
    is_finished: bool,
}

impl LogReader {
    /// Starts to read, which waits for the first bytes to tell compression and format.
    ///
    /// # Errors
    /// [`ReadError`] when the input cannot be read or unpacked, or is UTF-16.
    pub fn new(input: impl Read + Send + 'static, options: ReadOptions) -> Result<Self, ReadError> {
        let failed = |source| ReadError::Input { lines_read: 0, source };
        let calendar =
            Calendar { now: options.now, utc_offset_seconds: options.utc_offset_seconds };
        let mut lines = compression::unpacked(input).and_then(Lines::new).map_err(failed)?;
        if lines.is_utf16().map_err(failed)? {
            return Err(ReadError::Utf16);
        }
        let expectation = if let Some(format) = options.format {
            Expectation::Named(format)
        } else {
            let start = lines.peek().map_err(failed)?;
            Expectation::Detected(detect::format_of(start, &calendar))
        };
        Ok(Self { lines, assembler: Assembler::new(expectation, calendar), is_finished: false })
    }

    /// The format that was named or detected. Single lines may have another.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.assembler.expectation().format()
    }

    fn read_line(&mut self) {
        let line_number = self.lines.count() + 1;
        match self.lines.next_line() {
            Ok(Some(line)) => self.assembler.push(line_number, &line),
            Ok(None) => self.finish(None),
            Err(source) => {
                let lines_read = line_number - 1;
                self.finish(Some(ReadError::Input { lines_read, source }));
            }
        }
    }

    fn finish(&mut self, error: Option<ReadError>) {
        self.is_finished = true;
        self.assembler.finish(error);
    }
}

impl Iterator for LogReader {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.assembler.pop() {
                return Some(record);
            }
            if self.is_finished {
                return None;
            }
            self.read_line();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor, Write};

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    fn options() -> ReadOptions {
        ReadOptions {
            format: None,
            now: Timestamp::parse("2024-03-01T00:00:00Z").unwrap(),
            utc_offset_seconds: 0,
        }
    }

    fn records(input: &[u8], options: ReadOptions) -> Vec<Record> {
        let reader = LogReader::new(Cursor::new(input.to_vec()), options).unwrap();
        reader.map(Result::unwrap).collect()
    }

    fn messages(input: &[u8]) -> Vec<String> {
        let message = |record: Record| match record.parsed {
            Ok(line) => line.message,
            Err(bad) => format!("bad: {bad}"),
        };
        records(input, options()).into_iter().map(message).collect()
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_shape_of_input_gives_the_same_records() {
        assert_eq!(messages(b""), [""; 0]);
        assert_eq!(messages(b"\n"), ["bad: line is blank"]);
        for input in [
            &b"INFO a\nWARN b\n"[..],
            b"INFO a\nWARN b",
            b"INFO a\r\nWARN b\r\n",
            b"\xef\xbb\xbfINFO a\nWARN b",
        ] {
            assert_eq!(messages(input), ["a", "b"]);
            assert_eq!(messages(&gzip(input)), ["a", "b"]);
        }
    }

    #[test]
    fn a_mixed_file_is_read_line_by_line() {
        let input = "== start ==\n\
            Jan 15 10:30:00 web1 shop[7]: up\n\
            Jan 15 10:30:01 web1 shop[7]: down\n\
            {\"msg\":\"json\",\"level\":\"warn\"}\n\
            2024-01-15T10:30:00+0000 web1 cron: ran\n\
            broken \u{0} bytes\n";
        let reader = LogReader::new(Cursor::new(input), options()).unwrap();
        assert_eq!(reader.format(), Format::Syslog);
        assert_eq!(
            messages(input.as_bytes()),
            ["== start ==", "up", "down", "json", "ran", "broken \u{0} bytes"]
        );
    }

    #[test]
    fn the_zone_and_the_format_can_be_set() {
        let east =
            ReadOptions { format: Some(Format::Text), utc_offset_seconds: 3600, ..options() };
        let records = records(b"Jan 15 10:30:00 a b: c\n", east);
        let line = records[0].parsed.clone().unwrap();
        assert_eq!(line.timestamp.unwrap().to_string(), "2024-01-15T09:30:00Z");
        assert_eq!(line.message, "a b: c");
    }

    #[test]
    fn a_long_line_is_bad_and_the_next_one_good() {
        let long = "x".repeat(lines::MAX_LINE_BYTES + 1);
        let big = "x".repeat(noctule_domain::MAX_MESSAGE_BYTES + 1);
        let found = messages(format!("{long}\n{big}\nINFO up\n").as_bytes());
        assert_eq!(
            found,
            [
                "bad: line has 1048577 bytes; at most 1048576 are read",
                "bad: message has 262145 bytes; at most 262144 are accepted",
                "up",
            ]
        );
    }

    #[test]
    fn a_broken_input_ends_with_an_error_after_its_records() {
        let packed = gzip(&b"INFO up\n".repeat(10_000));
        let mut reader =
            LogReader::new(Cursor::new(packed[..packed.len() - 4].to_vec()), options()).unwrap();
        let last = reader.by_ref().find(Result::is_err).unwrap().unwrap_err();
        let ReadError::Input { lines_read, source } = last else { panic!("{last}") };
        assert_eq!((lines_read, source.kind()), (10_000, io::ErrorKind::UnexpectedEof));
        assert!(reader.next().is_none());
        let utf16 = LogReader::new(Cursor::new(b"\xff\xfea\0"), options());
        assert!(matches!(utf16.err(), Some(ReadError::Utf16)));
    }

    /// Pieces that lead deep into every parser when they are strung together.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let known = prop::sample::select(vec![
            "2024-01-15T10:30:00.123456+00:00 ",
            "[2024-01-15 10:30:00,1] ",
            "Jan 15 10:30:00 ",
            "2024/01/15 10:30:00 ",
            "[Mon Jan 15 10:30:00 2024] ",
            "01-15 10:30:00.1 ",
            "E0115 10:30:00.1 ",
            "081109 203615 ",
            "1705314600.5 ",
            "<34>",
            "<34>1 ",
            "- ",
            "web1 ",
            "shop[7]: ",
            "[",
            "]",
            "[error] ",
            "1#1: *1 ",
            "ERROR ",
            "INFO:",
            " - ",
            "12 --- [main] a.B : ",
            "a.go:7] ",
            "E/",
            "level=info ",
            "msg=\"",
            "\\\"",
            "{\"",
            "\":",
            "{\"log\":",
            "\"msg\":\"a\"",
            "}",
            "[1,2]",
            "Traceback (most recent call last):",
            "\n",
            "\r\n",
            "\n  ",
            "\n\tat a.B(C.java:1)\n",
            "é",
            "\u{feff}",
            "\0",
            "[15/Jan/2024:10:30:00 +0000] \"",
            "\" 200 5",
            "a b c",
            "stdout F ",
            ": ",
            "::",
            "=",
            "9999999999",
        ]);
        prop_oneof![
            8 => known.prop_map(|text| text.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..8),
        ]
    }

    proptest! {
        #[test]
        fn every_line_is_in_exactly_one_record(
            pieces in prop::collection::vec(piece(), 0..60),
            format in prop::option::of(prop::sample::select(Format::ALL.to_vec())),
        ) {
            let input = pieces.concat();
            // A mark at the start says that these bytes are not lines of text.
            let marks = [&b"\xff\xfe"[..], b"\xfe\xff", b"\x1f\x8b", b"\x28\xb5"];
            prop_assume!(!marks.iter().any(|mark| input.starts_with(mark)));
            let records = records(&input, ReadOptions { format, ..options() });
            let mut next_line = 1;
            for record in &records {
                prop_assert_eq!(record.line_number, next_line);
                next_line += record.line_count;
                if let Ok(line) = &record.parsed {
                    prop_assert!(!line.message.trim().is_empty());
                }
            }
            let input = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&input);
            let lines = input.split_inclusive(|byte| *byte == b'\n').count() as u64;
            prop_assert_eq!(next_line - 1, lines);
        }
    }
}
