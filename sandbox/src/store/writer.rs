//! The only thread that writes: it takes jobs in groups and runs each group in one transaction.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};

use super::error::StoreError;
use super::file::OwnFile;
use super::trouble::{Trouble, WriteError};
use crate::clock::{Clock, Micros};

/// The maximum number of jobs in one transaction.
const GROUP: usize = 256;
/// The interval at which the time is stored at least, as long as clients look at the clock.
const TICK: Duration = Duration::from_secs(1);

/// The last part of a job: sending its result, given whether its work was committed.
pub(super) type Delivery = Box<dyn FnOnce(Result<(), Arc<WriteError>>) + Send>;
/// Does its work on the connection; without a connection the work is skipped and only the result is sent.
pub(super) type Job = Box<dyn FnOnce(Option<&Connection>) -> Delivery + Send>;

/// The state that the thread owns.
pub(super) struct Writer {
    connection: Connection,
    file: Option<OwnFile>,
    clock: Clock,
    trouble: Arc<Trouble>,
    kept: Micros,
}

/// Returns the time that was last stored.
pub(super) fn kept(connection: &Connection) -> Result<Option<Micros>, StoreError> {
    let mut query = connection.prepare_cached("SELECT value FROM meta WHERE name = 'clock'")?;
    Ok(query.query_row([], |row| Ok(Micros(row.get(0)?))).optional()?)
}

/// Stores the time, so that no later clock starts before it.
pub(super) fn keep(connection: &Connection, now: Micros) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES ('clock', ?1)")?
        .execute([now.0])?;
    Ok(())
}

/// Runs a job in a savepoint, so that it leaves no changes if it fails.
pub(super) fn atomically<T>(
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

impl Writer {
    pub(super) fn new(
        connection: Connection,
        file: Option<OwnFile>,
        clock: Clock,
        trouble: Arc<Trouble>,
    ) -> Self {
        Self { connection, file, clock, trouble, kept: Micros(0) }
    }

    /// Takes jobs until it is told to end or every sender is gone.
    pub(super) fn run(mut self, queue: &Receiver<Option<Job>>) {
        loop {
            match queue.recv_timeout(TICK) {
                Ok(Some(job)) => {
                    if !self.group(job, queue) {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.tick(),
                Ok(None) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.tick();
    }

    /// Runs a job and those waiting behind it; returns false if the thread is to end.
    fn group(&mut self, first: Job, queue: &Receiver<Option<Job>>) -> bool {
        let mut begun = self.begin();
        let (mut waiting, mut deliveries, mut open) = (Some(first), Vec::new(), true);
        while let Some(job) = waiting.take() {
            deliveries.push(job(begun.is_ok().then_some(&self.connection)));
            // Some errors end the transaction. There is nothing left to commit then, and no job may run outside a
            // transaction.
            if begun.is_ok() && self.connection.is_autocommit() {
                begun = Err(WriteError::Ended);
            }
            if deliveries.len() < GROUP {
                match queue.try_recv() {
                    Ok(Some(next)) => waiting = Some(next),
                    Ok(None) => open = false,
                    Err(_) => {}
                }
            }
        }
        let written = begun.and_then(|()| self.commit());
        if written.is_err() && !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        let why = written.err().map(Arc::new);
        self.trouble.set(why.clone());
        deliveries.into_iter().for_each(|deliver| deliver(why.clone().map_or(Ok(()), Err)));
        open
    }

    fn begin(&self) -> Result<(), WriteError> {
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        Ok(self.connection.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn commit(&mut self) -> Result<(), WriteError> {
        if let Some(file) = &self.file {
            if !file.is_there() {
                return Err(WriteError::Gone);
            }
            let now = self.clock.now();
            if now.0.saturating_sub(self.kept.0) >= Micros::of(TICK).0 {
                keep(&self.connection, now)?;
                self.kept = now;
            }
        }
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    /// Stores the time if it has been looked at; this also shows whether the file can be written again.
    fn tick(&mut self) {
        if self.file.is_none() || !self.clock.take_observed() && self.trouble.get().is_none() {
            return;
        }
        let written = self.begin().and_then(|()| {
            self.kept = Micros(0);
            self.commit()
        });
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        // Storing the time reads the clock, which does not count as a client looking at it.
        self.clock.take_observed();
        self.trouble.set(written.err().map(Arc::new));
    }
}
