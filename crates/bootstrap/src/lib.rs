//! How every process starts: configuration, telemetry, connections, health, signals.
//!
//! A process is a thin `main` over [`run`]: it gets a [`Process`] with everything open and
//! returns when its [`Process::shutdown`] token fires. What it does in between is not here.

mod config;
mod data_folder;
mod health;
mod instance_lock;
mod main_function;
mod process;
mod shutdown;
mod telemetry;

pub use config::{
    Config, ConfigError, ConfigSource, EmbedderKind, LogConfig, LogFormat, ModelConfig, Secret,
    SmtpConfig, SmtpTls, WorkersConfig,
};
pub use data_folder::make_data_folder;
pub use health::{HealthCheck, Readiness};
pub use instance_lock::InstanceLock;
pub use main_function::{CommandLine, ProcessArguments, run, run_worker};
pub use process::Process;
pub use telemetry::{LogTarget, Metrics};
