//! The one binary: the whole fleet in one process, and the command line.

mod cli;
mod client;
mod healthcheck;
pub mod log_reader;
mod model;
mod send;
mod sign;
mod up;

pub use cli::main;
