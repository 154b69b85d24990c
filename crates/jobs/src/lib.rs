//! What may be asked of each worker: one enum per queue, with the queue's policy.
//!
//! This is the contract between those who ask (the API, the schedules, other workers) and those
//! who do (`workers/*`). It says nothing of how a job is done or how it travels: the `match` in
//! each worker is the registry, so a new variant does not compile until its worker handles it.
//! Payloads carry ids and parameters, never data.

mod analysis;
mod batch;
mod failure;
mod job;
mod maintenance;
mod notification;
mod pattern;
mod policy;
mod queue;
mod real_time;
mod state;
mod wire;

pub use analysis::AnalysisJob;
pub use batch::{BatchJob, LogIdRange};
pub use failure::JobFailure;
pub use job::{DecodeError, Job, NewJob};
pub use maintenance::MaintenanceJob;
pub use notification::NotificationJob;
pub use pattern::{MAX_WINDOW_HOURS, PatternJob};
pub use policy::{Backoff, MAX_CRASHES, QueuePolicy};
pub use queue::Queue;
pub use real_time::RealTimeJob;
pub use state::JobState;
