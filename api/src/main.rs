//! The API as a process of its own.

use std::process::ExitCode;

use noctule_api::{AppState, ensure_credentials, serve};

fn main() -> ExitCode {
    noctule_bootstrap::run(async |process, _| {
        if let Some(first) = ensure_credentials(&process).await? {
            println!("{first}");
        }
        let listen = process.config.listen;
        let state = AppState::open(&process).await?;
        serve(listen, state, process.shutdown.clone()).await
    })
}
