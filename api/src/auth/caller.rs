//! Callers who create: those who sign, and those who hold an operator's token.

use axum::{
    extract::{FromRequest, Request},
    http::header,
};
use bytes::Bytes;
use noctule_domain::TenantScope;
use noctule_store::SignedRequest;
use sha2::{Digest, Sha256};

use super::{
    bearer::{holder_of, require_operator},
    header::SignatureHeader,
    keyring::Key,
    signature::{Covered, fits_v0, fits_v1},
};
use crate::{
    AppState,
    app::WireUri,
    intake::{self, BodyPermit},
    problem::{Kind, Problem},
};

const SIGNATURE: &str = "x-hmac-signature";
const KEY_ID: &str = "x-hmac-key-id";
/// How far a sender's clock may be off, in seconds.
const MAX_SKEW_S: i64 = 300;

/// A signed request: who signed it, and its body, unpacked.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) scope: TenantScope,
    pub(crate) body: Bytes,
    pub(crate) nonce: Option<UsedNonce>,
    /// The body's share of the memory.
    pub(crate) permit: BodyPermit,
}

/// A request by somebody who may ask for work: signed, or with an operator's token.
#[derive(Debug)]
pub(crate) struct Creator {
    pub(crate) scope: TenantScope,
    pub(crate) body: Bytes,
    pub(crate) nonce: Option<UsedNonce>,
    #[expect(dead_code, reason = "it is held until the request is done")]
    pub(crate) permit: BodyPermit,
}

/// The identity of a request that was signed with a nonce.
#[derive(Debug, Clone)]
pub(crate) struct UsedNonce {
    key_id: String,
    nonce: String,
    fingerprint: [u8; 32],
}

impl UsedNonce {
    /// What the store needs to answer a repetition with `response`.
    pub(crate) fn with_response(self, response: &str) -> SignedRequest {
        SignedRequest {
            key_id: self.key_id,
            nonce: self.nonce,
            body_sha256: self.fingerprint,
            response: response.to_owned(),
        }
    }
}

impl FromRequest<AppState> for Signed {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let header = request
            .headers()
            .get(SIGNATURE)
            .and_then(|value| value.to_str().ok())
            .and_then(SignatureHeader::parse);
        let Some(header) = header else {
            intake::discard(request).await;
            return Err(refused(state, "header"));
        };
        let key_id = request.headers().get(KEY_ID).and_then(|value| value.to_str().ok());
        let key_id = key_id.map(ToOwned::to_owned);
        let method = request.method().as_str().to_owned();
        let address = request
            .extensions()
            .get::<WireUri>()
            .and_then(|uri| uri.0.path_and_query().map(|path| path.as_str().to_owned()))
            .unwrap_or_default();
        let encoding = request.headers().get(header::CONTENT_ENCODING).cloned();
        let (wire, permit) = intake::read_body(request, state).await?;
        let (key, used) = match header {
            SignatureHeader::V0 { signature } => {
                let keys = state.keyring().candidates(key_id.as_deref());
                let key = first_fitting(keys, |secret| fits_v0(secret, &wire, &signature));
                (key, None)
            }
            SignatureHeader::V1 { time, nonce, key_id, signatures } => {
                let now_s = state.clock().now().as_micros() / 1_000_000;
                if now_s.abs_diff(time) > MAX_SKEW_S.unsigned_abs() {
                    return Err(refused(state, "skew"));
                }
                let covered = Covered {
                    time,
                    nonce: &nonce,
                    method: &method,
                    address: &address,
                    body: &wire,
                };
                let keys = state.keyring().candidates(Some(&key_id));
                let key = first_fitting(keys, |secret| fits_v1(secret, &covered, &signatures));
                let fingerprint = fingerprint(&method, &address, &wire);
                (key, Some(UsedNonce { key_id, nonce, fingerprint }))
            }
        };
        let Some(key) = key else { return Err(refused(state, "signature")) };
        let body = intake::unpack(wire, encoding.as_ref()).await?;
        Ok(Self { scope: key.scope, body, nonce: used, permit })
    }
}

impl FromRequest<AppState> for Creator {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        if !request.headers().contains_key(SIGNATURE)
            && request.headers().contains_key(header::AUTHORIZATION)
        {
            let scope = require_operator(holder_of(request.headers(), state).await?)?;
            let encoding = request.headers().get(header::CONTENT_ENCODING).cloned();
            let (wire, permit) = intake::read_body(request, state).await?;
            let body = intake::unpack(wire, encoding.as_ref()).await?;
            return Ok(Self { scope, body, nonce: None, permit });
        }
        let Signed { scope, body, nonce, permit } = Signed::from_request(request, state).await?;
        Ok(Self { scope, body, nonce, permit })
    }
}

/// The key whose secret fits. When there is no candidate a made-up key is checked, so that the
/// time does not tell which keys exist.
fn first_fitting(keys: Vec<Key>, fits: impl Fn(&[u8]) -> bool) -> Option<Key> {
    if keys.is_empty() {
        std::hint::black_box(fits(b"there is no such key"));
        return None;
    }
    keys.into_iter().find(|key| fits(&key.secret))
}

/// What makes two requests the same, whenever they were signed.
fn fingerprint(method: &str, address: &str, wire: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [method.as_bytes(), address.as_bytes()] {
        hash.update(part);
        hash.update(b"\n");
    }
    hash.update(wire);
    hash.finalize().into()
}

/// One answer for every cause, so that it tells an attacker nothing; the server's time tells an
/// honest sender about its clock.
fn refused(state: &AppState, reason: &'static str) -> Problem {
    metrics::counter!("noctule_auth_failures_total", "reason" => reason).increment(1);
    Problem::new(Kind::InvalidSignature)
        .detail(
            "sign the body's bytes as sent with HMAC-SHA256; v1 also covers time (±300 s), nonce, \
             method and path",
        )
        .server_time(state.clock().now())
        .header(header::WWW_AUTHENTICATE, r#"HMAC realm="logs", versions="v0 v1""#)
}
