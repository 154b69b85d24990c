//! The maintenance worker.
