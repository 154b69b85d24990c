//! Real servers for tests and benchmarks: Postgres, Redis, and any process of our own.
//!
//! Each listens on loopback only, keeps its files in a temporary folder, and ends when its handle
//! is dropped or the process that holds the handle dies in whatever way.

mod guarded;
mod postgres;
mod redis;

pub use guarded::{GuardedProcess, Signal, free_port, wait_for_port};
pub use postgres::Postgres;
pub use redis::Redis;
