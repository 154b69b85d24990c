//! The schedules that every installation starts with.

use std::time::Duration;

use noctule_domain::{TenantId, TenantScope};
use noctule_jobs::{MaintenanceJob, NewJob, PatternJob};
use noctule_store::{NewSchedule, Store, StoreError};

/// Adds the default schedules that are not there yet. Those that are there stay as they are.
///
/// # Errors
/// [`StoreError::Unavailable`] when the database is away.
pub async fn ensure_defaults(store: &Store) -> Result<(), StoreError> {
    let scope = TenantScope::of(TenantId::DEFAULT);
    let day = PatternJob::DetectPatterns { window_hours: 24, until: None };
    let defaults = [
        NewSchedule {
            name: "Pattern Analysis - 6 hourly".to_owned(),
            job: NewJob::of(scope, &day),
            every: Duration::from_hours(6),
        },
        NewSchedule {
            name: "Hint forgotten jobs".to_owned(),
            job: NewJob::of(scope, &MaintenanceJob::HintForgotten {}),
            every: Duration::from_mins(1),
        },
    ];
    for schedule in &defaults {
        store.add_schedule(scope, schedule).await?;
    }
    Ok(())
}
