//! The worker of queue `maintenance`: housekeeping.

use std::time::Duration;

use noctule_jobs::{JobFailure, MaintenanceJob, Queue};
use noctule_queue::{Attempt, Done, Handler, Hinter};
use noctule_store::{Effects, Store};
use serde_json::json;

/// A ready job that nobody took for so long has been forgotten.
const FORGOTTEN: Duration = Duration::from_secs(30);
/// The most jobs of one queue that are hinted in one pass.
const MAX_HINTED: usize = 2_000;

/// Keeps house.
#[derive(Debug)]
pub struct MaintenanceWorker {
    store: Store,
    hinter: Hinter,
}

impl MaintenanceWorker {
    /// A worker over a store.
    #[must_use]
    pub const fn new(store: Store, hinter: Hinter) -> Self {
        Self { store, hinter }
    }
}

impl Handler for MaintenanceWorker {
    type Job = MaintenanceJob;

    async fn handle(&self, job: &MaintenanceJob, _: &Attempt) -> Result<Done, JobFailure> {
        let MaintenanceJob::HintForgotten {} = job;
        let mut hinted = serde_json::Map::new();
        for queue in Queue::ALL {
            let forgotten = self.store.take_unhinted(queue, FORGOTTEN, MAX_HINTED).await;
            let forgotten = forgotten.map_err(JobFailure::dependency)?;
            for id in &forgotten {
                self.hinter.hint(queue, *id);
            }
            hinted.insert(queue.name().to_owned(), json!(forgotten.len()));
        }
        Ok(Done { result: Some(json!({ "hinted": hinted })), effects: Effects::default() })
    }
}
