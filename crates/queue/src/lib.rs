//! How jobs reach workers: leases in the store, hints in Redis or in process.
