//! Classes of bytes, looked up in a table, so that the scanner decides without branching on text.

/// `0` to `9`.
pub(super) const DIGIT: u16 = 1;
/// `a` to `f`, either case.
pub(super) const HEX_LETTER: u16 = 1 << 1;
/// Every other letter. All bytes of non-ASCII characters count as letters, so that a token never
/// ends inside a character.
pub(super) const OTHER_LETTER: u16 = 1 << 2;
/// White space and control characters.
pub(super) const SPACE: u16 = 1 << 3;
/// Punctuation that always ends a chunk: quotes, brackets, `,` `;` `=` `|`.
pub(super) const STOP: u16 = 1 << 4;
/// `/`
pub(super) const SLASH: u16 = 1 << 5;
/// `\`
pub(super) const BACKSLASH: u16 = 1 << 6;
/// `@`
pub(super) const AT: u16 = 1 << 7;
/// `.`
pub(super) const DOT: u16 = 1 << 8;
/// `:`
pub(super) const COLON: u16 = 1 << 9;
/// `_` and `-`
pub(super) const JOINER: u16 = 1 << 10;
/// Punctuation without a role of its own.
pub(super) const OTHER: u16 = 1 << 11;

/// Any letter.
pub(super) const LETTER: u16 = HEX_LETTER | OTHER_LETTER;
/// A letter or a digit.
pub(super) const WORD: u16 = LETTER | DIGIT;
/// What separates chunks.
pub(super) const DELIMITER: u16 = SPACE | STOP;

static CLASSES: [u16; 256] = classes();

/// The class of a byte: exactly one bit.
pub(super) fn class(byte: u8) -> u16 {
    CLASSES[usize::from(byte)]
}

/// The class of the byte at `at`; 0, which no class test matches, past the end.
pub(super) fn class_at(text: &[u8], at: usize) -> u16 {
    text.get(at).map_or(0, |&byte| class(byte))
}

/// The end of the run of bytes of `classes` that starts at `at`.
pub(super) fn run_end(text: &[u8], at: usize, classes: u16) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(|&byte| class(byte) & classes == 0).unwrap_or(rest.len())
}

/// Whether a token may end at `at`: no letter or digit follows.
pub(super) fn is_boundary(text: &[u8], at: usize) -> bool {
    class_at(text, at) & WORD == 0
}

#[expect(clippy::cast_possible_truncation, reason = "the table has 256 entries")]
const fn classes() -> [u16; 256] {
    let mut table = [OTHER; 256];
    let mut index = 0;
    while index < table.len() {
        table[index] = match index as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' | b'A'..=b'F' => HEX_LETTER,
            b'g'..=b'z' | b'G'..=b'Z' | 0x80..=0xff => OTHER_LETTER,
            0..=b' ' | 0x7f => SPACE,
            b'"' | b'\'' | b'`' | b',' | b';' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<'
            | b'>' | b'|' | b'=' => STOP,
            b'/' => SLASH,
            b'\\' => BACKSLASH,
            b'@' => AT,
            b'.' => DOT,
            b':' => COLON,
            b'_' | b'-' => JOINER,
            _ => OTHER,
        };
        index += 1;
    }
    table
}
