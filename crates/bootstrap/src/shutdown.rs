//! Signals: the first asks the process to end, the second ends it.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit code of a process that was told to end at once: 128 + SIGINT.
const HARD_STOP: i32 = 130;

/// A token that fires at the first SIGINT or SIGTERM.
pub(crate) fn on_signal() -> anyhow::Result<CancellationToken> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let shutdown = CancellationToken::new();
    let fired = shutdown.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if fired.is_cancelled() {
                tracing::warn!("ending at once");
                std::process::exit(HARD_STOP);
            }
            tracing::info!("finishing what has begun; a second signal ends at once");
            fired.cancel();
        }
    });
    Ok(shutdown)
}
