//! Requests with a nonce: each takes effect once, and a repetition gets the first answer.

use std::collections::{HashMap, HashSet};

use super::{IngestOutcome, IngestRequest};
use crate::{StoreError, session::Session, sql::sql};

/// The identity of a signed request, and the answer that it will get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// The key that signed it.
    pub key_id: String,
    /// Its nonce, used once for this key.
    pub nonce: String,
    /// The SHA-256 of its body as it was sent.
    pub body_sha256: [u8; 32],
    /// The answer's body.
    pub response: String,
}

/// Records the nonces of new requests, and tells which requests are repetitions.
pub(super) async fn record(
    session: &mut Session,
    requests: &[IngestRequest],
) -> Result<Vec<IngestOutcome>, StoreError> {
    let signed: Vec<_> = requests.iter().filter_map(|request| request.signed.as_ref()).collect();
    if signed.is_empty() {
        return Ok(vec![IngestOutcome::Stored; requests.len()]);
    }
    let mut fresh = insert(session, &signed).await?;
    // Of two equal requests in one group the first is new, and the second its repetition: taking
    // the key out of the set tells them apart.
    let is_repeated: Vec<_> = requests
        .iter()
        .map(|request| request.signed.as_ref().filter(|signed| !fresh.remove(&key_of(signed))))
        .collect();
    let known = load(session, &is_repeated.iter().flatten().copied().collect::<Vec<_>>()).await?;
    Ok(is_repeated
        .into_iter()
        .map(|repeated| match repeated {
            Some(request) => repetition(request, &known),
            None => IngestOutcome::Stored,
        })
        .collect())
}

type Key = (String, String);

fn key_of(request: &SignedRequest) -> Key {
    (request.key_id.clone(), request.nonce.clone())
}

fn repetition(request: &SignedRequest, known: &HashMap<Key, (Vec<u8>, String)>) -> IngestOutcome {
    match known.get(&key_of(request)) {
        Some((body, response)) if body[..] == request.body_sha256 => {
            IngestOutcome::Replayed { response: response.clone() }
        }
        _ => IngestOutcome::NonceReused,
    }
}

async fn insert(
    session: &mut Session,
    signed: &[&SignedRequest],
) -> Result<HashSet<Key>, StoreError> {
    let mut statement =
        sql("INSERT INTO signed_requests (key_id, nonce, body_sha256, response, created_us) \
         SELECT v.column1, v.column2, v.column3, v.column4, c.now_us FROM (");
    statement.push_rows(signed, |request, values| {
        values.extend([
            request.key_id.clone().into(),
            request.nonce.clone().into(),
            request.body_sha256.to_vec().into(),
            request.response.clone().into(),
        ]);
    });
    statement.push(
        ") AS v CROSS JOIN db_clock AS c WHERE true ON CONFLICT DO NOTHING \
         RETURNING key_id, nonce",
    );
    let rows: Vec<Key> = session.fetch_all(statement).await?;
    Ok(rows.into_iter().collect())
}

async fn load(
    session: &mut Session,
    repeated: &[&SignedRequest],
) -> Result<HashMap<Key, (Vec<u8>, String)>, StoreError> {
    if repeated.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query =
        sql("SELECT r.key_id, r.nonce, r.body_sha256, r.response FROM signed_requests AS r, (");
    query.push_rows(repeated, |request, values| {
        values.extend([request.key_id.clone().into(), request.nonce.clone().into()]);
    });
    query.push(") AS v WHERE r.key_id = v.column1 AND r.nonce = v.column2");
    let rows: Vec<(String, String, Vec<u8>, String)> = session.fetch_all(query).await?;
    Ok(rows
        .into_iter()
        .map(|(key_id, nonce, body, response)| ((key_id, nonce), (body, response)))
        .collect())
}
