//! The scheduler as a process of its own.

use std::process::ExitCode;

use noctule_bootstrap::ProcessArguments;
use noctule_schedules::{Scheduler, ensure_defaults};

fn main() -> ExitCode {
    noctule_bootstrap::run(async |process, _: ProcessArguments| {
        ensure_defaults(&process.store).await?;
        process.serve_health();
        tracing::info!("the scheduler is ready");
        let scheduler = Scheduler { store: process.store.clone(), hinter: process.hinter.clone() };
        scheduler.run(process.shutdown.clone()).await;
        Ok(())
    })
}
