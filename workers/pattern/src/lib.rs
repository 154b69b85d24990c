//! The pattern worker.
