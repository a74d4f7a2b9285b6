//! The errors of this program, each with its exit code.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use conformance::client::ClientError;
use conformance::exit::Exit;
use conformance::run::built_in_sandbox::BuiltInError;
use conformance::run::session::SessionError;
use spec::Problems;

use crate::bench::error::BenchError;

/// Why the tester can't be tested.
#[derive(Debug, thiserror::Error)]
pub enum SelftestError {
    /// The sandbox can't be started.
    #[error(transparent)]
    Sandbox(#[from] BuiltInError),
    /// The sandbox can't be judged, or a schema of the contract can't be used.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The task of a run panicked.
    #[error("a run broke down: {0}")]
    Run(#[from] tokio::task::JoinError),
    /// A client can't be judged.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The clients of the tests can't be read, or what starts them can't be.
    #[error("the clients below {folder} can't be read: {source}", folder = folder.display())]
    Clients {
        /// The folder of the clients.
        folder: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A case can't be serialized.
    #[error("a case can't be recorded: {0}")]
    Record(#[from] serde_json::Error),
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The asynchronous runtime can't be started.
    #[error("the runtime can't be started: {0}")]
    Runtime(#[source] io::Error),
    /// The contract is invalid; lists every mistake with its position.
    #[error(transparent)]
    Contract(#[from] Problems),
    /// No planted fault matches.
    #[error("no fault matches {0}; `sandbox --list-faults` shows them")]
    NoFault(String),
    /// No client of the tests matches.
    #[error("no client matches {0}; they stand in conformance/tests/clients")]
    NoClients(String),
    /// A program that clients of the tests need is missing.
    #[error(
        "the matrix of clients has all of them, and this machine does not have {0}; --python and --node name others"
    )]
    NoTool(String),
    /// A file can't be written.
    #[error("{path} can't be written: {source}")]
    Write {
        /// The path from the root of the repository.
        path: &'static str,
        /// The cause.
        source: io::Error,
    },
    /// The planted faults or the clients of the tests can't be judged.
    #[error(transparent)]
    Selftest(#[from] SelftestError),
    /// The benchmark can't be run.
    #[error(transparent)]
    Bench(#[from] BenchError),
}

impl Failure {
    /// Returns the exit code of the program.
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Contract(_)
            | Self::NoFault(_)
            | Self::NoClients(_)
            | Self::NoTool(_)
            | Self::Write { .. } => Exit::Usage,
            Self::Runtime(_) | Self::Selftest(_) | Self::Bench(_) => Exit::OwnFault,
        }
    }

    /// Returns the message with its causes, as far as the message does not contain them.
    pub(crate) fn told(&self) -> String {
        let mut told = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !told.contains(&text) {
                told = format!("{told}: {text}");
            }
            cause = error.source();
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let source = io::Error::other("the disk is full");
        let failure = Failure::Write { path: "docs/value.md", source };
        assert_eq!(failure.told(), "docs/value.md can't be written: the disk is full");
        assert_eq!(failure.exit(), Exit::Usage);
    }
}
