//! The reason why nothing can be written, as long as this is the case.

use std::sync::{Arc, Mutex, PoisonError};

/// The reason why a group of jobs could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// SQLite can't begin or commit a transaction.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The database's file has been replaced or removed.
    #[error("the file of the database is gone")]
    Gone,
    /// An error in a job made SQLite end the transaction of the whole group.
    #[error("an error has ended the transaction")]
    Ended,
}

/// The reason why the last group of jobs could not be written; empty if it was written.
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
