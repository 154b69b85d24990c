//! One story, two databases: every test here runs on SQLite and on Postgres.

mod databases;
mod fencing;
mod ingest;
mod leases;
mod pages;
mod schedules;
mod scoring;
mod startup;
