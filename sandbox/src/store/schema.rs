//! Tables of the store.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::error::StoreError;

/// Changed whenever the tables change.
const LAYOUT: i64 = 1;

const TABLES: &str = "
CREATE TABLE profiles (
    profile INTEGER PRIMARY KEY,
    profile_id TEXT NOT NULL,
    role TEXT NOT NULL,
    available INTEGER NOT NULL,
    updated INTEGER NOT NULL
);
CREATE TABLE keys (
    key TEXT PRIMARY KEY,
    profile INTEGER NOT NULL REFERENCES profiles,
    revoked INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE orders (
    seq INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL,
    profile INTEGER NOT NULL REFERENCES profiles,
    reference TEXT NOT NULL,
    total INTEGER NOT NULL,
    count INTEGER NOT NULL,
    failing INTEGER NOT NULL,
    created INTEGER NOT NULL
);
CREATE INDEX orders_by_id ON orders (order_id);
CREATE INDEX orders_by_profile ON orders (profile, seq);
CREATE TABLE recipients (
    seq INTEGER NOT NULL REFERENCES orders,
    position INTEGER NOT NULL,
    package TEXT NOT NULL,
    msisdn TEXT NOT NULL,
    price INTEGER NOT NULL,
    fails INTEGER NOT NULL,
    refunded INTEGER NOT NULL DEFAULT 0,
    retried INTEGER,
    PRIMARY KEY (seq, position)
) WITHOUT ROWID;
CREATE INDEX recipients_failing ON recipients (seq) WHERE fails = 1;
";

pub(super) fn open(path: Option<&Path>) -> Result<Connection, StoreError> {
    let connection = match path {
        Some(path) => Connection::open(path)?,
        None => Connection::open_in_memory()?,
    };
    connection.set_prepared_statement_cache_capacity(64);
    // A plan that looks at the values bound to it is made anew whenever they change.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    if path.is_some() {
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
    } else {
        connection.pragma_update(None, "journal_mode", "MEMORY")?;
    }
    let layout: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match layout {
        0 => {
            connection.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {LAYOUT}; COMMIT;"))?;
        }
        LAYOUT => {}
        other => return Err(StoreError::Layout(other)),
    }
    Ok(connection)
}
