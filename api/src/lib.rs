//! The HTTP API: stores what comes in, enqueues jobs, shows what came out.
//!
//! A handler checks, stores and answers; it never judges a line. Lines are judged by workers that
//! this crate cannot even name. A 2xx means that the lines and their job are on disk.

mod app;
mod auth;
mod intake;
mod paging;
mod problem;
mod request_id;
mod routes;
mod server;
mod state;
mod task_watcher;

pub use app::{App, app, openapi_document};
pub use auth::{FirstCredentials, ensure_credentials, key_id_of, sign_v0, sign_v1};
pub use server::{bind, serve};
pub use state::AppState;
