//! Starts the program under test with its task, limits its time, and ends all processes that it leaves behind.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::client::end::Codes;
use crate::client::error::ClientError;
use crate::client::history::End;
use crate::client::stage::Stage;

/// The interval at which remaining processes are looked for.
const LOOK: Duration = Duration::from_millis(5);

/// How long a program's children may outlive it.
const GRACE: Duration = Duration::from_millis(300);

/// The number of bytes of each output that are kept.
const KEPT: u64 = 64 * 1024;

/// The program, and how it is run.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// The command and its arguments.
    pub(crate) command: Vec<String>,
    /// Environment variables in addition to those of the task.
    pub(crate) environment: Vec<(String, String)>,
    /// The time limit.
    pub(crate) timeout: Duration,
    /// The meaning of its exit codes.
    pub(crate) codes: Codes,
}

impl Program {
    /// Runs the program once.
    ///
    /// # Errors
    /// Returns an error if the program can't be started, or its output can't be stored.
    pub(crate) async fn run(&self, stage: &Stage) -> Result<End, ClientError> {
        let mut stdout = tempfile::tempfile().map_err(ClientError::Output)?;
        let mut stderr = tempfile::tempfile().map_err(ClientError::Output)?;
        let mut running = Running::new(self.start(stage, &stdout, &stderr)?);
        let (status, stopped) = match timeout(self.timeout, running.child.wait()).await {
            Ok(status) => (status, false),
            Err(_) => (running.stop().await, true),
        };
        let status = status.map_err(ClientError::Output)?;
        let at_us = stage.front.now_us();
        let left_running = !stopped && running.leftovers().await;
        drop(running);
        let mut leaked = false;
        let mut kept = |file: &mut File| {
            let text = kept(file).map_err(ClientError::Output)?;
            let masked = stage.redactor.redact_text(&text);
            leaked |= masked.is_some();
            Ok::<_, ClientError>(masked.unwrap_or(text))
        };
        let (stdout, stderr) = (kept(&mut stdout)?, kept(&mut stderr)?);
        let code = status.code().filter(|_| !stopped);
        Ok(End {
            at_us,
            said: code.and_then(|code| self.codes.said(code)),
            code,
            stopped,
            left_running,
            leaked,
            stdout,
            stderr,
        })
    }

    fn start(&self, stage: &Stage, stdout: &File, stderr: &File) -> Result<Child, ClientError> {
        let failed = |source: io::Error| ClientError::Start { command: self.command.join(" "), source };
        let (name, words) =
            self.command.split_first().ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
        let (url, key) = (&stage.front.url, stage.key.expose());
        let mut input = tempfile::tempfile().map_err(ClientError::Output)?;
        input.write_all(stage.task.line(url, key).as_bytes()).map_err(ClientError::Output)?;
        input.rewind().map_err(ClientError::Output)?;
        let mut command = Command::new(PathBuf::from(name));
        command
            .args(words)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .envs(stage.task.environment(url, key))
            // Requests to this machine must not go through a proxy that the caller uses.
            .env("NO_PROXY", "127.0.0.1,localhost")
            .env("no_proxy", "127.0.0.1,localhost")
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(stdout.try_clone().map_err(ClientError::Output)?))
            .stderr(Stdio::from(stderr.try_clone().map_err(ClientError::Output)?));
        group::lead(&mut command);
        command.spawn().map_err(failed)
    }
}

/// A running program. Dropping it kills the program and everything that it started.
struct Running {
    child: Child,
    /// The id of the process, which is also that of its process group.
    group: Option<u32>,
}

impl Running {
    fn new(child: Child) -> Self {
        Self { group: child.id(), child }
    }

    fn kill(&mut self) {
        if let Some(group) = self.group {
            group::kill(group);
        }
        _ = self.child.start_kill();
    }

    async fn stop(&mut self) -> io::Result<ExitStatus> {
        self.kill();
        self.child.wait().await
    }

    /// Returns true if a process that the program started outlives it.
    async fn leftovers(&self) -> bool {
        let deadline = Instant::now() + GRACE;
        while self.group.is_some_and(group::is_alive) {
            if Instant::now() >= deadline {
                return true;
            }
            sleep(LOOK).await;
        }
        false
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Returns the beginning of an output.
fn kept(file: &mut File) -> io::Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(KEPT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The process group of a program and everything that it starts.
#[cfg(unix)]
mod group {
    use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
    use tokio::process::Command;

    pub(super) fn lead(command: &mut Command) {
        command.process_group(0);
    }

    fn id(group: u32) -> Option<Pid> {
        i32::try_from(group).ok().and_then(Pid::from_raw)
    }

    pub(super) fn is_alive(group: u32) -> bool {
        let answers = id(group).is_some_and(|it| test_kill_process_group(it).is_ok());
        answers && runs(group).unwrap_or(true)
    }

    /// Returns true if a process of the group still runs and is not a zombie: in a container there may be no process
    /// that reaps zombies. Returns `None` if the system does not tell.
    fn runs(group: u32) -> Option<bool> {
        for entry in std::fs::read_dir("/proc").ok()? {
            let Ok(stat) = std::fs::read_to_string(entry.ok()?.path().join("stat")) else { continue };
            // The name in parentheses may itself contain blanks and parentheses; the state, the parent and the group
            // follow it.
            let mut fields = stat.rsplit(')').next()?.split_whitespace();
            let state = fields.next()?;
            if fields.nth(1) == Some(group.to_string().as_str()) && !["Z", "X"].contains(&state) {
                return Some(true);
            }
        }
        Some(false)
    }

    pub(super) fn kill(group: u32) {
        // If this fails, no process is left.
        _ = id(group).map(|it| kill_process_group(it, Signal::KILL));
    }
}

/// This platform has no process groups, so only the program itself is stopped.
#[cfg(not(unix))]
mod group {
    use tokio::process::Command;

    pub(super) fn lead(_: &mut Command) {}

    pub(super) fn is_alive(_: u32) -> bool {
        false
    }

    pub(super) fn kill(_: u32) {}
}
