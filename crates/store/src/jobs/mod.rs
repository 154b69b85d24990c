//! The record of jobs: stored, claimed under a lease, renewed, finished, rescued.
//!
//! These are the only statements that move a job from one state to another. A lease is a random
//! token on the job's row; a write that names another token touches no row and is refused.

mod claim;
mod finish;
mod hint;
mod insert;
mod lease;
mod rescue;
mod status;

pub use claim::{Claim, LeasedJob};
pub use finish::{JobWrite, Progress};
pub use hint::ReadyJob;
pub use lease::Lease;
pub use status::TaskStatus;

pub(crate) use finish::JobWrites;
pub(crate) use insert::insert_jobs;
