//! The errors of a measurement.

use std::path::PathBuf;

/// The reason why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    #[error(transparent)]
    Spec(#[from] spec::Problems),
    #[error("--folder {}: {error}", .path.display())]
    Folder { path: PathBuf, error: std::io::Error },
    #[error("the bare loop can't write: {0}")]
    Bare(#[from] rusqlite::Error),
    #[error("the database can't be copied: {0}")]
    Copy(#[from] sandbox::StoreError),
    #[error("the sandbox that is measured does not start: {0}")]
    Start(std::io::Error),
    #[error("the sandbox that is measured can't be reached: {0}")]
    Reach(#[from] std::io::Error),
    #[error("{what}: the sandbox answered {answer}")]
    Refused { what: &'static str, answer: String },
    #[error("a thread that measures has ended")]
    Ended,
}
