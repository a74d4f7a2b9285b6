//! Numbers that a test has marked so that their next submission fails, for one account or for any account.

use rusqlite::{Connection, params};

use super::error::StoreError;

/// The profile number that stands for every account; profiles count from 1.
const ANYBODY: i64 = 0;

/// Returns how many numbers are marked.
pub(crate) fn count(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.prepare_cached("SELECT count(*) FROM marks")?.query_row([], |row| row.get(0))?)
}

/// Marks a number.
pub(crate) fn add(connection: &Connection, profile: Option<i64>, msisdn: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO marks (profile, msisdn) VALUES (?1, ?2)")?
        .execute(params![profile.unwrap_or(ANYBODY), msisdn])?;
    Ok(())
}

/// Returns true if a submission of this account to this number fails, and removes the mark.
pub(crate) fn take(connection: &Connection, profile: i64, msisdn: &str) -> Result<bool, StoreError> {
    Ok(remove(connection, Some(profile), msisdn)? || remove(connection, None, msisdn)?)
}

/// Removes a mark; returns true if there was one.
pub(crate) fn remove(
    connection: &Connection,
    profile: Option<i64>,
    msisdn: &str,
) -> Result<bool, StoreError> {
    let removed = connection
        .prepare_cached("DELETE FROM marks WHERE profile = ?1 AND msisdn = ?2")?
        .execute(params![profile.unwrap_or(ANYBODY), msisdn])?;
    Ok(removed > 0)
}
