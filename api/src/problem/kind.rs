//! The kinds of problems, and what to do about each.

use axum::http::StatusCode;

/// A kind of problem. Each has a help page under its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    InvalidSignature,
    Unauthorized,
    Forbidden,
    MalformedJson,
    InvalidField,
    UnsupportedEncoding,
    TooLarge,
    NonceReused,
    NotFound,
    MethodNotAllowed,
    Unavailable,
    Overloaded,
    Internal,
    BadRequest,
}

/// What there is to say of a kind.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) kind: Kind,
    /// The last part of the type's address.
    pub(crate) slug: &'static str,
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// What happened.
    pub(crate) title: &'static str,
    /// What to do.
    pub(crate) help: &'static str,
}

const fn about(
    kind: Kind,
    slug: &'static str,
    status: StatusCode,
    title: &'static str,
    help: &'static str,
) -> About {
    About { kind, slug, status, title, help }
}

/// All kinds, in the order of the enum.
static KINDS: [About; 14] = [
    about(
        Kind::InvalidSignature,
        "invalid-signature",
        StatusCode::UNAUTHORIZED,
        "The request is not signed, or its signature does not hold",
        "Sign the bytes of the body as they are sent (after compression) with HMAC-SHA256 \
         and an active key, and send the hex digits as X-HMAC-Signature. With the v1 form, \
         check that your clock is within 300 seconds of `server_time` and that method and \
         path are signed exactly as they are sent.",
    ),
    about(
        Kind::Unauthorized,
        "unauthorized",
        StatusCode::UNAUTHORIZED,
        "A valid token is needed",
        "Send `Authorization: Bearer <token>` with a token that has not been revoked.",
    ),
    about(
        Kind::Forbidden,
        "forbidden",
        StatusCode::FORBIDDEN,
        "The token's role does not allow this",
        "Use a token with the role of an operator, or sign the request.",
    ),
    about(
        Kind::MalformedJson,
        "malformed-json",
        StatusCode::BAD_REQUEST,
        "The body is not the JSON that is expected here",
        "`detail` says what is wrong and at which line and column.",
    ),
    about(
        Kind::InvalidField,
        "invalid-field",
        StatusCode::UNPROCESSABLE_ENTITY,
        "A field's value cannot be used",
        "`errors` points at each field (RFC 6901) and says why.",
    ),
    about(
        Kind::UnsupportedEncoding,
        "unsupported-encoding",
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "The body's encoding is not known here",
        "Send the body as it is or with `Content-Encoding: gzip`.",
    ),
    about(
        Kind::TooLarge,
        "too-large",
        StatusCode::PAYLOAD_TOO_LARGE,
        "The request is too large",
        "A body may have 10 MiB, 64 MiB when unpacked, and 10,000 log entries of 256 KiB; \
         send the rest in further requests.",
    ),
    about(
        Kind::NonceReused,
        "nonce-reused",
        StatusCode::CONFLICT,
        "The nonce was used before for another request",
        "Use a fresh nonce for each request; only an exact repetition gets the first answer \
         again.",
    ),
    about(
        Kind::NotFound,
        "not-found",
        StatusCode::NOT_FOUND,
        "There is no such thing here",
        "Check the address. What belongs to another tenant does not exist for you.",
    ),
    about(
        Kind::MethodNotAllowed,
        "method-not-allowed",
        StatusCode::METHOD_NOT_ALLOWED,
        "The address does not know this method",
        "`Allow` lists the methods that it knows.",
    ),
    about(
        Kind::Unavailable,
        "unavailable",
        StatusCode::SERVICE_UNAVAILABLE,
        "The service cannot do this right now",
        "Nothing was accepted. Send the same request again after `Retry-After` seconds.",
    ),
    about(
        Kind::Overloaded,
        "overloaded",
        StatusCode::SERVICE_UNAVAILABLE,
        "The service has as much to do as it can take",
        "Nothing was accepted. Send the same request again after `Retry-After` seconds.",
    ),
    about(
        Kind::Internal,
        "internal",
        StatusCode::INTERNAL_SERVER_ERROR,
        "The service has failed",
        "This is a defect. Report it with the `request_id`; the log has the cause.",
    ),
    about(
        Kind::BadRequest,
        "bad-request",
        StatusCode::BAD_REQUEST,
        "The request cannot be understood",
        "`detail` says why.",
    ),
];

impl Kind {
    /// What there is to say of it.
    pub(crate) fn about(self) -> &'static About {
        &KINDS[self as usize]
    }

    /// The kind whose type ends with `slug`.
    pub(crate) fn from_slug(slug: &str) -> Option<Self> {
        KINDS.iter().find(|about| about.slug == slug).map(|about| about.kind)
    }

    /// The kind of a plain error status.
    pub(super) fn from_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            413 => Self::TooLarge,
            415 => Self::UnsupportedEncoding,
            503 => Self::Unavailable,
            400..=499 => Self::BadRequest,
            _ => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for about in &KINDS {
            assert_eq!(about.kind.about().slug, about.slug);
            assert_eq!(Kind::from_slug(about.slug), Some(about.kind));
        }
    }
}
