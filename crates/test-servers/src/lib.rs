//! Real servers for tests and benchmarks: Postgres, Redis, mail, and any process
//! of our own.
//!
//! Each listens on loopback only, keeps its files in a temporary folder, and ends when its handle
//! is dropped or the process that holds the handle dies in whatever way.

mod guarded;
mod mail;
mod postgres;
mod redis;
mod wait;

pub use guarded::{GuardedProcess, Signal};
pub use mail::MailServer;
pub use postgres::Postgres;
pub use redis::Redis;
pub use wait::{free_port, wait_for_port, wait_until};
