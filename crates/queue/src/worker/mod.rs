//! Workers: what they are given to do, and the machinery around one attempt.

mod attempt;
mod backend;
mod claimer;
mod ending;
mod handler;
mod lease_keeper;
mod set;

pub use handler::{Attempt, Done, Handler};
pub use set::{WorkerSet, WorkerSetConfig};
