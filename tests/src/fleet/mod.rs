//! A running Noctule: one process on SQLite, or eight on Postgres and Redis.

mod member;
mod options;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context;
use noctule_test_servers::{
    GuardedProcess, MailServer, Postgres, Redis, Signal, free_port, wait_until,
};
use tempfile::TempDir;

use crate::{Client, binary};

pub use member::Member;
pub use options::{Embedder, FleetOptions, Shape};

/// The longest that a process may take to become ready.
const READY: Duration = Duration::from_mins(1);
/// The longest that a process may take to end after it was asked to.
const END: Duration = Duration::from_secs(40);

/// A running fleet with servers of its own. All of it ends with this value.
#[derive(Debug)]
pub struct Fleet {
    /// Talks to its API.
    pub client: Client,
    // Fields are dropped in this order: the servers outlive those who use them.
    running: BTreeMap<Member, Running>,
    options: FleetOptions,
    environment: Vec<(&'static str, String)>,
    mail: Option<MailServer>,
    redis: Option<Redis>,
    redis_port: u16,
    postgres: Option<Postgres>,
    files: TempDir,
}

/// A member and where it answers.
#[derive(Debug)]
struct Running {
    process: GuardedProcess,
    /// Where it answers `/readyz`.
    port: u16,
}

impl Fleet {
    /// Starts the servers and all members, and waits until everything is ready.
    ///
    /// # Errors
    /// When something does not start; the error has what it printed.
    pub fn start(options: FleetOptions) -> anyhow::Result<Self> {
        let files = TempDir::with_prefix("noctule-fleet-")?;
        let mail = options.has_mail.then(MailServer::start).transpose()?;
        let is_distributed = options.shape == Shape::Distributed;
        let postgres = is_distributed.then(Postgres::start).transpose()?;
        let redis_port = free_port()?;
        let has_redis = is_distributed && options.has_redis;
        let redis = has_redis.then(|| Redis::start_on(redis_port)).transpose()?;
        let mut environment = options.environment(files.path(), mail.as_ref())?;
        if let Some(postgres) = &postgres {
            environment.push(("DATABASE_URL", postgres.url()));
            environment.push(("REDIS_URL", format!("redis://127.0.0.1:{redis_port}")));
        }
        let members = options.members();
        let client = Client::new(format!("http://127.0.0.1:{}", free_port()?));
        let running = BTreeMap::new();
        let mut fleet = Self {
            client,
            running,
            options,
            environment,
            mail,
            redis,
            redis_port,
            postgres,
            files,
        };
        for member in &members {
            fleet.spawn(*member)?;
        }
        for member in &members {
            fleet.wait_until_ready(*member)?;
        }
        Ok(fleet)
    }

    /// The folder with its database (when embedded) and keys.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        data_dir(self.files.path())
    }

