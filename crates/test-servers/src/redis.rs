//! A Redis server without persistence, as Noctule wants it.

use std::{process::Command, time::Duration};

use anyhow::Context;

use crate::{GuardedProcess, free_port, wait_for_port};

/// A running Redis server.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    process: GuardedProcess,
}

impl Redis {
    /// Starts a server on a free port.
    ///
    /// # Errors
    /// When `redis-server` is not installed or does not start.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_on(free_port()?)
    }

    /// Starts a server on a given port, such as that of one that was stopped.
    ///
    /// # Errors
    /// When `redis-server` is not installed or does not start.
    pub fn start_on(port: u16) -> anyhow::Result<Self> {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.args(["--daemonize", "no", "--maxmemory", "256mb"]);
        command.args(["--maxmemory-policy", "noeviction", "--port", &port.to_string()]);
        command.current_dir(std::env::temp_dir());
        let process = GuardedProcess::spawn(&command)?;
        wait_for_port(port, Duration::from_secs(10))
            .with_context(|| format!("redis-server did not start: {}", process.output()))?;
        Ok(Self { port, process })
    }

    /// The address for clients.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The port that it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The process, for faults.
    #[must_use]
    pub const fn process(&self) -> &GuardedProcess {
        &self.process
    }
}
