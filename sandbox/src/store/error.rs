//! Why the store can't do what it is asked for.

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
    /// The thread of the store is gone.
    #[error("the store is closed")]
    Closed,
    /// The file was written by another version.
    #[error("the database was written by another version of the sandbox (layout {0}); name another file")]
    Layout(i64),
}
