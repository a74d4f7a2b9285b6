//! Copies of a database, and putting one in its place.

use std::path::Path;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;
use super::file::OwnFile;
use super::schema;

/// Copies a database as it is at one moment, also while a sandbox writes to it.
pub(crate) fn snapshot(db: &Path, copy: &Path) -> Result<(), StoreError> {
    let source = open(db)?;
    // A file that is there is not overwritten.
    std::fs::File::create_new(copy).map_err(|error| StoreError::Copy { path: copy.to_owned(), error })?;
    let mut target = Connection::open(copy)?;
    whole(&source, &mut target)
}

/// Puts a copy in the place of a database that nobody uses.
pub(crate) fn restore(copy: &Path, db: &Path) -> Result<(), StoreError> {
    let source = open(copy)?;
    let _own = OwnFile::take(db)?;
    let mut target = Connection::open(db)?;
    whole(&source, &mut target)
}

/// All of it in one step, so that it is of one moment.
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
