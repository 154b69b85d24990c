//! What may be asked of each worker: one enum per queue, with its policy.
