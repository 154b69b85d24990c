//! What is remembered: the only crate that names sqlx.
