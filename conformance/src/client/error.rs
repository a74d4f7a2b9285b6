//! Errors that prevent a client from being judged. A client that breaks a rule is not an error.

use std::io;
use std::path::PathBuf;

use sandbox::SandboxError;

use crate::client::history::ReadError;

/// Why a client can't be judged.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The sandbox of a scenario can't be started.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The front can't listen on a port, or the sandbox can't be reached.
    #[error("the server of a scenario can't be started: {0}")]
    Serve(#[source] io::Error),
    /// The requested port can't be listened on.
    #[error("port {port} can't be listened on: {source}; --port 0 takes a free one")]
    Port {
        /// The port.
        port: u16,
        /// The reason.
        source: io::Error,
    },
    /// TLS can't be set up.
    #[error("TLS can't be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The sandbox has no account or package for the scenario.
    #[error("the sandbox has nothing to buy under this contract")]
    NothingToBuy,
    /// The sandbox refused a request that prepares the scenario.
    #[error("scenario {scenario} can't be set up: {answer}")]
    Setup {
        /// The name of the scenario.
        scenario: String,
        /// The answer of the sandbox.
        answer: String,
    },
    /// The command does not exist or can't be executed.
    #[error("`{command}` can't be started: {source}; {}", remedy(.source))]
    Start {
        /// The command as it was given.
        command: String,
        /// The cause.
        source: io::Error,
    },
    /// The output of the program can't be stored.
    #[error("the output of the program can't be kept: {0}")]
    Output(#[source] io::Error),
    /// No scenario matches.
    #[error("no scenario matches {asked}{meant}; `client --list` shows them")]
    NoScenario {
        /// The names and tasks that were given.
        asked: String,
        /// A suggestion after a colon, or nothing.
        meant: String,
    },
    /// A recording can't be read.
    #[error("{path} {source}", path = path.display())]
    Record {
        /// The path of the recording.
        path: PathBuf,
        /// The cause.
        source: ReadError,
    },
    /// The rules for clients can't be read, which is an internal error.
    #[error("the rules for clients can't be read: {0}")]
    Rules(String),
}

impl ClientError {
    /// Returns true if the user can correct the error.
    #[must_use]
    pub(crate) const fn is_usage(&self) -> bool {
        matches!(self, Self::Start { .. } | Self::Port { .. } | Self::NoScenario { .. } | Self::Record { .. })
    }
}

/// Returns advice for a program that can't be started.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "it is to be a file that may be run: `chmod +x` makes it one, or name what runs it, as in `-- sh buy.sh`"
        }
        io::ErrorKind::NotFound => "name a program with its path, as in `-- ./buy.sh`",
        _ => {
            "a script begins with `#!` and what runs it, as in `#!/bin/sh`; or name that, as in `-- sh buy.sh`"
        }
    }
}
