//! Bearer tokens, for people and programs that read, and for operators.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use noctule_domain::TenantScope;
use noctule_store::{Role, TokenHolder};
use tokio::time::Instant;

use super::key_text::token_digest;
use crate::{
    AppState,
    problem::{Kind, Problem},
};

/// How long a token that was found is believed without asking again.
const TRUST: Duration = Duration::from_secs(5);
/// Tokens that are remembered; beyond them all are forgotten and looked up anew.
const MAX_REMEMBERED: usize = 1_000;

/// Tokens that were looked up a moment ago.
#[derive(Debug, Default)]
pub(crate) struct TokenCache {
    found: Mutex<HashMap<[u8; 32], (TokenHolder, Instant)>>,
}

/// A caller who may read a tenant's data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader {
    pub(crate) scope: TenantScope,
}

impl FromRequestParts<AppState> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let holder = holder_of(&parts.headers, state).await?;
        Ok(Self { scope: TenantScope::of(holder.tenant_id) })
    }
}

/// Whose token the request carries.
pub(super) async fn holder_of(
    headers: &HeaderMap,
    state: &AppState,
) -> Result<TokenHolder, Problem> {
    let unauthorized =
        || Problem::new(Kind::Unauthorized).header(header::WWW_AUTHENTICATE, "Bearer");
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .ok_or_else(unauthorized)?;
    let digest = token_digest(token.1.trim());
    if let Some(holder) = state.tokens().get(&digest) {
        return Ok(holder);
    }
    // A token has 256 random bits and only its digest is compared, so the time that the
    // comparison takes tells nothing.
    let Some(holder) = state.store().find_token(digest).await? else {
        metrics::counter!("noctule_auth_failures_total", "reason" => "token").increment(1);
        return Err(unauthorized());
    };
    state.tokens().put(digest, holder);
    Ok(holder)
}

/// Whether the holder may ask for work.
pub(super) fn require_operator(holder: TokenHolder) -> Result<TenantScope, Problem> {
    if holder.role >= Role::Operator {
        return Ok(TenantScope::of(holder.tenant_id));
    }
    Err(Problem::new(Kind::Forbidden).detail("the role of an operator is needed"))
}

impl TokenCache {
    fn get(&self, digest: &[u8; 32]) -> Option<TokenHolder> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let (holder, at) = found.get(digest)?;
        (at.elapsed() < TRUST).then_some(*holder)
    }

    fn put(&self, digest: [u8; 32], holder: TokenHolder) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.len() >= MAX_REMEMBERED {
            found.clear();
        }
        found.insert(digest, (holder, Instant::now()));
    }
}
