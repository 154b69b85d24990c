//! A child process that cannot outlive its parent.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, bail};

use crate::wait_until;

/// Starts the real command in the background, tells its pid, and waits on a pipe that only the
/// parent holds open: when the parent ends, however it ends, the pipe closes and the child is
/// terminated. The exit code of the child is passed on when it ends first.
const GUARD: &str = r#"
"$@" </dev/null &
child=$!
echo "$child"
( cat >/dev/null <&3; kill -TERM "$child" 2>/dev/null; sleep 10; kill -KILL "$child" 2>/dev/null ) &
watcher=$!
wait "$child"
code=$?
kill -KILL "$watcher" 2>/dev/null
exit "$code"
"#;

/// How much of a child's output is kept for error messages.
const KEPT_OUTPUT: usize = 256 * 1024;

/// A running child process and what it has printed.
#[derive(Debug)]
pub struct GuardedProcess {
    guard: Child,
    lifeline: Option<ChildStdin>,
    pid: u32,
    output: Arc<Mutex<String>>,
}

/// A signal to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Please end.
    Term,
    /// As Ctrl-C.
    Int,
    /// End at once, but orderly (what Postgres calls an immediate shutdown).
    Quit,
    /// End now, without a word.
    Kill,
    /// Freeze.
    Stop,
    /// Go on.
    Continue,
}

impl GuardedProcess {
    /// Starts `command`, whose program, arguments, environment and folder are taken over.
    ///
    /// # Errors
    /// When `sh` or the program cannot be started.
    pub fn spawn(command: &Command) -> anyhow::Result<Self> {
        let mut guard = Command::new("sh");
        // The pipe is moved to descriptor 3, because a background job's own input is /dev/null.
        guard.arg("-c").arg(format!("exec 3<&0; {GUARD}")).arg("guard");
        guard.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => guard.env(name, value),
                None => guard.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            guard.current_dir(folder);
        }
        guard.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut guard = guard.spawn().context("cannot start sh")?;
        let mut stdout = BufReader::new(guard.stdout.take().context("no output pipe")?);
        let mut first = String::new();
        stdout.read_line(&mut first)?;
        let pid = first.trim().parse().with_context(|| format!("not a pid: {first:?}"))?;
        let output = Arc::new(Mutex::new(String::new()));
        collect(stdout, Arc::clone(&output));
        collect(guard.stderr.take().context("no error pipe")?, Arc::clone(&output));
        Ok(Self { lifeline: guard.stdin.take(), guard, pid, output })
    }

    /// The process id of the child itself.
    #[must_use]
    pub const fn pid(&self) -> u32 {
        self.pid
    }

    /// What the child has printed so far, on both streams.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.lock().expect("the collector does not panic").clone()
    }

    /// Sends a signal to the child. One that has ended already is left in peace.
    pub fn signal(&self, signal: Signal) {
        let name = match signal {
            Signal::Term => "-TERM",
            Signal::Int => "-INT",
            Signal::Quit => "-QUIT",
            Signal::Kill => "-KILL",
            Signal::Stop => "-STOP",
            Signal::Continue => "-CONT",
        };
        let mut kill = Command::new("kill");
        let _ = kill.arg(name).arg(self.pid.to_string()).stderr(Stdio::null()).status();
    }

    /// Whether the child is still running.
    pub fn is_running(&mut self) -> bool {
        matches!(self.guard.try_wait(), Ok(None))
    }

    /// Waits until the child has ended by itself and gives its exit code.
    ///
    /// # Errors
    /// When it is still running after `patience`.
    pub fn wait(&mut self, patience: Duration) -> anyhow::Result<i32> {
        let ended =
            wait_until(patience, "the end of a process", || self.guard.try_wait().transpose());
        let status = ended.with_context(|| format!("it printed:\n{}", self.output()))??;
        Ok(status.code().unwrap_or(-1))
    }

    /// Waits until the child's output contains `text`.
    ///
    /// # Errors
    /// When the child ends or `patience` runs out first.
    pub fn wait_for_output(&mut self, text: &str, patience: Duration) -> anyhow::Result<()> {
        let seen = wait_until(patience, &format!("{text:?} to be printed"), || {
            let is_running = self.is_running();
            let is_seen = self.output().contains(text);
            (is_seen || !is_running).then_some(is_seen)
        });
        if !seen.with_context(|| format!("it printed:\n{}", self.output()))? {
            bail!("it ended before {text:?} was printed; it printed:\n{}", self.output());
        }
        Ok(())
    }
}

impl Drop for GuardedProcess {
    fn drop(&mut self) {
        // A frozen process cannot be terminated.
        self.signal(Signal::Continue);
        drop(self.lifeline.take());
        if self.wait(Duration::from_secs(12)).is_err() {
            self.signal(Signal::Kill);
        }
        let _ = self.guard.wait();
    }
}

fn collect(mut stream: impl Read + Send + 'static, into: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            let mut kept = into.lock().expect("the collector does not panic");
            kept.push_str(&String::from_utf8_lossy(&buffer[..count]));
            if kept.len() > KEPT_OUTPUT {
                let cut = kept.ceil_char_boundary(kept.len() - KEPT_OUTPUT / 2);
                kept.drain(..cut);
            }
        }
    });
}
