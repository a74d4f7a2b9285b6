//! Profiles and their keys. Of each key the store has only a digest and its first characters, so the file can't be used
//! to authenticate.

use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};
use spec::Pesewas;

use super::error::StoreError;
use crate::clock::Micros;

/// The maximum number of characters of a key that are stored, so that a person can tell keys apart.
const HINT: usize = 20;

/// The digest of a key.
pub(crate) type KeyHash = [u8; 32];

/// Returns the digest of a key.
pub(crate) fn hash(key: &str) -> KeyHash {
    Sha256::digest(key.as_bytes()).into()
}

/// Returns the first characters of a key, at most half of it.
pub(crate) fn hint(key: &str) -> String {
    key.chars().take(HINT.min(key.chars().count() / 2)).collect()
}

/// A key and the profile that it belongs to.
#[derive(Clone)]
pub(crate) struct KeyRow {
    pub(crate) hash: KeyHash,
    pub(crate) profile: i64,
    pub(crate) profile_id: String,
    pub(crate) role: String,
    pub(crate) revoked: bool,
}

/// A profile with a name, its available balance and the first characters of its key.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) profile_id: String,
    pub(crate) available: Pesewas,
    pub(crate) hint: String,
    pub(crate) revoked: bool,
}

/// Returns every key, as needed when a server starts.
pub(crate) fn all(connection: &Connection) -> Result<Vec<KeyRow>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT hash, profile, profile_id, role, revoked FROM keys JOIN profiles USING (profile) ORDER BY profile",
    )?;
    let rows = query.query_map([], |row| {
        Ok(KeyRow {
            hash: row.get(0)?,
            profile: row.get(1)?,
            profile_id: row.get(2)?,
            role: row.get(3)?,
            revoked: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Returns every profile that has a name.
pub(crate) fn named(connection: &Connection) -> Result<Vec<Named>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT name, profile_id, available, coalesce(min(hint), ''), coalesce(min(revoked), 1)
         FROM profiles LEFT JOIN keys USING (profile) WHERE name IS NOT NULL GROUP BY profile ORDER BY profile",
    )?;
    let rows = query.query_map([], |row| {
        Ok(Named {
            name: row.get(0)?,
            profile_id: row.get(1)?,
            available: Pesewas::new(row.get(2)?),
            hint: row.get(3)?,
            revoked: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A profile to be created.
#[derive(Debug, Clone)]
pub(crate) struct NewProfile {
    pub(crate) name: Option<String>,
    pub(crate) role: String,
    pub(crate) balance: Pesewas,
}

/// Creates a profile and returns its number and its id.
pub(crate) fn create(
    connection: &Connection,
    profile: &NewProfile,
    now: Micros,
) -> Result<(i64, String), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO profiles (profile_id, name, role, opening, available, updated) VALUES ('', ?1, ?2, ?3, ?3, ?4)",
        )?
        .execute(params![profile.name, profile.role, profile.balance.get(), now.0])?;
    let number = connection.last_insert_rowid();
    let profile_id = crate::ids::opaque("pf7", number);
    connection
        .prepare_cached("UPDATE profiles SET profile_id = ?2 WHERE profile = ?1")?
        .execute(params![number, profile_id])?;
    Ok((number, profile_id))
}

/// Adds a key to a profile.
pub(crate) fn add_key(
    connection: &Connection,
    key: &str,
    profile: i64,
    revoked: bool,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO keys (hash, hint, profile, revoked) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![hash(key), hint(key), profile, revoked])?;
    Ok(())
}

/// Revokes a key.
pub(crate) fn revoke(connection: &Connection, hash: &KeyHash) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE keys SET revoked = 1 WHERE hash = ?1")?.execute([hash])?;
    Ok(())
}

/// Returns the number of keys, from which the next key's number follows.
pub(crate) fn key_count(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.prepare_cached("SELECT count(*) FROM keys")?.query_row([], |row| row.get(0))?)
}

/// Deletes every order and mark, and sets each wallet back to its opening balance.
pub(crate) fn reset(connection: &Connection, now: Micros) -> Result<(), StoreError> {
    for table in ["recipients", "orders", "marks"] {
        connection.execute(&format!("DELETE FROM {table}"), [])?;
    }
    connection.execute("UPDATE profiles SET available = opening, updated = ?1", [now.0])?;
    Ok(())
}
