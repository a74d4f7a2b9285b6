//! Why a client can't be judged; never that it did something wrong.

use std::io;
use std::path::PathBuf;

use sandbox::SandboxError;

use crate::client::history::ReadError;

/// Why a client can't be judged.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The sandbox of a scenario does not start.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// No port can be listened on, or the sandbox can't be reached.
    #[error("the server of a scenario can't be started: {0}")]
    Serve(#[source] io::Error),
    /// No certificate can be made for the scenario with TLS.
    #[error("no certificate can be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The TLS of this machine is of no use.
    #[error("TLS can't be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The contract has no path for an operation, or the sandbox sells nothing.
    #[error("the sandbox has nothing to buy under this contract")]
    NothingToBuy,
    /// What was to be there before the client comes is refused.
    #[error("scenario {scenario} can't be set up: {answer}")]
    Setup {
        /// Which.
        scenario: String,
        /// What the sandbox said.
        answer: String,
    },
    /// The command does not exist or may not be run.
    #[error("`{command}` can't be started: {source}; name a program with its path, as in `-- ./buy.sh`")]
    Start {
        /// As it was given.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// What the program prints can't be kept.
    #[error("the output of the program can't be kept: {0}")]
    Output(#[source] io::Error),
    /// No scenario is chosen.
    #[error("no scenario matches {0}; --list shows them")]
    NoScenario(String),
    /// A recording can't be read.
    #[error("{path} {source}", path = path.display())]
    Record {
        /// Which.
        path: PathBuf,
        /// Why.
        source: ReadError,
    },
    /// The rules for clients can't be read: a fault of this program.
    #[error("the rules for clients can't be read: {0}")]
    Rules(String),
}

impl ClientError {
    /// Whether the caller can mend it.
    #[must_use]
    pub(crate) const fn is_usage(&self) -> bool {
        matches!(self, Self::Start { .. } | Self::NoScenario(_) | Self::Record { .. })
    }
}
