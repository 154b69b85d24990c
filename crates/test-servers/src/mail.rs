//! A mail server that keeps what it is given.

use std::{fs, process::Command, time::Duration};

use anyhow::Context;
use tempfile::TempDir;

use crate::{GuardedProcess, free_port, wait_for_port};

/// A running SMTP server without encryption, with one mailbox for everybody.
#[derive(Debug)]
pub struct MailServer {
    files: TempDir,
    port: u16,
    _process: GuardedProcess,
}

impl MailServer {
    /// Starts a server on a free port.
    ///
    /// # Errors
    /// When the Python package `aiosmtpd` is not installed or does not start.
    pub fn start() -> anyhow::Result<Self> {
        let port = free_port()?;
        let files = TempDir::with_prefix("noctule-mail-")?;
        // The system's Python has the package; another one that comes first in PATH may not.
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}")]);
        command.args(["-c", "aiosmtpd.handlers.Mailbox"]).arg(files.path().join("box"));
        let process = GuardedProcess::spawn(&command)?;
        wait_for_port(port, Duration::from_secs(20))
            .with_context(|| format!("aiosmtpd did not start: {}", process.output()))?;
        Ok(Self { files, port, _process: process })
    }

    /// The port that it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The mails that have come so far, as they were sent.
    ///
    /// # Errors
    /// When the mailbox cannot be read.
    pub fn mails(&self) -> anyhow::Result<Vec<String>> {
        let folder = self.files.path().join("box/new");
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let mut paths: Vec<_> =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
        paths.sort();
        paths.iter().map(|path| Ok(fs::read_to_string(path)?)).collect()
    }
}
