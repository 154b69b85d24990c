//! Reads absolute file paths, Unix and Windows. Relative paths are not paths: `I/O`, `and/or`.

use super::class::{BACKSLASH, DOT, JOINER, OTHER, SLASH, SPACE, WORD, class, class_at, run_end};

/// What follows the blank in the folders of Windows that have one, longest first. Any other blank
/// ends a path, because `C:\a DOMAIN\bob` is a path and a user.
const AFTER_BLANK: [&[u8]; 4] =
    [b" Files (x86)\\", b" Files\\", b" and Settings\\", b" Volume Information\\"];

/// Folders with a blank that one path may have.
const MAX_BLANKS: usize = 4;

/// The end of the Unix path (or of the path of a URL, with its query) at the slash at `at`.
pub(super) fn unix(text: &[u8], at: usize) -> Option<usize> {
    let body = run_end(text, at, SLASH);
    if class_at(text, body) & (WORD | JOINER | DOT) == 0 && text.get(body) != Some(&b'~') {
        return None;
    }
    let rest = &text[body..];
    let length = rest.iter().position(|&byte| ends_unix(byte)).unwrap_or(rest.len());
    let end = trim(text, body, body + length);
    (end > body).then_some(end)
}

/// The end of the Windows path whose first backslash (or slash behind a drive) is at `at`.
pub(super) fn windows(text: &[u8], at: usize) -> Option<usize> {
    let body = run_end(text, at, SLASH | BACKSLASH);
    let mut end = part_end(text, body);
    if trim(text, body, end) == body {
        return None;
    }
    for _ in 0..MAX_BLANKS {
        let Some(folder) = AFTER_BLANK.iter().find(|folder| text[end..].starts_with(folder)) else {
            break;
        };
        end = part_end(text, end + folder.len());
    }
    Some(trim(text, body, end))
}

fn part_end(text: &[u8], at: usize) -> usize {
    let rest = &text[at..];
    at + rest.iter().position(|&byte| ends_windows(byte)).unwrap_or(rest.len())
}

fn ends_unix(byte: u8) -> bool {
    ends_windows(byte) || matches!(byte, b'(' | b')' | b'[' | b']' | b'{' | b'}')
}

fn ends_windows(byte: u8) -> bool {
    class(byte) & SPACE != 0
        || matches!(byte, b'"' | b'\'' | b'`' | b',' | b';' | b'<' | b'>' | b'|')
}

/// Leaves out the punctuation of the sentence around a path.
fn trim(text: &[u8], start: usize, mut end: usize) -> usize {
    while end > start && is_sentence_end(text[end - 1]) {
        end -= 1;
    }
    end
}

fn is_sentence_end(byte: u8) -> bool {
    class(byte) & (DOT | OTHER) != 0 || matches!(byte, b':' | b')' | b']' | b'}' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unix_paths() {
        for (text, rest) in [
            ("/etc/httpd/workers2.properties", Some("")),
            ("/var/log/x.log: No such file", Some(": No such file")),
            ("/v2/servers?limit=1&x=2 HTTP", Some(" HTTP")),
            ("/tmp)", Some(")")),
            ("//server/share.", Some(".")),
            ("/.ssh/config", Some("")),
            ("/", None),
            ("/*", None),
            ("/...", None),
        ] {
            let found = unix(text.as_bytes(), 0).map(|end| &text[end..]);
            assert_eq!(found, rest, "{text}");
        }
    }

    #[test]
    fn windows_paths() {
        for (text, rest) in [
            (r"\Windows\winsxs\x_6.1\cbscore.dll", Some("")),
            (r"\Program Files (x86)\App\a.exe started", Some(" started")),
            (r"\a to D:\b", Some(r" to D:\b")),
            (r"\a DOMAIN\bob", Some(r" DOMAIN\bob")),
            (r"\a.txt).", Some(").")),
            (r"\", None),
        ] {
            let found = windows(text.as_bytes(), 0).map(|end| &text[end..]);
            assert_eq!(found, rest, "{text}");
        }
    }
}
