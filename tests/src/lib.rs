//! What end-to-end tests and benchmarks stand on: real fleets of real processes, a client of
//! their API, and logs made on the spot.
//!
//! It knows Noctule from outside only: its binaries, its settings, its HTTP API.

mod binaries;
mod client;
mod fleet;
mod log_generator;

pub use binaries::{binary, model_dir};
pub use client::{Answer, Client, HMAC_KEY, Signature, TOKEN, unix_time};
pub use fleet::{Embedder, Fleet, FleetOptions, Member, Shape};
pub use log_generator::LogGenerator;
