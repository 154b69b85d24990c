//! Writes a masked text: literals with tidy white space, placeholders, and lists as one element.

use super::MAX_TEMPLATE_BYTES;
use super::class::{SPACE, class};
use super::placeholder::Placeholder;
use super::scan::{Token, escape_end};

/// Punctuation between two elements of a list, at most: `"), ("` has six.
const MAX_SEPARATORS: usize = 8;

/// The longest common beginning of the elements of a list, as `blk_` in `blk_1 blk_2`, in bytes.
const MAX_PREFIX_BYTES: usize = 32;

/// Writes one masked text into a buffer.
pub(super) struct Writer<'a> {
    text: &'a str,
    out: &'a mut String,
    /// The end of the last token in `text`.
    written: usize,
    last: Option<Last>,
}

/// The placeholder that was written last.
struct Last {
    kind: Placeholder,
    /// Where it begins in the output.
    start: usize,
    /// Whether all that it stands for are decimal words of the width of a hex word.
    may_be_hex: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(text: &'a str, out: &'a mut String) -> Self {
        out.clear();
        Self { text, out, written: 0, last: None }
    }

    /// Writes the literal before `token` and the token's placeholder, unless both continue a list.
    /// `tidy` says that the literal's white space is single blanks. Returns whether there is room
    /// for more.
    pub(super) fn push(&mut self, token: Token, tidy: bool) -> bool {
        let gap = &self.text[self.written..token.start];
        let value = &self.text[token.start..token.end];
        self.written = token.end;
        if self.continues_list(gap, token.kind, value) {
            return true;
        }
        let room = MAX_TEMPLATE_BYTES - self.out.len();
        if gap.len() + token.kind.text().len() > room {
            self.trim_end();
            return false;
        }
        self.push_literal(gap, tidy);
        let last = Last {
            kind: token.kind,
            start: self.out.len(),
            may_be_hex: token.kind == Placeholder::Num && is_hex_width(value),
        };
        self.out.push_str(token.kind.text());
        self.last = Some(last);
        true
    }

    /// Writes the literal behind the last token.
    pub(super) fn finish(&mut self, tidy: bool) {
        let gap = &self.text[self.written..];
        if gap.len() <= MAX_TEMPLATE_BYTES - self.out.len() {
            self.push_literal(gap, tidy);
        }
        self.trim_end();
    }

    fn push_literal(&mut self, gap: &str, tidy: bool) {
        if tidy && !(self.out.is_empty() && gap.starts_with(' ')) {
            self.out.push_str(gap);
            return;
        }
        let bytes = gap.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if class(bytes[at]) == SPACE {
                if !self.out.is_empty() && !self.out.ends_with(' ') {
                    self.out.push(' ');
                }
                at = escape_end(bytes, at);
            } else {
                let rest = &bytes[at..];
                let length =
                    rest.iter().position(|&byte| class(byte) == SPACE).unwrap_or(rest.len());
                self.out.push_str(&gap[at..at + length]);
                at += length;
            }
        }
    }

    fn trim_end(&mut self) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
    }

    /// Whether the next placeholder only continues a list, so that nothing is written for it.
    fn continues_list(&mut self, gap: &str, kind: Placeholder, value: &str) -> bool {
        let Some(last) = &mut self.last else { return false };
        let joins_hex_words = match (last.kind, kind) {
            (left, right) if left == right => false,
            // One in forty hex words of eight digits has no letter.
            (Placeholder::Hex, Placeholder::Num) if is_hex_width(value) => true,
            (Placeholder::Num, Placeholder::Hex) if last.may_be_hex => true,
            _ => return false,
        };
        if !is_list_gap(gap, &self.out[..last.start]) {
            return false;
        }
        if joins_hex_words && last.kind == Placeholder::Num {
            self.out.truncate(last.start);
            self.out.push_str(Placeholder::Hex.text());
            last.kind = Placeholder::Hex;
        }
        last.may_be_hex &= is_hex_width(value);
        true
    }
}

fn is_hex_width(value: &str) -> bool {
    matches!(value.len(), 8 | 16)
}

/// Whether `gap` separates two elements of a list: white space, commas and the like, balanced
/// quotes and brackets, and then the same prefix that `before` ends with.
fn is_list_gap(gap: &str, before: &str) -> bool {
    let bytes = gap.as_bytes();
    let (mut at, mut separators) = (0, 0);
    let mut open = [0_i8; 3];
    let mut quotes = [0_u8; 3];
    while at < bytes.len() {
        match bytes[at] {
            byte if class(byte) == SPACE => {
                at = escape_end(bytes, at);
                continue;
            }
            b',' | b';' | b'|' => {}
            b')' => open[0] -= 1,
            b'(' => open[0] += 1,
            b']' => open[1] -= 1,
            b'[' => open[1] += 1,
            b'}' => open[2] -= 1,
            b'{' => open[2] += 1,
            b'"' => quotes[0] += 1,
            b'\'' => quotes[1] += 1,
            b'`' => quotes[2] += 1,
            _ => break,
        }
        separators += 1;
        if separators > MAX_SEPARATORS {
            return false;
        }
        at += 1;
    }
    let balanced = open == [0; 3] && quotes.iter().all(|count| count % 2 == 0);
    let prefix = &gap[at..];
    balanced && (prefix.is_empty() || (at > 0 && is_same_prefix(prefix, before)))
}

/// Whether the last element of the list, which `before` ends in the middle of, begins with
/// `prefix` too.
fn is_same_prefix(prefix: &str, before: &str) -> bool {
    let is_separator = |byte: u8| class(byte) == SPACE || b",;|()[]{}\"'`".contains(&byte);
    if prefix.len() > MAX_PREFIX_BYTES || prefix.bytes().any(is_separator) {
        return false;
    }
    before
        .strip_suffix(prefix)
        .is_some_and(|rest| rest.bytes().next_back().is_none_or(is_separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_of_lists() {
        for (gap, before, expected) in [
            ("", "", true),
            (", ", "", true),
            ("\", \"", "", true),
            ("), (", "", true),
            (" blk_", "to delete blk_", true),
            (" blk_", "to delete xblk_", false),
            ("blk_", "blk_", false),
            ("\" ", "", false),
            ("] ", "", false),
            (" and ", "", false),
            (", b=", "a=", false),
            (", a=", "a=", true),
        ] {
            assert_eq!(is_list_gap(gap, before), expected, "{gap:?} after {before:?}");
        }
    }
}
