//! Why nothing can be written, for as long as that is so.

use std::sync::{Arc, Mutex, PoisonError};

/// Why a group of jobs could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// SQLite can't begin or commit.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Under the database's name there is another file, or none.
    #[error("the file of the database is gone")]
    Gone,
    /// A job failed so that SQLite gave up all of the group.
    #[error("an error has ended the transaction")]
    Ended,
}

/// Why the last group of jobs could not be written; empty where it could.
#[derive(Debug, Default)]
pub(crate) struct Trouble(Mutex<Option<Arc<WriteError>>>);

impl Trouble {
    pub(super) fn set(&self, why: Option<Arc<WriteError>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    pub(super) fn get(&self) -> Option<Arc<WriteError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
