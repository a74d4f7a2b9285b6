//! How a chore fails: a message for a person and an exit code for a script.

use std::process::ExitCode;

/// Why a chore did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The repository is not as it should be; the message says what to do. Exit code 1.
    #[error("{0}")]
    Failed(String),
    /// The command asks for something impossible, or names files that are wrong. Exit code 2.
    #[error("{0}")]
    Usage(String),
    /// The contract is wrong. Exit code 2.
    #[error(transparent)]
    Contract(#[from] spec::Problems),
    /// A file could not be read or written. Exit code 2.
    #[error("{path}: {source}")]
    File {
        /// The path of the file.
        path: String,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A bug of the chore itself. Exit code 70.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// Returns the exit code, with the same meaning as in the conformance program: 1 for a finding, 2 for usage or
    /// configuration, 70 for an internal error.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Usage(_) | Self::Contract(_) | Self::File { .. } => 2,
            Self::Internal(_) => 70,
        })
    }

    /// Adds the path of the file to an I/O error.
    pub fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File { path, source }
    }
}
