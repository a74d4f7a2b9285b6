//! Reads, debits and refunds wallets.

use rusqlite::{Connection, OptionalExtension, params};
use spec::Pesewas;

use super::error::StoreError;
use crate::clock::Micros;

/// A wallet as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wallet {
    /// The available balance.
    pub(crate) available: Pesewas,
    /// The balance held for recipients under way.
    pub(crate) held: Pesewas,
    pub(crate) updated: Micros,
}

/// The available balance before and after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Debited {
    pub(crate) before: Pesewas,
    pub(crate) after: Pesewas,
}

/// Debits an amount from a wallet; fails if the balance is too low.
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

/// Adds an amount to a wallet without checking the balance; the amount may be negative.
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

/// Reads a wallet; the held balance is left at zero.
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

/// Returns the amount held for recipients under way.
pub(crate) fn held(connection: &Connection, profile: i64, now: Micros) -> Result<Pesewas, StoreError> {
    let sum: i64 = connection
        .prepare_cached(
            "SELECT coalesce(sum(price), 0) FROM orders AS o JOIN recipients AS r USING (seq)
             WHERE o.profile = ?1 AND o.busy > ?2 AND r.ended > ?2 AND r.refund <> 2",
        )?
        .query_row(params![profile, now.0], |row| row.get(0))?;
    Ok(Pesewas::new(sum))
}

/// The recipients whose refund is due by now: order, position, price.
const DUE: &str = "SELECT seq, r.position, r.price FROM orders AS o JOIN recipients AS r USING (seq)
    WHERE o.profile = ?1 AND o.due > 0 AND r.refund = 1 AND r.ended <= ?2";

/// Returns the sum of the refunds that are due by now.
pub(crate) fn due(connection: &Connection, profile: i64, now: Micros) -> Result<Pesewas, StoreError> {
    let sum: i64 = connection
        .prepare_cached(&format!("SELECT coalesce(sum(price), 0) FROM ({DUE})"))?
        .query_row(params![profile, now.0], |row| row.get(0))?;
    Ok(Pesewas::new(sum))
}

/// Returns true if a refund is due by now.
pub(crate) fn is_due(connection: &Connection, profile: i64, now: Micros) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(DUE)?.exists(params![profile, now.0])?)
}

/// Pays the refunds that are due by now: of recipients that have failed or were reversed, if these are refunded.
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
