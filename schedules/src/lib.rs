//! Periodic schedules, stored in the database.
//!
//! Any number of schedulers may run: a firing is a row that only one of them can insert, together
//! with its job. There is no leader to elect, to lose or to have twice.

mod defaults;
mod scheduler;

pub use defaults::ensure_defaults;
pub use scheduler::Scheduler;
