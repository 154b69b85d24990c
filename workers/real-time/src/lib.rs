//! The real-time worker.
