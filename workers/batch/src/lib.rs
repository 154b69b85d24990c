//! The batch worker.
