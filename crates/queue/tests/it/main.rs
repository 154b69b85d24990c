//! Workers over real hints and real stores.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod apalis_redis_probe;
mod faults;
mod fleet;
mod hints;
mod outcomes;
