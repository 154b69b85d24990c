//! What is remembered: log lines, jobs, results, keys. The only crate that names sqlx.
//!
//! One [`Store`] speaks to Postgres and to SQLite. A write that was acknowledged is on disk; a
//! write of a job's holder is fenced by its lease token; a read or write of a tenant's data asks
//! for a `TenantScope`. Whoever decides, schedules or judges does it elsewhere.

mod credentials;
mod database;
mod durability;
mod error;
mod groups;
mod ingest;
mod jobs;
mod log_ids;
mod migrate;
mod reading;
mod schedules;
mod scoring;
mod session;
mod sql;
mod store;

pub use credentials::{Role, SigningKey, TokenHolder};
pub use error::StoreError;
pub use ingest::{IngestOutcome, IngestRequest, SignedRequest};
pub use jobs::{Claim, JobWrite, Lease, LeasedJob, Progress, ReadyJob, TaskStatus};
pub use reading::{
    AnomalyCursor, AnomalyPage, AnomalySighting, ArrivalCount, BatchSummary, Dashboard, LineCursor,
    LineFilter, LinePage, ListedLine, StoredAnomaly, StoredVerdict, TopAnomaly, WindowCount,
};
pub use schedules::{DueSchedule, NewSchedule};
pub use scoring::{
    Effects, Explanation, ExplanationBody, KnownTemplate, ModelId, ReasonBody, ScoredLine,
    TemplateSighting, TemplateVector,
};
pub use store::{Store, StoreConfig};
