//! Writes the rows of orders in a loop that does nothing else, to measure what the disk and SQLite can do.

use rusqlite::{Connection, params};
use std::path::Path;

/// The microseconds that a recipient spends in each of its two states.
const PAUSE: i64 = 500_000;
/// The price of a recipient in pesewas.
const PRICE: i64 = 10;

/// A database that a sandbox has created, and the next order to write.
pub(super) struct Bare {
    connection: Connection,
    package: String,
    /// The time at which the account was created, in microseconds since 1970; orders are later.
    begun: i64,
    next: i64,
}

impl Bare {
    /// Opens a database that no sandbox uses, with the durability settings of a sandbox.
    pub(super) fn open(db: &Path, package: &str) -> rusqlite::Result<Self> {
        let connection = Connection::open(db)?;
        connection.set_prepared_statement_cache_capacity(16);
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let last: i64 =
            connection.query_row("SELECT coalesce(max(seq), 0) FROM orders", [], |row| row.get(0))?;
        let begun =
            connection.query_row("SELECT updated FROM profiles WHERE profile = 1", [], |row| row.get(0))?;
        Ok(Self { connection, begun, package: package.to_owned(), next: last + 1 })
    }

    /// Writes orders of the first account in one transaction.
    pub(super) fn group(&mut self, orders: u64, items: usize) -> rusqlite::Result<()> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..orders {
            self.order(items)?;
        }
        self.connection.execute_batch("COMMIT")
    }

    fn order(&mut self, items: usize) -> rusqlite::Result<()> {
        let (seq, count) = (self.next, i64::try_from(items).unwrap_or(i64::MAX));
        self.next += 1;
        let now = self.begun + seq;
        let (total, ended) = (count * PRICE, now + 2 * count * PAUSE);
        let prepared = |sql| self.connection.prepare_cached(sql);
        prepared("UPDATE profiles SET available = available - ?1, updated = ?2 WHERE profile = 1 AND available >= ?1")?
            .execute(params![total, now])?;
        prepared(
            "INSERT INTO orders
                 (seq, order_id, profile, reference, total, count, created, submitted, ended, outcome, failing, busy, due)
             VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0, ?8, 0)",
        )?
        .execute(params![
            seq,
            format!("kr7{seq:013}"),
            format!("{:06}", seq % 1_000_000),
            total,
            count,
            now,
            now + PAUSE,
            ended
        ])?;
        let mut recipient = prepared(
            "INSERT INTO recipients
                 (seq, position, package, msisdn, price, submitted, ended, outcome, retried, error, refund)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0, 0)",
        )?;
        for position in 0..count {
            let submitted = now + (2 * position + 1) * PAUSE;
            let number = format!("23320{position:07}");
            recipient.execute(params![
                seq,
                position,
                self.package,
                number,
                PRICE,
                submitted,
                submitted + PAUSE
            ])?;
        }
        Ok(())
    }
}
