//! Finds the variable parts of a line in one pass over its bytes.
//!
//! A line is cut into chunks at white space, quotes, brackets, `,` `;` `=` and `|`. Most chunks
//! are words and are skipped after one look at the classes of their bytes; the others are read
//! piece by piece by `pieces`. This file decides only where chunks begin and which of them to read.

use super::class::{
    AT, BACKSLASH, DELIMITER, DIGIT, DOT, HEX_LETTER, OTHER, SLASH, SPACE, WORD, class, class_at,
};
use super::placeholder::Placeholder;
use super::{dump, run, time};

/// A variable part of a line: bytes `start..end` of the scanned text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Placeholder,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Yields the variable parts of a text from left to right; what lies between them is literal.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a [u8],
    /// The next byte to read.
    pub(super) at: usize,
    /// The start of the chunk being read.
    pub(super) chunk_start: usize,
    /// The end of the chunk being read; at most `at` when none is.
    pub(super) chunk_end: usize,
    /// The classes of the bytes of the chunk being read.
    pub(super) seen: u16,
    /// The end of the last token. A chunk that starts there is the rest of a larger one, in which
    /// no path, host or sign may begin: masked text must be left as it is.
    pub(super) glued_at: Option<usize>,
    /// Whether the text since the last token has white space other than single blanks.
    pub(super) untidy: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, chunk_start: 0, chunk_end: 0, seen: 0, glued_at: None, untidy: false }
    }

    /// Skips what separates chunks. Masked text holds placeholders there already: yields them.
    fn skip_delimiters(&mut self) -> Option<Token> {
        let mut after_space = false;
        while let Some(&byte) = self.text.get(self.at) {
            let class = class(byte);
            if class & DELIMITER == 0 {
                return None;
            }
            if class == SPACE {
                self.untidy |= after_space || byte != b' ';
                after_space = true;
                self.at = escape_end(self.text, self.at);
                continue;
            }
            after_space = false;
            if byte == b'<'
                && let Some(kind) = Placeholder::at_start_of(&self.text[self.at..])
            {
                return Some(self.token(kind, self.at, self.at + kind.text().len()));
            }
            self.at += 1;
        }
        None
    }

    /// Finds the end of the chunk at `at`. Yields a token if the whole chunk is one, otherwise
    /// leaves the chunk to be read piece by piece, or skips it if it holds only words.
    fn open_chunk(&mut self) -> Option<Token> {
        let start = self.at;
        let mut seen = 0;
        let mut end = start;
        while let Some(&byte) = self.text.get(end) {
            let class = class(byte);
            if class & DELIMITER != 0 {
                break;
            }
            seen |= class;
            end += 1;
        }
        self.chunk_start = start;
        self.chunk_end = end;
        self.seen = seen;
        let chunk = &self.text[start..end];
        let fresh = self.glued_at != Some(start);
        if fresh && let Some((kind, end)) = whole_chunk(self.text, start, chunk, seen) {
            return Some(self.token(kind, start, end));
        }
        let has_inner_dot = seen & DOT != 0 && chunk[..chunk.len() - 1].contains(&b'.');
        if seen & (DIGIT | SLASH | BACKSLASH | AT) == 0 && !has_inner_dot {
            self.at = end;
        }
        None
    }

    /// Takes the bytes from `start` to `end` as a token and goes on behind them.
    pub(super) fn token(&mut self, kind: Placeholder, start: usize, end: usize) -> Token {
        self.at = end;
        self.glued_at = Some(end);
        Token { kind, start, end }
    }
}

impl Iterator for Scanner<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        while self.at < self.text.len() {
            let found = if self.at < self.chunk_end {
                self.next_in_chunk()
            } else {
                self.skip_delimiters().or_else(|| self.open_chunk())
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

/// What can only be told from a whole chunk: a hex dump, a date with a named month, base64.
fn whole_chunk(text: &[u8], start: usize, chunk: &[u8], seen: u16) -> Option<(Placeholder, usize)> {
    if seen & !(DIGIT | HEX_LETTER) == 0
        && matches!(chunk.len(), 2 | 4 | 8)
        && let Some(end) = dump::read(text, start)
    {
        return Some((Placeholder::Hex, end));
    }
    if matches!(chunk.len(), 1..=4) && (chunk[0].is_ascii_uppercase() || seen == DIGIT) {
        return time::named(text, start).map(|end| (Placeholder::Time, end));
    }
    if seen & DIGIT != 0 && seen & (SLASH | OTHER) != 0 && run::is_encoded(chunk) {
        // The padding of base64 varies with the length of what it holds.
        let padding = text[start + chunk.len()..].iter().take(2).take_while(|&&b| b == b'=');
        return Some((Placeholder::Id, start + chunk.len() + padding.count()));
    }
    None
}

/// The end of the white space at `at`: of one byte, or of a whole ANSI control sequence
/// (ECMA-48, `ESC [ ... letter`), so that a colour is never read as a number.
pub(super) fn escape_end(text: &[u8], at: usize) -> usize {
    const MAX_PARAMETERS: usize = 32;
    if text[at] != 0x1b || text.get(at + 1) != Some(&b'[') {
        return at + 1;
    }
    let parameters = text[at + 2..].iter().take(MAX_PARAMETERS);
    let length = parameters.take_while(|byte| (0x20..=0x3f).contains(*byte)).count();
    match text.get(at + 2 + length) {
        Some(0x40..=0x7e) => at + 3 + length,
        _ => at + 1,
    }
}

/// Whether the two bytes at `at` begin a Windows share, as in `\\server\share`.
pub(super) fn is_share(text: &[u8], at: usize) -> bool {
    text[at..].starts_with(br"\\") && class_at(text, at + 2) & WORD != 0
}
