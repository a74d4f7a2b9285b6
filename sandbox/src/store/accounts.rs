//! Profiles and their keys.

use rusqlite::{Connection, params};
use spec::Pesewas;

use super::error::StoreError;
use crate::clock::Micros;

/// A key and the profile that it belongs to.
#[derive(Debug, Clone)]
pub(crate) struct KeyRow {
    pub(crate) key: String,
    pub(crate) profile: i64,
    pub(crate) profile_id: String,
    pub(crate) role: String,
    pub(crate) revoked: bool,
}

/// Every key, as a server that starts needs them.
pub(crate) fn all(connection: &Connection) -> Result<Vec<KeyRow>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT key, profile, profile_id, role, revoked FROM keys JOIN profiles USING (profile) ORDER BY profile",
    )?;
    let rows = query.query_map([], |row| {
        Ok(KeyRow {
            key: row.get(0)?,
            profile: row.get(1)?,
            profile_id: row.get(2)?,
            role: row.get(3)?,
            revoked: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A new profile with this balance; its number.
pub(crate) fn create(
    connection: &Connection,
    role: &str,
    balance: Pesewas,
    now: Micros,
) -> Result<(i64, String), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO profiles (profile_id, role, available, updated) VALUES ('', ?1, ?2, ?3)",
        )?
        .execute(params![role, balance.get(), now.0])?;
    let profile = connection.last_insert_rowid();
    let profile_id = crate::ids::opaque("pf7", profile);
    connection
        .prepare_cached("UPDATE profiles SET profile_id = ?2 WHERE profile = ?1")?
        .execute(params![profile, profile_id])?;
    Ok((profile, profile_id))
}

/// Adds a key to a profile.
pub(crate) fn add_key(
    connection: &Connection,
    key: &str,
    profile: i64,
    revoked: bool,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO keys (key, profile, revoked) VALUES (?1, ?2, ?3)")?
        .execute(params![key, profile, revoked])?;
    Ok(())
}

/// Revokes a key.
pub(crate) fn revoke(connection: &Connection, key: &str) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE keys SET revoked = 1 WHERE key = ?1")?.execute([key])?;
    Ok(())
}

/// How many keys there are, from which the next one's number follows.
pub(crate) fn key_count(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.prepare_cached("SELECT count(*) FROM keys")?.query_row([], |row| row.get(0))?)
}
