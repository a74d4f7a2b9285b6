//! The store: SQLite, owned by one thread that takes jobs over a channel and commits those that wait together.
//!
//! One writer makes the wallet linearizable, and committing in groups makes it fast. A job's answer leaves only after
//! the commit that holds its work.

pub(crate) mod accounts;
mod error;
pub(crate) mod orders;
mod schema;
pub(crate) mod wallet;

use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

pub use error::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

/// Jobs that one transaction takes at most.
const GROUP: usize = 256;

/// What remains of a job once its work is done: to send its answer, or that the commit failed.
type Delivery = Box<dyn FnOnce(bool) + Send>;
type Job = Box<dyn FnOnce(&Connection) -> Delivery + Send>;

/// A handle to the thread that owns the database.
#[derive(Debug)]
pub(crate) struct Store {
    jobs: mpsc::Sender<Option<Job>>,
    thread: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Opens a file, or a database in memory.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, StoreError> {
        let connection = schema::open(path)?;
        let (jobs, queue) = mpsc::channel();
        let run = move || run(&connection, &queue);
        let thread =
            std::thread::Builder::new().name("store".into()).spawn(run).map_err(|_| StoreError::Closed)?;
        Ok(Self { jobs, thread: std::sync::Mutex::new(Some(thread)) })
    }

    /// Runs a job in a transaction and waits for the commit. A job that fails leaves nothing behind.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = atomically(connection, work);
            Box::new(move |committed| {
                let _ = reply.send(if committed { result } else { Err(StoreError::Closed) });
            })
        });
        self.jobs.send(Some(job)).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Ends the thread after the jobs that wait, and waits for it.
    pub(crate) async fn close(&self) {
        let _ = self.jobs.send(None);
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

fn atomically<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let run = |sql| connection.prepare_cached(sql)?.execute([]);
    run("SAVEPOINT job")?;
    let result = work(connection);
    if result.is_err() {
        run("ROLLBACK TO job")?;
    }
    run("RELEASE job")?;
    result
}

fn run(connection: &Connection, queue: &mpsc::Receiver<Option<Job>>) {
    let mut open = true;
    while open {
        let Ok(first) = queue.recv() else { break };
        let mut waiting = first;
        let mut deliveries = Vec::new();
        let begun = connection.execute_batch("BEGIN IMMEDIATE").is_ok();
        loop {
            match waiting {
                Some(job) => deliveries.push(job(connection)),
                None => open = false,
            }
            if deliveries.len() >= GROUP {
                break;
            }
            match queue.try_recv() {
                Ok(next) => waiting = next,
                Err(_) => break,
            }
        }
        let committed = begun && connection.execute_batch("COMMIT").is_ok();
        if !committed {
            let _ = connection.execute_batch("ROLLBACK");
        }
        deliveries.into_iter().for_each(|deliver| deliver(committed));
    }
}

#[cfg(test)]
mod tests;
