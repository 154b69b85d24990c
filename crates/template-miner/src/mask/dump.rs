//! Reads hex dumps: rows of hex words of one width.

use super::class::{DIGIT, HEX_LETTER, LETTER, class, is_boundary, run_end};

/// Words that a dump has at least; fewer are judged one by one.
const MIN_WORDS: usize = 4;

/// Words after which a row that does not look like a dump is given up, so that a long row of
/// short words is not read again from each of its words.
const DECISION_WORDS: usize = 8;

/// The end of the hex dump at `at`, whose words are two, four or eight hex digits with one space
/// between them. Half of the words must have a decimal digit and one a letter, so that neither
/// prose (`be added`) nor a list of numbers is a dump.
pub(super) fn read(text: &[u8], at: usize) -> Option<usize> {
    let hex_end = |at| run_end(text, at, DIGIT | HEX_LETTER);
    let width = hex_end(at) - at;
    if !matches!(width, 2 | 4 | 8) {
        return None;
    }
    let (mut end, mut words, mut with_digit, mut with_letter) = (at, 0, 0, 0);
    let mut next = at;
    while hex_end(next) == next + width && is_boundary(text, next + width) {
        let has = |classes: u16| text[next..next + width].iter().any(|&b| class(b) & classes != 0);
        words += 1;
        with_digit += usize::from(has(DIGIT));
        with_letter += usize::from(has(LETTER));
        end = next + width;
        let hopeless = words == DECISION_WORDS && (with_digit * 2 < words || with_letter == 0);
        if hopeless || text.get(end) != Some(&b' ') {
            break;
        }
        next = end + 1;
    }
    let is_dump = words >= MIN_WORDS && with_digit * 2 >= words && with_letter > 0;
    (is_dump && matches!(text.get(end), None | Some(b' ' | b'\t' | b'\r'))).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_are_told_from_prose_and_from_numbers() {
        for (text, rest) in [
            ("de ad be ef 01 02 03 04", Some("")),
            ("3ffb6183 cc79128b 3cfecf86 deadbeef left", Some(" left")),
            ("0a1f 3b2c 0000 beef", Some("")),
            ("10 20 30 40 50", None),
            ("be ad de ce ab cd", None),
            ("3ffb6183 cc79128b", None),
        ] {
            let found = read(text.as_bytes(), 0).map(|end| &text[end..]);
            assert_eq!(found, rest, "{text}");
        }
    }
}
