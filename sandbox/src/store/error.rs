//! The errors of the store.

use std::path::PathBuf;
use std::sync::Arc;

use super::trouble::WriteError;

/// The reason why a job has no result.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The balance is too low; nothing was changed.
    #[error("the wallet can't pay")]
    Insufficient,
    /// The recipient is not in a state in which this can be done; nothing was changed.
    #[error("not in a state in which this can be done")]
    Conflict,
    /// SQLite reported an error.
    #[error("store: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The changes could not be written, so they were rolled back.
    #[error("the store can't be written: {0}")]
    Unwritten(#[source] Arc<WriteError>),
    /// The thread of the store has ended, or could not be started.
    #[error("the store is closed")]
    Closed,
    /// The file was written by another version of the sandbox.
    #[error("the database was written by another version of the sandbox (layout {0}); name another file")]
    Layout(i64),
    /// Another sandbox uses the file.
    #[error("another sandbox uses it{}; stop that one, or name another file", .pid.as_ref().map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    InUse {
        /// The process id of the other sandbox, if it could be read.
        pid: Option<String>,
    },
    /// The copy can't be created.
    #[error("can't make {}: {error}", .path.display())]
    Copy {
        /// The path of the copy.
        path: PathBuf,
        /// The underlying error.
        error: std::io::Error,
    },
    /// The lock file can't be opened or locked.
    #[error("can't lock {}: {error}", .path.display())]
    Lock {
        /// The path of the lock file.
        path: PathBuf,
        /// The underlying error.
        error: std::io::Error,
    },
}
