//! Copies a database, and replaces a database by a copy.

use std::path::Path;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;
use super::file::OwnFile;
use super::schema;

/// Copies a database at a single point in time, even while a sandbox writes to it.
pub(crate) fn snapshot(db: &Path, copy: &Path) -> Result<(), StoreError> {
    let source = open(db)?;
    // An existing file is not overwritten.
    std::fs::File::create_new(copy).map_err(|error| StoreError::Copy { path: copy.to_owned(), error })?;
    let mut target = Connection::open(copy)?;
    whole(&source, &mut target)
}

/// Replaces a database by a copy; fails if a process uses the database.
pub(crate) fn restore(copy: &Path, db: &Path) -> Result<(), StoreError> {
    let source = open(copy)?;
    let _own = OwnFile::take(db)?;
    let mut target = Connection::open(db)?;
    whole(&source, &mut target)
}

/// Copies everything in one step, so that the copy is of a single point in time.
fn whole(source: &Connection, target: &mut Connection) -> Result<(), StoreError> {
    Backup::new(source, target)?.step(-1)?;
    Ok(())
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    schema::check(&connection)?;
    Ok(connection)
}