    /// What it is made of.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.options.shape
    }

    /// The members that are running.
    #[must_use]
    pub fn members(&self) -> Vec<Member> {
        self.running.keys().copied().collect()
    }

    /// The member that serves the API.
    #[must_use]
    pub const fn api(&self) -> Member {
        match self.options.shape {
            Shape::Embedded => Member::Up,
            Shape::Distributed => Member::Api,
        }
    }

    /// The member that judges single lines.
    #[must_use]
    pub const fn judge(&self) -> Member {
        match self.options.shape {
            Shape::Embedded => Member::Up,
            Shape::Distributed => Member::WorkerAnalysis,
        }
    }

    /// The member that judges batches.
    #[must_use]
    pub const fn batch_judge(&self) -> Member {
        match self.options.shape {
            Shape::Embedded => Member::Up,
            Shape::Distributed => Member::WorkerBatch,
        }
    }

    /// Its database server, when it is distributed.
    pub const fn postgres(&mut self) -> Option<&mut Postgres> {
        self.postgres.as_mut()
    }

    /// Ends its Redis at once, with all that it knew.
    pub fn kill_redis(&mut self) {
        if let Some(redis) = self.redis.take() {
            redis.process().signal(Signal::Kill);
        }
    }

    /// Starts its Redis again, empty.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_redis(&mut self) -> anyhow::Result<()> {
        self.redis = Some(Redis::start_on(self.redis_port)?);
        Ok(())
    }

    /// The mails that it has sent.
    ///
    /// # Errors
    /// When they cannot be read, or it has no mail server.
    pub fn mails(&self) -> anyhow::Result<Vec<String>> {
        self.mail.as_ref().context("this fleet has no mail server")?.mails()
    }

    /// A member's process.
    ///
    /// # Errors
    /// When it is not running.
    pub fn process(&self, member: Member) -> anyhow::Result<&GuardedProcess> {
        let running = self.running.get(&member);
        running.map(|running| &running.process).with_context(|| format!("{member} is not running"))
    }

    /// Kills a member without a word.
    ///
    /// # Errors
    /// When it is not running, or does not die.
    pub fn kill(&mut self, member: Member) -> anyhow::Result<()> {
        self.end(member, Signal::Kill).map(|_| ())
    }

    /// Asks a member to end, and gives its exit code.
    ///
    /// # Errors
    /// When it is not running, or does not end.
    pub fn stop(&mut self, member: Member) -> anyhow::Result<i32> {
        self.end(member, Signal::Term)
    }

    fn end(&mut self, member: Member, signal: Signal) -> anyhow::Result<i32> {
        self.process(member)?.signal(signal);
        let mut running = self.running.remove(&member).context("it was here a moment ago")?;
        running.process.wait(END)
    }

    /// Starts a member that was killed or stopped, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn restart(&mut self, member: Member) -> anyhow::Result<()> {
        self.spawn(member)?;
        self.wait_until_ready(member)
    }

    /// A command in this fleet's folder and environment, such as a second `noctule`.
    ///
    /// # Errors
    /// When the binary has not been built.
    pub fn command(&self, name: &str) -> anyhow::Result<Command> {
        let mut command = Command::new(binary(name)?);
        // What the tests are told is not a setting of the product.
        for name in ["NOCTULE_TEST_DATABASE_URL", "NOCTULE_TEST_REDIS_URL", "NOCTULE_MODEL_DIR"] {
            command.env_remove(name);
        }
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        command.envs(environment).env("NOCTULE_URL", &self.client.url);
        command.current_dir(self.files.path());
        Ok(command)
    }

    fn spawn(&mut self, member: Member) -> anyhow::Result<()> {
        let api = self.client.url.trim_start_matches("http://").to_owned();
        let mut command = self.command(member.binary())?;
        let port = if member.serves_api() {
            command.env("NOCTULE_LISTEN", &api);
            api.rsplit(':').next().context("an address has a port")?.parse()?
        } else {
            let port = free_port()?;
            command.args(["--health-listen", &format!("127.0.0.1:{port}")]);
            port
        };
        command.env_remove("NOCTULE_URL");
        if member == Member::Up {
            command.arg("up");
        }
        let process = GuardedProcess::spawn(&command)?;
        self.running.insert(member, Running { process, port });
        Ok(())
    }

    fn wait_until_ready(&mut self, member: Member) -> anyhow::Result<()> {
        let running = self.running.get_mut(&member).context("it was started before")?;
        let client = Client::new(format!("http://127.0.0.1:{}", running.port));
        let is_ready = wait_until(READY, &format!("{member} to be ready"), || {
            let has_ended = !running.process.is_running();
            let answers = || client.get_with("/readyz", &[]).is_ok_and(|a| a.status == 200);
            (has_ended || answers()).then_some(!has_ended)
        });
        match is_ready {
            Ok(true) => Ok(()),
            Ok(false) => anyhow::bail!("{member} ended: {}", running.process.output()),
            Err(error) => Err(error.context(running.process.output())),
        }
    }
}

fn data_dir(files: &Path) -> PathBuf {
    files.join("data")
}
