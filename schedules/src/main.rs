//! The scheduler as a process of its own.

use std::process::ExitCode;

use noctule_schedules::{Scheduler, ensure_defaults};

fn main() -> ExitCode {
    noctule_bootstrap::run(async |process, _| {
        ensure_defaults(&process.store).await?;
        tracing::info!("the scheduler is ready");
        let scheduler = Scheduler { store: process.store.clone(), hinter: process.hinter.clone() };
        scheduler.run(process.shutdown.clone()).await;
        Ok(())
    })
}
