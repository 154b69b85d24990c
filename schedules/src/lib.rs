//! Periodic schedules, stored in the database.
