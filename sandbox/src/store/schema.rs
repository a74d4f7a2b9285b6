//! The tables of the store.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::error::StoreError;

/// The version of the tables, which is increased whenever they change.
const LAYOUT: i64 = 2;

/// How long to wait for another program that writes to the file.
const BUSY: Duration = Duration::from_secs(1);

/// Each index serves one query: an order by its id, a page of an account's orders, a page of those with one outcome,
/// those under way, those with a refund that is due, the keys of an account.
const TABLES: &str = "
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE profiles (
    profile INTEGER PRIMARY KEY,
    profile_id TEXT NOT NULL,
    name TEXT,
    role TEXT NOT NULL,
    opening INTEGER NOT NULL,
    available INTEGER NOT NULL,
    updated INTEGER NOT NULL
);
CREATE UNIQUE INDEX profiles_by_name ON profiles (name) WHERE name IS NOT NULL;
CREATE TABLE keys (
    hash BLOB PRIMARY KEY,
    hint TEXT NOT NULL,
    profile INTEGER NOT NULL REFERENCES profiles,
    revoked INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX keys_by_profile ON keys (profile);
CREATE TABLE marks (
    profile INTEGER NOT NULL,
    msisdn TEXT NOT NULL,
    PRIMARY KEY (profile, msisdn)
) WITHOUT ROWID;
CREATE TABLE orders (
    seq INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL,
    profile INTEGER NOT NULL REFERENCES profiles,
    reference TEXT NOT NULL,
    total INTEGER NOT NULL,
    count INTEGER NOT NULL,
    created INTEGER NOT NULL,
    submitted INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    failing INTEGER NOT NULL,
    busy INTEGER NOT NULL,
    due INTEGER NOT NULL
);
CREATE INDEX orders_by_id ON orders (order_id);
CREATE INDEX orders_by_profile ON orders (profile, seq);
CREATE INDEX orders_by_outcome ON orders (profile, outcome, seq);
CREATE INDEX orders_by_end ON orders (profile, busy);
CREATE INDEX orders_due ON orders (profile) WHERE due > 0;
CREATE TABLE recipients (
    seq INTEGER NOT NULL REFERENCES orders,
    position INTEGER NOT NULL,
    package TEXT NOT NULL,
    msisdn TEXT NOT NULL,
    price INTEGER NOT NULL,
    submitted INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    retried INTEGER NOT NULL,
    error INTEGER NOT NULL,
    refund INTEGER NOT NULL,
    PRIMARY KEY (seq, position)
) WITHOUT ROWID;
";

/// Opens a file, or a database in memory, for writing.
pub(super) fn open(path: Option<&Path>) -> Result<Connection, StoreError> {
    let connection = match path {
        Some(path) => Connection::open(path)?,
        None => Connection::open_in_memory()?,
    };
    prepare(&connection)?;
    if path.is_some() {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
    } else {
        connection.pragma_update(None, "journal_mode", "MEMORY")?;
    }
    if layout(&connection)? == 0 {
        let tables = format!("BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {LAYOUT}; COMMIT;");
        connection.execute_batch(&tables)?;
    }
    check(&connection)?;
    Ok(connection)
}

fn layout(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Refuses a database that was not written by this version.
pub(super) fn check(connection: &Connection) -> Result<(), StoreError> {
    match layout(connection)? {
        LAYOUT => Ok(()),
        other => Err(StoreError::Layout(other)),
    }
}

/// Opens an existing database for reading, in parallel with the writer.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    prepare(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(64);
    // Without the stability guarantee, a plan that depends on bound values is prepared again whenever they change.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(BUSY)?;
    Ok(())
}
