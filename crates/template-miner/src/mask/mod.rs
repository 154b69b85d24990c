//! Replaces the variable parts of a line by placeholders.
//!
//! One pass over the bytes, no regular expressions. Words are never masked: `VM Paused` and
//! `VM Resumed` stay different. Every ASCII digit is masked, and that is why masking a masked text
//! changes nothing. What a mask hides (an exit code, a count of errors) is lost to every later
//! stage but [`values`].

mod address;
mod class;
mod dump;
mod name;
mod number;
mod path;
mod pieces;
mod placeholder;
mod run;
mod scan;
mod time;
mod write;

use class::{SPACE, class};
pub use placeholder::Placeholder;
use scan::Scanner;
use write::Writer;

/// The part of a message that defines its template, in bytes, at most: enough for every line that
/// a person would read, and it bounds the work for a message of 256 KiB. Masked texts are not
/// longer either.
pub const MAX_TEMPLATE_BYTES: usize = 2_048;

/// Masks the first line of `message` into `out`, which is cleared first.
///
/// White space, control characters and ANSI sequences become single blanks. Lists of the same
/// placeholder become one, so that their length makes no template. Only the first line that is not
/// blank and only [`MAX_TEMPLATE_BYTES`] of it count: a stack trace has the template of its head.
pub fn mask(message: &str, out: &mut String) {
    let text = defining_part(message);
    let mut scanner = Scanner::new(text.as_bytes());
    let mut writer = Writer::new(text, out);
    while let Some(token) = scanner.next() {
        let tidy = !std::mem::take(&mut scanner.untidy);
        if !writer.push(token, tidy) {
            return;
        }
    }
    writer.finish(!scanner.untidy);
}

/// Masks the first line of `message`; see [`mask`].
#[must_use]
pub fn masked(message: &str) -> String {
    let mut out = String::new();
    mask(message, &mut out);
    out
}

/// The variable parts of the first line of `message` in order, each with its kind.
///
/// Unlike in the masked text, every element of a list is given.
pub fn values(message: &str) -> impl Iterator<Item = (Placeholder, &str)> {
    let text = defining_part(message);
    Scanner::new(text.as_bytes()).map(move |token| (token.kind, &text[token.start..token.end]))
}

fn defining_part(message: &str) -> &str {
    // The scanner's idea of white space, not Unicode's: masked text must be cut like its origin.
    let is_space = |letter: char| u8::try_from(letter).is_ok_and(|b| class(b) == SPACE);
    let text = message.trim_start_matches(is_space);
    let text = &text[..text.floor_char_boundary(MAX_TEMPLATE_BYTES)];
    let line = text.split_once('\n').map_or(text, |(line, _)| line);
    line.trim_end_matches(is_space)
}
