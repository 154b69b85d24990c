//! Reads machine addresses: UUID, MAC, IPv4 and IPv6. Names of hosts are in `name`.

use std::net::Ipv6Addr;

use super::class::{COLON, DIGIT, DOT, HEX_LETTER, OTHER_LETTER, is_boundary, run_end};

const HEX: u16 = DIGIT | HEX_LETTER;

/// The longest text of an IPv6 address (RFC 4291), with an embedded IPv4 one.
const MAX_IPV6_BYTES: usize = 45;

/// The end of the UUID at `at`.
pub(super) fn uuid(text: &[u8], at: usize) -> Option<usize> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let mut end = at;
    for (index, length) in GROUPS.into_iter().enumerate() {
        if index > 0 {
            if text.get(end) != Some(&b'-') {
                return None;
            }
            end += 1;
        }
        if run_end(text, end, HEX) != end + length {
            return None;
        }
        end += length;
    }
    is_boundary(text, end).then_some(end)
}

/// The end of six or more pairs of hex digits joined by `:` or by `-`: a MAC address, or the
/// fingerprint of a key.
pub(super) fn mac(text: &[u8], at: usize) -> Option<usize> {
    let joiner = *text.get(at + 2).filter(|byte| matches!(byte, b':' | b'-'))?;
    let is_pair = |at| run_end(text, at, HEX) == at + 2;
    if !is_pair(at) {
        return None;
    }
    let (mut end, mut pairs) = (at + 2, 1);
    while text.get(end) == Some(&joiner) && is_pair(end + 1) {
        pairs += 1;
        end += 3;
    }
    (pairs >= 6 && is_boundary(text, end)).then_some(end)
}

/// The end of the IPv4 address at `at`, with a port (`:80`, or `.80` as packet dumps write it) or
/// a prefix length (`/24`).
pub(super) fn ipv4(text: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    for octet in 0..4 {
        if octet > 0 {
            if text.get(end) != Some(&b'.') {
                return None;
            }
            end += 1;
        }
        let start = end;
        end = run_end(text, start, DIGIT);
        let value = text[start..end].iter().fold(0_usize, |sum, byte| {
            sum.saturating_mul(10).saturating_add(usize::from(byte - b'0'))
        });
        if !(1..=3).contains(&(end - start)) || value > 255 {
            return None;
        }
    }
    is_boundary(text, end).then(|| port_end(text, end))
}

/// The end of a port or prefix length behind an address that ends at `at`; `at` if there is none.
pub(super) fn port_end(text: &[u8], at: usize) -> usize {
    if !matches!(text.get(at), Some(b':' | b'/' | b'.')) {
        return at;
    }
    let end = run_end(text, at + 1, DIGIT);
    if (1..=5).contains(&(end - at - 1)) && is_boundary(text, end) { end } else { at }
}

/// The end of the IPv6 address at `at`, with its zone (`%eth0`) or prefix length.
pub(super) fn ipv6(text: &[u8], at: usize) -> Option<usize> {
    let mut end = run_end(text, at, HEX | COLON | DOT);
    if end - at > MAX_IPV6_BYTES + 2 {
        return None;
    }
    // A sentence may go on with punctuation behind the address, as in `from fe80::1: refused`.
    while end > at + 2 && matches!(text[end - 1], b'.' | b':') && text[end - 2] != b':' {
        end -= 1;
    }
    let address = std::str::from_utf8(&text[at..end]).ok()?;
    let colons = address.bytes().filter(|&byte| byte == b':').count();
    let has_digit = address.bytes().any(|byte| byte.is_ascii_digit());
    if colons < 2 || !has_digit || address.parse::<Ipv6Addr>().is_err() {
        return None;
    }
    match text.get(end) {
        Some(b'%') => Some(run_end(text, end + 1, DIGIT | HEX_LETTER | OTHER_LETTER)),
        Some(b'/') => Some(port_end(text, end)),
        _ => is_boundary(text, end).then_some(end),
    }
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
    fn uuids_and_macs() {
        check(uuid, "64fd71c4-a78d-415b-a0ed-4e001f156cc8 x", Some(" x"));
        check(uuid, "64fd71c4-a78d-415b-a0ed-4e001f156cc", None);
        check(mac, "00:1a:2B:3c:4d:5e.", Some("."));
        check(mac, "00-1a-2b-3c-4d-5e", Some(""));
        check(mac, "00:1a:2b:3c:4d", None);
        check(mac, "00:1a-2b:3c:4d:5e", None);
        check(mac, "00:1a:2b:3c:4d:5e:f", Some(":f"));
    }

    #[test]
    fn ip_addresses() {
        check(ipv4, "10.251.73.220:50010 is", Some(" is"));
        check(ipv4, "10.0.0.0/24,", Some(","));
        check(ipv4, "10.0.0.1.443 >", Some(" >"));
        check(ipv4, "10.0.0.1: refused", Some(": refused"));
        check(ipv4, "6.1.7601.23505", None);
        check(ipv4, "1.2.3", None);
        check(ipv6, "::ffff:10.100.248.1 port", Some(" port"));
        check(ipv6, "fe80::1%eth0/64", Some("/64"));
        check(ipv6, "fe80::1: refused", Some(": refused"));
        check(ipv6, "2001:db8::/32", Some(""));
        check(ipv6, "::", None);
        check(ipv6, "12:34:56", None);
        check(ipv6, "dead::beef", None);
    }
}
