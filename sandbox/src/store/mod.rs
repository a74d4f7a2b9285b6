//! The store: SQLite, written by one thread that takes jobs over a channel and commits those that wait together, and read
//! beside it.
//!
//! One writer makes the wallet linearizable, and committing in groups makes it fast. A job's answer leaves only after
//! the commit that holds its work; where there is no such commit, all of the group is taken back and each job fails.

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
    /// What time it is; it goes on where the file's last one stopped.
    pub(crate) clock: Clock,
    jobs: mpsc::Sender<Option<Job>>,
    /// `None` in memory: what one connection keeps no other can read.
    readers: Option<Readers>,
    trouble: Arc<Trouble>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Opens a file, or a database in memory.
    ///
    /// # Errors
    /// Another process has the file, it can't be used, or it is of another version.
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

    /// Runs a job in a transaction and waits for the commit. A job that fails leaves nothing behind.
    ///
    /// # Errors
    /// The job's own, or the commit failed: then nothing of the job is left.
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

    /// Reads what has been committed, beside those who write.
    ///
    /// # Errors
    /// The job's own.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.readers {
            Some(readers) => readers.call(work).await,
            None => self.call(work).await,
        }
    }

    /// Why nothing can be written at the moment, if that is so.
    pub(crate) fn trouble(&self) -> Option<Arc<WriteError>> {
        self.trouble.get()
    }

    /// Ends the threads after the jobs that wait, and waits for them.
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
