//! How jobs reach workers: leases in the store, hints in Redis or in process. The only crate that
//! names apalis and redis.
//!
//! The store is the truth: a job is a row, and whoever sets its lease has it. A hint is a job's id
//! on a list, so that a worker wakes at once instead of at its next look; hints may be lost,
//! repeated, shuffled or years old, and only latency changes. Workers are apalis workers over our
//! own `Backend`, which never fails: no error of Redis or of the database ends a worker.
//!
//! What a job does is not here: see [`Handler`], which the worker crates implement.

mod dispatcher;
mod hints;
mod worker;

pub use hints::{Hinter, Hints, RedisAddressError};
pub use worker::{Attempt, Done, Handler, WorkerSet, WorkerSetConfig};
