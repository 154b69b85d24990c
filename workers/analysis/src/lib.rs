//! The analysis worker.
