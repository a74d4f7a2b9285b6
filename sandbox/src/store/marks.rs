//! Numbers whose next submission fails, because a test has asked for it: for one account, or for whoever buys first.

use rusqlite::{Connection, params};

use super::error::StoreError;

/// Stands for every account; profiles count from 1.
const ANYBODY: i64 = 0;

/// How many numbers are marked.
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

/// Whether a submission of this account to this number fails; asking uses the mark up.
pub(crate) fn take(connection: &Connection, profile: i64, msisdn: &str) -> Result<bool, StoreError> {
    Ok(remove(connection, Some(profile), msisdn)? || remove(connection, None, msisdn)?)
}

/// Takes a mark away; whether there was one.
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
