//! The sandbox in its own process, so that every contender measures the same server and the processor times can be told
//! apart.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use conformance::run::built_in_sandbox::{self, BuiltInError};
use spec::Contract;
use url::Url;

/// Why the sandbox can't be started in its own process.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    /// The process can't be started, or its output can't be read.
    #[error("the sandbox can't be started: {0}")]
    Start(#[source] io::Error),
    /// The process ended before it printed its address.
    #[error("the sandbox ended before it listened")]
    Silent,
    /// It printed an address that is not a valid URL.
    #[error("the sandbox printed no address: {0}")]
    Address(#[from] url::ParseError),
}

/// A sandbox in its own process, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// The base URL of the sandbox, without a slash at its end.
    pub(crate) url: String,
}

impl Server {
    /// Starts this program as a server.
    ///
    /// # Errors
    /// Returns an error if the process can't be started, or ends before it prints its address.
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

    /// Returns a URL below that of the sandbox.
    ///
    /// # Errors
    /// Returns an error if it is not a valid URL.
    pub(crate) fn at(&self, path: &str) -> Result<Url, ServerError> {
        Ok(format!("{}{path}", self.url).parse()?)
    }

    /// Returns the id of the process.
    #[must_use]
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process ends when its standard input closes; it is also killed, in case it hangs. Either may fail if it
        // has ended already.
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves until standard input closes, which also happens if the parent process ends.
///
/// # Errors
/// Returns an error if the sandbox can't be started.
pub(crate) async fn serve(contract: Arc<Contract>) -> Result<(), BuiltInError> {
    let (sandbox, ..) = built_in_sandbox::sandbox(contract, sandbox::Behaviour::default()).await?;
    println!("{}", sandbox.url());
    let closed = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let _ = closed.await;
    sandbox.stop().await;
    Ok(())
}
