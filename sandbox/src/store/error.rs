//! Why the store can't do what it is asked for.

use std::path::PathBuf;
use std::sync::Arc;

use super::trouble::WriteError;

/// Why a job has no result.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The wallet can't pay; nothing was changed.
    #[error("the wallet can't pay")]
    Insufficient,
    /// It is not in a state in which this can be done; nothing was changed.
    #[error("not in a state in which this can be done")]
    Conflict,
    /// SQLite refused.
    #[error("store: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// What was done could not be written down, so it was taken back.
    #[error("the store can't be written: {0}")]
    Unwritten(#[source] Arc<WriteError>),
    /// The thread of the store is gone, or could not be started.
    #[error("the store is closed")]
    Closed,
    /// The file was written by another version.
    #[error("the database was written by another version of the sandbox (layout {0}); name another file")]
    Layout(i64),
    /// Another sandbox uses the file.
    #[error("another sandbox uses it{}; stop that one, or name another file", .pid.as_ref().map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    InUse {
        /// The process of the other one, where it has said so.
        pid: Option<String>,
    },
    /// A copy can't be made there.
    #[error("can't make {}: {error}", .path.display())]
    Copy {
        /// Where it was to be.
        path: PathBuf,
        /// Why it can't be made.
        error: std::io::Error,
    },
    /// The file that keeps others out can't be had.
    #[error("can't lock {}: {error}", .path.display())]
    Lock {
        /// That file.
        path: PathBuf,
        /// Why it can't be had.
        error: std::io::Error,
    },
}
