//! Reading bodies: bounded on the wire, bounded when unpacked, bounded all together.

use std::{io::Read, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, header},
};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt, Limited};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    AppState,
    problem::{Kind, Problem},
};

/// The largest body on the wire.
const MAX_WIRE_BYTES: usize = 10 * 1024 * 1024;
/// The largest body when unpacked.
const MAX_UNPACKED_BYTES: usize = 64 * 1024 * 1024;
/// All bodies that are in memory at once, in KiB.
pub(crate) const BODY_BUDGET_KIB: u32 = 128 * 1024;
/// How long a sender may take for its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a request waits for its share of the memory before it is told to come back.
const BUDGET_PATIENCE: Duration = Duration::from_secs(2);
/// Bodies above this are unpacked on a thread of their own.
const INLINE_BYTES: usize = 64 * 1024;

/// The most that is read of a body that was refused already, and for how long.
const MAX_DISCARDED_BYTES: usize = 64 * 1024 * 1024;
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// A body's share of the memory.
pub(crate) type BodyPermit = OwnedSemaphorePermit;

/// Reads a body as it was sent.
pub(crate) async fn read_body(
    request: Request,
    state: &AppState,
) -> Result<(Bytes, BodyPermit), Problem> {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_WIRE_BYTES) {
        discard(request).await;
        return Err(too_large_on_the_wire());
    }
    let permit = take_share(announced.unwrap_or(MAX_WIRE_BYTES), state).await?;
    let read = collect(request.into_body());
    match tokio::time::timeout(BODY_TIMEOUT, read).await {
        Ok(body) => Ok((body?, permit)),
        Err(_) => Err(Problem::new(Kind::BadRequest).detail("the body took longer than 30 s")),
    }
}

async fn take_share(bytes: usize, state: &AppState) -> Result<BodyPermit, Problem> {
    let share = u32::try_from(bytes.div_ceil(1024)).unwrap_or(BODY_BUDGET_KIB).max(1);
    let wait = state.body_budget().clone().acquire_many_owned(share);
    if let Ok(permit) = tokio::time::timeout(BUDGET_PATIENCE, wait).await {
        return Ok(permit.expect("the semaphore is never closed"));
    }
    metrics::counter!("noctule_requests_shed_total").increment(1);
    Err(Problem::new(Kind::Overloaded).detail("too many bodies are in memory"))
}

/// Reads and forgets the body of a request that is refused. Were it left unread, the connection
/// would be closed while the sender is still sending, and it would see a broken pipe in place of
/// the answer. A sender that asks first (`Expect: 100-continue`) needs no such help.
pub(crate) async fn discard(request: Request) {
    if !request.headers().contains_key(header::EXPECT) {
        discard_rest(request.into_body()).await;
    }
}

async fn discard_rest(mut body: Body) {
    let mut left = MAX_DISCARDED_BYTES;
    let read = async {
        while let Some(Ok(frame)) = body.frame().await {
            let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) else {
                break;
            };
            left = rest;
        }
    };
    // Whoever is slower than that does not get to read the answer.
    let _ = tokio::time::timeout(DISCARD_TIMEOUT, read).await;
}

async fn collect(mut body: Body) -> Result<Bytes, Problem> {
    match Limited::new(&mut body, MAX_WIRE_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            discard_rest(body).await;
            Err(too_large_on_the_wire())
        }
        Err(error) => {
            Err(Problem::new(Kind::BadRequest).detail(format!("the body broke off: {error}")))
        }
    }
}

/// Unpacks a body according to its `Content-Encoding`.
pub(crate) async fn unpack(wire: Bytes, encoding: Option<&HeaderValue>) -> Result<Bytes, Problem> {
    let encoding = encoding.map(|value| value.as_bytes().to_ascii_lowercase());
    match encoding.as_deref() {
        None | Some(b"" | b"identity") => Ok(wire),
        Some(b"gzip" | b"x-gzip") if wire.len() <= INLINE_BYTES => gunzip(&wire),
        Some(b"gzip" | b"x-gzip") => tokio::task::spawn_blocking(move || gunzip(&wire))
            .await
            .unwrap_or_else(|_| Err(Problem::new(Kind::Internal))),
        Some(other) => {
            let name = String::from_utf8_lossy(other).into_owned();
            Err(Problem::new(Kind::UnsupportedEncoding).detail(format!("{name} is not known")))
        }
    }
}

fn gunzip(wire: &[u8]) -> Result<Bytes, Problem> {
    // An honest archive says in its last four bytes how large it is (RFC 1952, ISIZE), so a bomb
    // is refused without being touched. One that lies is stopped at the limit below.
    let announced = wire.last_chunk().map_or(0, |size| u32::from_le_bytes(*size) as usize);
    if announced > MAX_UNPACKED_BYTES {
        return Err(too_large_unpacked());
    }
    let mut unpacked = Vec::with_capacity(announced.min(MAX_UNPACKED_BYTES));
    let limit = MAX_UNPACKED_BYTES as u64 + 1;
    MultiGzDecoder::new(wire).take(limit).read_to_end(&mut unpacked).map_err(|error| {
        Problem::new(Kind::BadRequest).detail(format!("the body is not gzip: {error}"))
    })?;
    if unpacked.len() > MAX_UNPACKED_BYTES {
        return Err(too_large_unpacked());
    }
    Ok(unpacked.into())
}

fn too_large_on_the_wire() -> Problem {
    Problem::new(Kind::TooLarge).detail("a body may have at most 10 MiB")
}

fn too_large_unpacked() -> Problem {
    Problem::new(Kind::TooLarge).detail("a body may have at most 64 MiB when unpacked")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_was_packed_comes_out_again() {
        assert_eq!(gunzip(&gzip(b"hello")).unwrap(), "hello");
        let two = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(gunzip(&two).unwrap(), "one two");
        assert!(gunzip(b"not gzip at all").is_err());
        assert!(gunzip(b"").is_err());
    }

    #[test]
    fn bombs_are_refused_whether_they_are_honest_or_not() {
        let mut bomb = gzip(&vec![0; MAX_UNPACKED_BYTES + 1]);
        assert!(bomb.len() < 100_000);
        assert!(gunzip(&bomb).is_err());
        // The size at the end says "4 bytes"; the stream is stopped at the limit.
        let size = bomb.len() - 4;
        bomb[size..].copy_from_slice(&4_u32.to_le_bytes());
        assert!(gunzip(&bomb).is_err());
    }
}
