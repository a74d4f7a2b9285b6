//! Wallets: reading, debiting, refunding.

use rusqlite::{Connection, OptionalExtension, params};
use spec::Pesewas;

use super::error::StoreError;
use crate::clock::Micros;

/// A wallet as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wallet {
    /// Spendable.
    pub(crate) available: Pesewas,
    /// Held for recipients under way.
    pub(crate) held: Pesewas,
    pub(crate) updated: Micros,
}

/// The spendable balance before and after a debit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Debited {
    pub(crate) before: Pesewas,
    pub(crate) after: Pesewas,
}

/// Takes an amount out of a wallet, if it is there.
pub(crate) fn debit(
    connection: &Connection,
    profile: i64,
    amount: Pesewas,
    now: Micros,
) -> Result<Debited, StoreError> {
    let after: Option<i64> = connection
        .prepare_cached(
            "UPDATE profiles SET available = available - ?2, updated = ?3
             WHERE profile = ?1 AND available >= ?2 RETURNING available",
        )?
        .query_row(params![profile, amount.get(), now.0], |row| row.get(0))
        .optional()?;
    let after = Pesewas::new(after.ok_or(StoreError::Insufficient)?);
    Ok(Debited { before: after + amount, after })
}

/// Changes a wallet by an amount, whatever is in it.
pub(crate) fn add(
    connection: &Connection,
    profile: i64,
    amount: Pesewas,
    now: Micros,
) -> Result<Debited, StoreError> {
    let after: i64 = connection
        .prepare_cached("UPDATE profiles SET available = available + ?2, updated = ?3 WHERE profile = ?1 RETURNING available")?
        .query_row(params![profile, amount.get(), now.0], |row| row.get(0))?;
    let after = Pesewas::new(after);
    Ok(Debited { before: after - amount, after })
}

/// The wallet without what is held.
pub(crate) fn read(connection: &Connection, profile: i64) -> Result<Wallet, StoreError> {
    let wallet = connection
        .prepare_cached("SELECT available, updated FROM profiles WHERE profile = ?1")?
        .query_row([profile], |row| {
            Ok(Wallet {
                available: Pesewas::new(row.get(0)?),
                held: Pesewas::ZERO,
                updated: Micros(row.get(1)?),
            })
        })?;
    Ok(wallet)
}

/// What recipients under way hold.
pub(crate) fn held(connection: &Connection, profile: i64, now: Micros) -> Result<Pesewas, StoreError> {
    let sum: i64 = connection
        .prepare_cached(
            "SELECT coalesce(sum(price), 0) FROM orders AS o JOIN recipients AS r USING (seq)
             WHERE o.profile = ?1 AND o.busy > ?2 AND r.ended > ?2 AND r.refund <> 2",
        )?
        .query_row(params![profile, now.0], |row| row.get(0))?;
    Ok(Pesewas::new(sum))
}

/// Recipients whose price goes back by now: order, position, price.
const DUE: &str = "SELECT seq, r.position, r.price FROM orders AS o JOIN recipients AS r USING (seq)
    WHERE o.profile = ?1 AND o.due > 0 AND r.refund = 1 AND r.ended <= ?2";

/// What is to be paid back by now.
pub(crate) fn due(connection: &Connection, profile: i64, now: Micros) -> Result<Pesewas, StoreError> {
    let sum: i64 = connection
        .prepare_cached(&format!("SELECT coalesce(sum(price), 0) FROM ({DUE})"))?
        .query_row(params![profile, now.0], |row| row.get(0))?;
    Ok(Pesewas::new(sum))
}

/// Whether something is to be paid back by now.
pub(crate) fn is_due(connection: &Connection, profile: i64, now: Micros) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(DUE)?.exists(params![profile, now.0])?)
}

/// Pays back recipients that have failed or were reversed by now, where that is paid back.
pub(crate) fn refund(connection: &Connection, profile: i64, now: Micros) -> Result<(), StoreError> {
    let mut query = connection.prepare_cached(DUE)?;
    let rows = query.query_map(params![profile, now.0], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
    })?;
    for (seq, position, price) in rows.collect::<Result<Vec<_>, _>>()? {
        connection
            .prepare_cached("UPDATE recipients SET refund = 2 WHERE seq = ?1 AND position = ?2")?
            .execute(params![seq, position])?;
        connection.prepare_cached("UPDATE orders SET due = due - 1 WHERE seq = ?1")?.execute([seq])?;
        add(connection, profile, Pesewas::new(price), now)?;
    }
    Ok(())
}
