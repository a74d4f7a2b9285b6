//! The sandbox as a process of its own, so that every contender meets the same server and its time can be told apart.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use spec::Contract;

use crate::run::built_in_sandbox::{self, BuiltInError};

/// Why there is no sandbox in a process of its own.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    /// The process can't be started or not be listened to.
    #[error("the sandbox can't be started: {0}")]
    Start(#[source] io::Error),
    /// It ended at once.
    #[error("the sandbox ended before it listened")]
    Silent,
}

/// A sandbox in a process of its own; ends when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) url: String,
}

impl Server {
    /// Starts this program once more as a server.
    ///
    /// # Errors
    /// It can't be started, or says nothing.
    pub(crate) fn start() -> Result<Self, ServerError> {
        let program = std::env::current_exe().map_err(ServerError::Start)?;
        let mut child = Command::new(program)
            .args(["bench", "--serve"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(ServerError::Start)?;
        let mut url = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut url).map_err(ServerError::Start)?;
        }
        let server = Self { child, url: url.trim().to_owned() };
        if server.url.is_empty() {
            return Err(ServerError::Silent);
        }
        Ok(server)
    }

    /// Its process.
    #[must_use]
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its standard input closes and it ends by itself; where it does not, it is ended. Both may have happened already.
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves until standard input closes: also where the parent is gone.
///
/// # Errors
/// The sandbox can't be started.
pub(crate) async fn serve(contract: Arc<Contract>) -> Result<(), BuiltInError> {
    let (sandbox, ..) = built_in_sandbox::sandbox(contract, sandbox::Behaviour::default()).await?;
    println!("{}", sandbox.url());
    let closed = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let _ = closed.await;
    sandbox.stop().await;
    Ok(())
}
