//! Reads names on the network: DNS names, e-mail addresses and URLs.

use super::address::port_end;
use super::class::{
    AT, DOT, HEX_LETTER, JOINER, OTHER_LETTER, SLASH, SPACE, WORD, class, class_at, run_end,
};

/// Last labels that make a dotted name a host name, with the labels that it must have at least.
/// Names of classes and of files are dotted too, so the list is short and `java.net` is no host.
const TOP_LEVEL: [(&str, usize); 11] = [
    ("com", 2),
    ("org", 2),
    ("edu", 2),
    ("gov", 2),
    ("net", 3),
    ("io", 3),
    ("local", 3),
    ("internal", 3),
    ("lan", 3),
    ("localdomain", 2),
    ("arpa", 3),
];

/// The longest of [`TOP_LEVEL`].
const MAX_TOP_LEVEL_BYTES: usize = 11;

/// Labels before a country code, as in `edu.hk` and `co.uk`.
const SECOND_LEVEL: [&str; 7] = ["ac", "co", "com", "edu", "gov", "net", "org"];

/// The end of the DNS name at `at`, with its port.
pub(super) fn host(text: &[u8], at: usize) -> Option<usize> {
    let end = dotted_end(text, at)?;
    let mut labels = text[at..end].rsplit(|&byte| byte == b'.');
    let last = labels.next()?;
    if last.len() > MAX_TOP_LEVEL_BYTES {
        return None;
    }
    let second = labels.next().filter(|label| !label.is_empty())?;
    let has_third = labels.next().is_some();
    let is_top = TOP_LEVEL
        .iter()
        .any(|&(label, at_least)| label.as_bytes() == last && (has_third || at_least == 2));
    let is_country = has_third
        && last.len() == 2
        && last.iter().all(u8::is_ascii_lowercase)
        && SECOND_LEVEL.iter().any(|label| label.as_bytes() == second);
    (is_top || is_country).then(|| port_end(text, end))
}

/// The end of the e-mail address at `at`. The part behind the `@` must have a dot.
pub(super) fn email(text: &[u8], at: usize) -> Option<usize> {
    let local_end = at + text[at..].iter().position(|&byte| !is_in_mailbox(byte))?;
    if local_end == at || text[local_end] != b'@' {
        return None;
    }
    let domain = local_end + 1;
    let end = dotted_end(text, domain)?;
    let begins_well = class_at(text, domain) & WORD != 0;
    (begins_well && text[domain..end].contains(&b'.')).then_some(end)
}

/// The end of the dotted name at `at`, without the punctuation behind it. `None` if a placeholder
/// follows, which is the rest of the name: `x.com<num>` was `x.com1`.
fn dotted_end(text: &[u8], at: usize) -> Option<usize> {
    let mut end = run_end(text, at, WORD | DOT | JOINER);
    if text.get(end) == Some(&b'<') {
        return None;
    }
    while end > at && class(text[end - 1]) & WORD == 0 {
        end -= 1;
    }
    Some(end)
}

/// Whether a byte may stand before the `@` of an address, as far as logs go (RFC 5322 has more).
pub(super) fn is_in_mailbox(byte: u8) -> bool {
    class(byte) & (WORD | DOT | JOINER) != 0 || matches!(byte, b'+' | b'%')
}

/// The end of a URL whose scheme ends at `scheme_end`, where `://` must stand.
pub(super) fn url(text: &[u8], scheme_end: usize) -> Option<usize> {
    let rest = text.get(scheme_end..)?.strip_prefix(b"://")?;
    let mut length = 0;
    // An IPv6 host stands in brackets, which otherwise end a URL.
    if rest.first() == Some(&b'[') {
        length = rest.iter().position(|&byte| byte == b']').map_or(0, |at| at + 1);
    } else if class_at(rest, 0) & (WORD | AT | SLASH) == 0 {
        return None;
    }
    length += rest[length..].iter().position(|&byte| ends_url(byte)).unwrap_or(rest.len() - length);
    while length > 0 && matches!(rest[length - 1], b'.' | b':' | b'!' | b'?') {
        length -= 1;
    }
    (length > 0).then_some(scheme_end + b"://".len() + length)
}

fn ends_url(byte: u8) -> bool {
    class(byte) & SPACE != 0
        || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'|' | b',' | b';')
        || matches!(byte, b'(' | b')' | b'[' | b']' | b'{' | b'}')
}

/// Whether a drive letter and its colon stand at `at`, as in `C:\` or `C:/`.
pub(super) fn is_drive(text: &[u8], at: usize) -> bool {
    class_at(text, at) & (HEX_LETTER | OTHER_LETTER) != 0
        && text[at].is_ascii()
        && text.get(at + 1) == Some(&b':')
        && matches!(text.get(at + 2), Some(b'\\' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(read: impl Fn(&[u8], usize) -> Option<usize>, text: &str, rest: Option<&str>) {
        let found = read(text.as_bytes(), 0).map(|end| &text[end..]);
        assert_eq!(found, rest, "{text}");
    }

    #[test]
    fn host_names() {
        check(host, "proxy.cse.cuhk.edu.hk:5070 open", Some(" open"));
        check(host, "example.com.", Some("."));
        check(host, "db-1.prod.internal", Some(""));
        for text in ["java.net", "com.foo.Bar", "main.rs", "done.", "a.b.c", "x.com<num>", ".com"] {
            check(host, text, None);
        }
    }

    #[test]
    fn email_addresses() {
        check(email, "a.b+c@example.org, hello", Some(", hello"));
        check(email, "root@localhost", None);
        check(email, "@example.org", None);
    }

    #[test]
    fn urls() {
        let url_in = |text: &[u8], at: usize| url(text, at + 4);
        check(url_in, "http://10.0.0.1:80/a?b=c&d=e.", Some("."));
        check(url_in, "http://[::1]:8080/x) y", Some(") y"));
        check(url_in, "http://", None);
        check(url_in, "http://<num>", None);
        check(url_in, "http: //x", None);
    }
}
