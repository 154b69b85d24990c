//! Cuts a stream into lines, one at a time and bounded, whatever its bytes are.
//!
//! Knows nothing of log formats. A line ends with LF or CR LF; a lone CR does not end one.

use std::io::{self, BufRead, Read};

/// The longest line that is taken, in bytes without its line end.
pub(super) const MAX_LINE_BYTES: usize = 1024 * 1024;

const UTF8_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
const UTF16_MARKS: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

/// One line, or the length of one that was too long to keep.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RawLine<'a> {
    Whole(&'a [u8]),
    TooLong { bytes: u64 },
}

/// The lines of a stream.
pub(super) struct Lines {
    input: Box<dyn BufRead + Send>,
    buffer: Vec<u8>,
    count: u64,
}

impl Lines {
    /// Starts at the first byte after a UTF-8 byte order mark.
    pub(super) fn new(mut input: Box<dyn BufRead + Send>) -> io::Result<Self> {
        if input.fill_buf()?.starts_with(&UTF8_MARK) {
            input.consume(UTF8_MARK.len());
        }
        Ok(Self { input, buffer: Vec::new(), count: 0 })
    }

    /// The bytes that are ready to be read without waiting for more; empty at the end only.
    pub(super) fn peek(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    /// Whether the bytes ahead start with a byte order mark of UTF-16.
    pub(super) fn is_utf16(&mut self) -> io::Result<bool> {
        let ahead = self.peek()?;
        Ok(UTF16_MARKS.iter().any(|mark| ahead.starts_with(mark)))
    }

    /// How many lines were read so far.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Reads the next line; `None` at the end.
    pub(super) fn next_line(&mut self) -> io::Result<Option<RawLine<'_>>> {
        self.buffer.clear();
        // Two bytes more than a line may have, for its CR LF.
        let limit = MAX_LINE_BYTES + 2;
        let bytes = (&mut self.input).take(limit as u64).read_until(b'\n', &mut self.buffer)?;
        if bytes == 0 {
            return Ok(None);
        }
        let is_cut = bytes == limit && !self.buffer.ends_with(b"\n");
        let skipped = if is_cut { self.skip_rest()? } else { 0 };
        self.count += 1;
        let line = without_line_end(&self.buffer);
        Ok(Some(if is_cut || line.len() > MAX_LINE_BYTES {
            RawLine::TooLong { bytes: line.len() as u64 + skipped }
        } else {
            RawLine::Whole(line)
        }))
    }

    /// Drops the bytes up to the next line and says how many they were.
    fn skip_rest(&mut self) -> io::Result<u64> {
        let mut skipped = 0;
        loop {
            let ahead = self.input.fill_buf()?;
            if ahead.is_empty() {
                return Ok(skipped);
            }
            let line_end = ahead.iter().position(|byte| *byte == b'\n');
            let bytes = line_end.unwrap_or(ahead.len());
            skipped += bytes as u64;
            self.input.consume(bytes + usize::from(line_end.is_some()));
            if line_end.is_some() {
                return Ok(skipped);
            }
        }
    }
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn lengths(input: &[u8]) -> Vec<Result<usize, u64>> {
        let mut lines = Lines::new(Box::new(Cursor::new(input.to_vec()))).unwrap();
        let mut found = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            found.push(match line {
                RawLine::Whole(line) => Ok(line.len()),
                RawLine::TooLong { bytes } => Err(bytes),
            });
        }
        assert_eq!(lines.count(), found.len() as u64);
        found
    }

    #[test]
    fn line_ends_and_the_byte_order_mark_are_not_part_of_a_line() {
        assert_eq!(lengths(b""), []);
        assert_eq!(lengths(b"\xef\xbb\xbf"), []);
        assert_eq!(lengths(b"\xef\xbb\xbfab\r\nc\n\nd"), [Ok(2), Ok(1), Ok(0), Ok(1)]);
        assert_eq!(lengths(b"a\rb\n"), [Ok(3)]);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_as_a_whole() {
        let longest = vec![b'x'; MAX_LINE_BYTES];
        for end in [&b""[..], b"\n", b"\r\n"] {
            assert_eq!(lengths(&[&longest, end].concat()), [Ok(MAX_LINE_BYTES)], "{end:?}");
        }
        for extra in [1, 2, 3, 100] {
            let long = vec![b'x'; MAX_LINE_BYTES + extra];
            let found = lengths(&[&long, &b"\nnext"[..]].concat());
            assert_eq!(found, [Err(long.len() as u64), Ok(4)], "{extra}");
            assert_eq!(lengths(&long), [Err(long.len() as u64)], "{extra}");
        }
    }

    #[test]
    fn utf16_is_told_by_its_mark() {
        for (input, expected) in
            [(&b"\xff\xfea\0"[..], true), (b"\xfe\xff\0a", true), (b"a", false)]
        {
            let mut lines = Lines::new(Box::new(Cursor::new(input.to_vec()))).unwrap();
            assert_eq!(lines.is_utf16().unwrap(), expected);
        }
    }
}
