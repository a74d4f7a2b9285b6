//! The threads that read in parallel with the writer, each with its own connection.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::error::StoreError;
use super::schema;
use super::thread::spawn;

/// The number of reader threads.
const READERS: usize = 4;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// A handle to the threads, which end when it is dropped.
#[derive(Debug)]
pub(super) struct Readers(mpsc::Sender<Job>);

impl Readers {
    /// Starts the threads, each with its own connection to the file.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..READERS {
            let (connection, queue) = (schema::open_to_read(path)?, queue.clone());
            spawn("reader", move || {
                loop {
                    let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    match job {
                        Ok(job) => job(&connection),
                        Err(_) => break,
                    }
                }
            })?;
        }
        Ok(Self(jobs))
    }

    /// Runs a job on the data that is committed when the job begins.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let _ = reply.send(at_one_time(connection, work));
        });
        self.0.send(job).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

/// Runs a job in one transaction, so that everything it reads is from the same moment.
fn at_one_time<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.execute_batch("BEGIN")?;
    let result = work(connection);
    connection.execute_batch("COMMIT")?;
    result
}
