//! How a chore fails: a message for a person and an exit code for a script.

use std::process::ExitCode;

/// Why a chore did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The repository is not as it should be; the message says what to do. Exit code 1.
    #[error("{0}")]
    Failed(String),
    /// Asked for something that can't be done, or from files that are wrong. Exit code 2.
    #[error("{0}")]
    Usage(String),
    /// The contract itself is wrong. Exit code 2.
    #[error(transparent)]
    Contract(#[from] spec::Problems),
    /// A file could not be read or written. Exit code 2.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A mistake in the chore, not in what it looked at. Exit code 70.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// The exit code, as the conformance run has it: 1 for a finding, 2 for usage or configuration, 70 for an internal error.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Usage(_) | Self::Contract(_) | Self::File { .. } => 2,
            Self::Internal(_) => 70,
        })
    }

    /// Names the file that an I/O error is about.
    pub fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File { path, source }
    }
}
