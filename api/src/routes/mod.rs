//! One file for each endpoint.

pub(crate) mod anomalies;
mod answer;
pub(crate) mod batch_analysis;
pub(crate) mod dashboard;
pub(crate) mod health;
pub(crate) mod list_logs;
pub(crate) mod pattern_analysis;
pub(crate) mod post_log;
pub(crate) mod problems;
pub(crate) mod real_time_analysis;
pub(crate) mod show_log;
pub(crate) mod task_status;
