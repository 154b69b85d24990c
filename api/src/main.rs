//! The API as a process of its own.

use std::process::ExitCode;

use noctule_api::{AppState, bind, ensure_credentials, serve};

fn main() -> ExitCode {
    noctule_bootstrap::run(async |process, _| {
        if let Some(first) = ensure_credentials(&process).await? {
            println!("{first}");
        }
        let state = AppState::open(&process).await?;
        let listener = bind(process.config.listen).await?;
        tracing::info!("the api is ready on http://{}", listener.local_addr()?);
        serve(listener, state, process.shutdown.clone()).await;
        Ok(())
    })
}
