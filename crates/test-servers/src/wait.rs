//! Waiting for a condition, with an end.

use std::{
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use anyhow::bail;

/// The time between two looks.
const INTERVAL: Duration = Duration::from_millis(10);

/// Looks again and again until `look` finds something.
///
/// # Errors
/// When it does not within `patience`; `what` says what was waited for.
pub fn wait_until<T>(
    patience: Duration,
    what: &str,
    mut look: impl FnMut() -> Option<T>,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if Instant::now() > deadline {
            bail!("waited {patience:?} in vain for {what}");
        }
        std::thread::sleep(INTERVAL);
    }
}

/// A port on loopback that nobody listens on right now.
///
/// # Errors
/// When the system has none.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Waits until somebody listens on a port of loopback.
///
/// # Errors
/// When nobody does within `patience`.
pub fn wait_for_port(port: u16, patience: Duration) -> anyhow::Result<()> {
    wait_until(patience, &format!("a server on port {port}"), || {
        TcpStream::connect(("127.0.0.1", port)).ok().map(drop)
    })
}
