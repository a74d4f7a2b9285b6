//! The store: an SQLite database with one writer thread, which takes jobs from a channel and commits waiting jobs
//! together, and with separate reader threads.
//!
//! The single writer makes the wallet linearizable, and group commits make it fast. The response to a job is released
//! only after the commit that contains its work; if the commit fails, the whole group is rolled back and every job
//! fails.

pub(crate) mod accounts;
mod error;
mod file;
pub(crate) mod marks;
pub(crate) mod orders;
mod readers;
mod schema;
pub(crate) mod shown;
mod snapshot;
mod thread;
mod trouble;
pub(crate) mod wallet;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

pub use error::StoreError;
use rusqlite::Connection;
pub(crate) use snapshot::{restore, snapshot};
use tokio::sync::oneshot;

use crate::clock::Clock;
use file::OwnFile;
use readers::Readers;
use thread::spawn;
use trouble::Trouble;
pub use trouble::WriteError;
use writer::{Job, Writer};

/// A handle to the threads that use the database.
#[derive(Debug)]
pub(crate) struct Store {
    /// The server's clock, which continues from the last time stored in the file.
    pub(crate) clock: Clock,
    jobs: mpsc::Sender<Option<Job>>,
    /// `None` for a database in memory, which only its own connection can read.
    readers: Option<Readers>,
    trouble: Arc<Trouble>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Opens a file, or a database in memory.
    ///
    /// # Errors
    /// Returns an error if another process uses the file, it can't be used, or it was written by another version.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, StoreError> {
        let mut file = path.map(OwnFile::take).transpose()?;
        let connection = schema::open(file.as_ref().map(OwnFile::path))?;
        let clock = Clock::start(writer::kept(&connection)?);
        if let Some(file) = &mut file {
            writer::keep(&connection, clock.now())?;
            file.remember();
        }
        let readers = file.as_ref().map(|file| Readers::open(file.path())).transpose()?;
        let (jobs, queue) = mpsc::channel();
        let trouble = Arc::new(Trouble::default());
        let writer = Writer::new(connection, file, clock.clone(), trouble.clone());
        let thread = spawn("store", move || writer.run(&queue))?;
        Ok(Self { clock, jobs, readers, trouble, thread: Mutex::new(Some(thread)) })
    }

    /// Runs a job in a transaction and waits for the commit. A job that fails leaves no changes.
    ///
    /// # Errors
    /// Returns the job's own error, or an error if the commit failed; in both cases the job leaves no changes.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = connection.map(|connection| writer::atomically(connection, work));
            Box::new(move |written| {
                let result = match (written, result) {
                    (Ok(()), Some(result)) => result,
                    (Err(why), _) => Err(StoreError::Unwritten(why)),
                    (Ok(()), None) => Err(StoreError::Closed),
                };
                let _ = reply.send(result);
            })
        });
        self.jobs.send(Some(job)).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Reads committed data, in parallel with the writer.
    ///
    /// # Errors
    /// Returns the job's own error.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.readers {
            Some(readers) => readers.call(work).await,
            None => self.call(work).await,
        }
    }

    /// Returns the reason why nothing can be written at the moment, if there is one.
    pub(crate) fn trouble(&self) -> Option<Arc<WriteError>> {
        self.trouble.get()
    }

    /// Ends the writer thread after the waiting jobs, and waits for it.
    pub(crate) async fn close(&self) {
        let _ = self.jobs.send(None);
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

#[cfg(test)]
mod tests;
