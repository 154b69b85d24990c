//! The kinds of variable text that a mask tells apart, and how each is written.

/// What stood in the place of a variable part of a line.
///
/// The set is small on purpose. Two kinds are kept apart only where the difference names another
/// event (a duration is not a count) or serves a later detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placeholder {
    /// A number, also signed, decimal or a version: `42`, `-1.5e3`, `6.1.7601`.
    Num,
    /// A number with its unit: `12ms`, `3.5GB`, `1h30m`.
    Size,
    /// Hexadecimal: `0x7fed`, eight or more hex digits, a hex dump.
    Hex,
    /// A token that mixes letters and digits: `R02-M1-N0-C:J12-U11`, `x2x9z`.
    Id,
    /// A UUID in its usual form (RFC 9562).
    Uuid,
    /// An IPv4 or IPv6 address, with its port or prefix length.
    Ip,
    /// A MAC address or a longer fingerprint of two-digit groups.
    Mac,
    /// A DNS name, with its port.
    Host,
    /// An e-mail address.
    Email,
    /// A URL with its scheme.
    Url,
    /// An absolute file path, Unix or Windows.
    Path,
    /// A date, a time of day or both.
    Time,
}

impl Placeholder {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Num,
        Self::Size,
        Self::Hex,
        Self::Id,
        Self::Uuid,
        Self::Ip,
        Self::Mac,
        Self::Host,
        Self::Email,
        Self::Url,
        Self::Path,
        Self::Time,
    ];

    /// How the kind is written in a masked text, such as `<num>`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Num => "<num>",
            Self::Size => "<size>",
            Self::Hex => "<hex>",
            Self::Id => "<id>",
            Self::Uuid => "<uuid>",
            Self::Ip => "<ip>",
            Self::Mac => "<mac>",
            Self::Host => "<host>",
            Self::Email => "<email>",
            Self::Url => "<url>",
            Self::Path => "<path>",
            Self::Time => "<time>",
        }
    }

    /// The placeholder that `text` begins with, so that masked text can be masked again.
    pub(super) fn at_start_of(text: &[u8]) -> Option<Self> {
        if !text.get(1).is_some_and(u8::is_ascii_lowercase) {
            return None;
        }
        Self::ALL.into_iter().find(|kind| text.starts_with(kind.text().as_bytes()))
    }
}
