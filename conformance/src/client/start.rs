//! Starting the program under test: with its task, within its time, and with nothing of it left behind.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::client::end::Codes;
use crate::client::error::ClientError;
use crate::client::history::End;
use crate::client::stage::Stage;

/// How often a program is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// What a program that has ended may still need to close its children.
const GRACE: Duration = Duration::from_millis(300);

/// Bytes of each output that are kept.
const KEPT: u64 = 64 * 1024;

/// The program and how it is treated.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// The command and its words.
    pub(crate) command: Vec<String>,
    /// Variables besides those of the task.
    pub(crate) environment: Vec<(String, String)>,
    /// How long it may take.
    pub(crate) timeout: Duration,
    /// What its exit codes stand for.
    pub(crate) codes: Codes,
}

impl Program {
    /// Runs it once.
    ///
    /// # Errors
    /// It can't be started, or its output can't be kept.
    pub(crate) async fn run(&self, stage: &Stage) -> Result<End, ClientError> {
        let mut stdout = tempfile::tempfile().map_err(ClientError::Output)?;
        let mut stderr = tempfile::tempfile().map_err(ClientError::Output)?;
        let mut running = Running(self.start(stage, &stdout, &stderr)?);
        let child = &mut running.0;
        let deadline = Instant::now() + self.timeout;
        let (status, stopped) = loop {
            if let Some(status) = child.try_wait().map_err(ClientError::Output)? {
                break (status, false);
            }
            if Instant::now() >= deadline {
                break (stop(child).map_err(ClientError::Output)?, true);
            }
            sleep(LOOK).await;
        };
        let at_us = stage.front.now_us();
        let left_running = !stopped && leftovers(child).await;
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
            // Whatever proxy the caller has, it does not lead to a server on this machine.
            .env("NO_PROXY", "127.0.0.1,localhost")
            .env("no_proxy", "127.0.0.1,localhost")
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(stdout.try_clone().map_err(ClientError::Output)?))
            .stderr(Stdio::from(stderr.try_clone().map_err(ClientError::Output)?));
        group::lead(&mut command);
        command.spawn().map_err(failed)
    }
}

/// A program that was started: whoever gives up on it leaves nothing of it behind.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        group::kill(&self.0);
        _ = self.0.kill();
    }
}

fn stop(child: &mut Child) -> io::Result<ExitStatus> {
    group::kill(child);
    _ = child.kill();
    child.wait()
}

/// Whether something that the program started outlives it.
async fn leftovers(child: &Child) -> bool {
    let deadline = Instant::now() + GRACE;
    while group::is_alive(child) {
        if Instant::now() >= deadline {
            return true;
        }
        sleep(LOOK).await;
    }
    false
}

/// The beginning of an output.
fn kept(file: &mut File) -> io::Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(KEPT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A program and all that it starts, as the system groups them.
#[cfg(unix)]
mod group {
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, Command};

    use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

    pub(super) fn lead(command: &mut Command) {
        command.process_group(0);
    }

    fn id(child: &Child) -> Option<Pid> {
        i32::try_from(child.id()).ok().and_then(Pid::from_raw)
    }

    pub(super) fn is_alive(child: &Child) -> bool {
        let answers = id(child).is_some_and(|it| test_kill_process_group(it).is_ok());
        answers && runs(child.id()).unwrap_or(true)
    }

    /// Whether a process of a group still runs, rather than wait for somebody to ask how it ended: in a container there may
    /// be nobody who does. Nothing where the system does not say.
    fn runs(group: u32) -> Option<bool> {
        for entry in std::fs::read_dir("/proc").ok()? {
            let Ok(stat) = std::fs::read_to_string(entry.ok()?.path().join("stat")) else { continue };
            // The name before may have blanks and parentheses; behind it stand the state, the parent and the group.
            let mut fields = stat.rsplit(')').next()?.split_whitespace();
            let state = fields.next()?;
            if fields.nth(1) == Some(group.to_string().as_str()) && !["Z", "X"].contains(&state) {
                return Some(true);
            }
        }
        Some(false)
    }

    pub(super) fn kill(child: &Child) {
        // Nothing is left to be killed where this fails.
        _ = id(child).map(|it| kill_process_group(it, Signal::KILL));
    }
}

/// Where the system has no groups, the program alone is stopped.
#[cfg(not(unix))]
mod group {
    use std::process::{Child, Command};

    pub(super) fn lead(_: &mut Command) {}

    pub(super) fn is_alive(_: &Child) -> bool {
        false
    }

    pub(super) fn kill(_: &Child) {}
}
