//! One story, two databases: every test here runs on SQLite and on Postgres.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod databases;
mod fencing;
mod ingest;
mod leases;
mod pages;
mod schedules;
mod scoring;
mod startup;
