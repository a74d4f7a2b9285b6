//! The excerpt of the store shown to a person: accounts with names, the newest others, and the newest orders.

use rusqlite::{Connection, Row, params};
use spec::Pesewas;

use super::error::StoreError;
use super::orders::{self, OrderRow, RecipientRow};
use super::wallet;
use crate::clock::Micros;

/// The maximum number of accounts with a name, and of those without.
const ACCOUNTS: i64 = 20;
/// The maximum number of orders.
const ORDERS: usize = 30;

/// A profile with its wallet.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    number: i64,
    pub(crate) profile_id: String,
    pub(crate) name: Option<String>,
    pub(crate) role: String,
    pub(crate) available: Pesewas,
    pub(crate) held: Pesewas,
    /// The first characters of a key of it that is not revoked; `None` if there is no such key.
    pub(crate) hint: Option<String>,
}

/// An order with its recipients.
#[derive(Debug, Clone)]
pub(crate) struct ShownOrder {
    /// The id of the profile that bought it.
    pub(crate) profile_id: String,
    pub(crate) order: OrderRow,
    pub(crate) recipients: Vec<RecipientRow>,
}

/// The excerpt.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) profiles: Vec<Profile>,
    /// The orders, newest first.
    pub(crate) orders: Vec<ShownOrder>,
}

/// Returns the excerpt as of now.
pub(crate) fn latest(connection: &Connection, now: Micros) -> Result<Shown, StoreError> {
    let named = profiles(connection, "name IS NOT NULL ORDER BY profile")?;
    let others = profiles(connection, "name IS NULL ORDER BY profile DESC")?;
    let mut profiles = [named, others].concat();
    for profile in &mut profiles {
        // A due refund is paid when its owner next reads the wallet, so it already counts as theirs.
        profile.available += wallet::due(connection, profile.number, now)?;
        profile.held = wallet::held(connection, profile.number, now)?;
    }
    let orders = orders::newest(connection, ORDERS)?.into_iter().map(|order| {
        let recipients = orders::recipients(connection, order.seq)?;
        let profile_id = connection
            .prepare_cached("SELECT profile_id FROM profiles WHERE profile = ?1")?
            .query_row([order.profile], |row| row.get(0))?;
        Ok(ShownOrder { profile_id, order, recipients })
    });
    Ok(Shown { profiles, orders: orders.collect::<Result<_, StoreError>>()? })
}

fn profiles(connection: &Connection, such: &str) -> Result<Vec<Profile>, StoreError> {
    let sql = format!(
        "SELECT profile, profile_id, name, role, available,
             (SELECT min(hint) FROM keys WHERE keys.profile = profiles.profile AND revoked = 0)
         FROM profiles WHERE {such} LIMIT ?1"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let rows = query.query_map(params![ACCOUNTS], profile)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn profile(row: &Row<'_>) -> rusqlite::Result<Profile> {
    Ok(Profile {
        number: row.get(0)?,
        profile_id: row.get(1)?,
        name: row.get(2)?,
        role: row.get(3)?,
        available: Pesewas::new(row.get(4)?),
        held: Pesewas::ZERO,
        hint: row.get(5)?,
    })
}
