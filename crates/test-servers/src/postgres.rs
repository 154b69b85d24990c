//! A Postgres server with its own cluster of files.
//!
//! Postgres refuses to run as root, so for root the files belong to the system's `postgres` user
//! and the server runs as that user.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, bail};
use tempfile::TempDir;

use crate::{GuardedProcess, Signal, free_port, wait_for_port, wait_until};

/// A running Postgres server with an empty database `noctule`.
#[derive(Debug)]
pub struct Postgres {
    files: TempDir,
    port: u16,
    process: Option<GuardedProcess>,
}

impl Postgres {
    /// Makes a cluster and starts a server on a free port, durable as in production.
    ///
    /// # Errors
    /// When the server is not installed or does not start.
    pub fn start() -> anyhow::Result<Self> {
        let files = TempDir::with_prefix("noctule-postgres-")?;
        if is_root()? {
            run(Command::new("chown").arg("postgres").arg(files.path()))?;
        }
        let initdb = binary("initdb")?;
        run(as_server_user(&initdb)?
            .args(["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--username=noctule", "--no-sync", "-D"])
            .arg(files.path().join("data"))
            .current_dir(files.path()))?;
        let mut server = Self { port: free_port()?, files, process: None };
        server.resume()?;
        run(as_server_user(&binary("createdb")?)?.args([
            "--host=127.0.0.1",
            &format!("--port={}", server.port),
            "--username=noctule",
            "noctule",
        ]))?;
        Ok(server)
    }

    /// The address of database `noctule`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://noctule@127.0.0.1:{}/noctule", self.port)
    }

    /// Ends the server at once, as a crash would, and keeps its files.
    pub fn crash(&mut self) {
        if let Some(mut process) = self.process.take() {
            // SIGKILL would leave children behind that hold the port and the shared memory for a
            // moment; for the data both are the same, because nothing is flushed.
            process.signal(Signal::Quit);
            let _ = process.wait(Duration::from_secs(10));
        }
    }

    /// Starts the server again after [`Postgres::crash`], on the same port and files.
    ///
    /// # Errors
    /// When it does not start.
    pub fn resume(&mut self) -> anyhow::Result<()> {
        let data = self.files.path().join("data");
        let mut command = as_server_user(&binary("postgres")?)?;
        command.arg("-D").arg(&data).args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        command.arg("-k").arg(self.files.path()).args(["-c", "shared_buffers=256MB"]);
        command.args(["-c", "max_connections=200", "-c", "max_wal_size=4GB"]);
        command.current_dir(self.files.path());
        let process = GuardedProcess::spawn(&command)?;
        let is_up = wait_for_port(self.port, Duration::from_secs(30))
            .and_then(|()| self.wait_until_ready(Duration::from_secs(30)));
        is_up.with_context(|| format!("postgres did not start: {}", process.output()))?;
        self.process = Some(process);
        Ok(())
    }

    fn wait_until_ready(&self, patience: Duration) -> anyhow::Result<()> {
        let mut ask = Command::new(binary("pg_isready")?);
        ask.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        wait_until(patience, "pg_isready to say yes", || {
            ask.status().is_ok_and(|status| status.success()).then_some(())
        })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The usual SIGTERM would wait for clients to go away first.
        self.crash();
    }
}

/// The path of a Postgres program, which distributions keep out of `PATH`.
fn binary(name: &str) -> anyhow::Result<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|v| v.path().join("bin")).collect())
        .unwrap_or_default();
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    let found = folders.into_iter().map(|folder| folder.join(name)).find(|file| file.exists());
    found.with_context(|| format!("{name} is not installed (Debian: apt install postgresql)"))
}

fn as_server_user(program: &Path) -> anyhow::Result<Command> {
    if !is_root()? {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    Ok(command)
}

fn is_root() -> anyhow::Result<bool> {
    let output = Command::new("id").arg("-u").output()?;
    Ok(output.stdout.trim_ascii() == b"0")
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
