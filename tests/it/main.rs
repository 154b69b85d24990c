//! The same scenarios on the embedded and on the distributed fleet: real processes, a real
//! Postgres, a real Redis, a real mail server.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod arrows;
mod bad_input;
mod command_line;
mod descriptions;
mod faults;
mod judging;
mod mail;
mod real_model;
mod shapes;
mod signatures;
mod startup;
