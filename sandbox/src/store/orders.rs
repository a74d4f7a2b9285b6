//! Orders and their recipients.

use rusqlite::{Connection, OptionalExtension, Row, params};
use spec::Pesewas;

use super::error::StoreError;
use crate::clock::Micros;
use crate::progress::{State, Timeline, of_order};

/// One recipient to be bought for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) package: String,
    /// The recipient's number in international form.
    pub(crate) msisdn: String,
    /// The number as orders show it, which is what the store keeps.
    pub(crate) shown: String,
    pub(crate) price: Pesewas,
    pub(crate) fails: bool,
}

/// An order to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewOrder<'a> {
    pub(crate) order_id: &'a str,
    pub(crate) reference: &'a str,
    pub(crate) profile: i64,
    pub(crate) total: Pesewas,
    pub(crate) lines: &'a [Line],
    pub(crate) created: Micros,
}

/// An order as it stands in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderRow {
    pub(crate) seq: i64,
    pub(crate) order_id: String,
    pub(crate) profile: i64,
    pub(crate) reference: String,
    pub(crate) total: Pesewas,
    pub(crate) count: i64,
    pub(crate) failing: i64,
    pub(crate) created: Micros,
}

/// A recipient as it stands in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecipientRow {
    pub(crate) position: i64,
    pub(crate) package: String,
    pub(crate) msisdn: String,
    pub(crate) price: Pesewas,
    pub(crate) fails: bool,
    pub(crate) refunded: bool,
    pub(crate) retried: Option<Micros>,
}

impl OrderRow {
    pub(crate) fn state(&self, pause: Micros, now: Micros) -> State {
        of_order(self.created, self.count, self.failing == self.count && self.count > 0, pause, now)
    }

    pub(crate) fn timeline(&self, recipient: &RecipientRow, pause: Micros) -> Timeline {
        Timeline {
            created: self.created,
            retried: recipient.retried,
            position: recipient.position,
            fails: recipient.fails,
            pause,
        }
    }
}

/// The number that the next order gets.
pub(crate) fn next_seq(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(seq), 0) + 1 FROM orders")?
        .query_row([], |row| row.get(0))?)
}

/// Writes an order and its recipients.
pub(crate) fn insert(connection: &Connection, seq: i64, order: &NewOrder<'_>) -> Result<(), StoreError> {
    let failing = order.lines.iter().filter(|line| line.fails).count();
    connection
        .prepare_cached(
            "INSERT INTO orders (seq, order_id, profile, reference, total, count, failing, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            seq,
            order.order_id,
            order.profile,
            order.reference,
            order.total.get(),
            order.lines.len() as i64,
            failing as i64,
            order.created.0
        ])?;
    let mut recipient = connection.prepare_cached(
        "INSERT INTO recipients (seq, position, package, msisdn, price, fails) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (position, line) in order.lines.iter().enumerate() {
        recipient.execute(params![
            seq,
            position as i64,
            line.package,
            line.shown,
            line.price.get(),
            line.fails
        ])?;
    }
    Ok(())
}

const ORDER: &str = "SELECT seq, order_id, profile, reference, total, count, failing, created FROM orders";

fn order_row(row: &Row<'_>) -> rusqlite::Result<OrderRow> {
    Ok(OrderRow {
        seq: row.get(0)?,
        order_id: row.get(1)?,
        profile: row.get(2)?,
        reference: row.get(3)?,
        total: Pesewas::new(row.get(4)?),
        count: row.get(5)?,
        failing: row.get(6)?,
        created: Micros(row.get(7)?),
    })
}

/// The order with an id, whosever it is.
pub(crate) fn find(connection: &Connection, order_id: &str) -> Result<Option<OrderRow>, StoreError> {
    let sql = format!("{ORDER} WHERE order_id = ?1 ORDER BY seq LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.query_row([order_id], order_row).optional()?)
}

/// The recipients of an order, in their order.
pub(crate) fn recipients(connection: &Connection, seq: i64) -> Result<Vec<RecipientRow>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT position, package, msisdn, price, fails, refunded, retried FROM recipients
         WHERE seq = ?1 ORDER BY position",
    )?;
    let rows = query.query_map([seq], |row| {
        Ok(RecipientRow {
            position: row.get(0)?,
            package: row.get(1)?,
            msisdn: row.get(2)?,
            price: Pesewas::new(row.get(3)?),
            fails: row.get(4)?,
            refunded: row.get(5)?,
            retried: row.get::<_, Option<i64>>(6)?.map(Micros),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Which way a list of orders runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The newest order comes first.
    NewestFirst,
    /// The oldest order comes first.
    OldestFirst,
}

impl Direction {
    /// Where a list starts that starts at its end: beyond every order's number.
    pub(crate) const fn start(self) -> i64 {
        match self {
            Self::NewestFirst => i64::MAX,
            Self::OldestFirst => 0,
        }
    }
}

/// A profile's orders past the one with the number `from`, as long as `take` says so.
pub(crate) fn walk(
    connection: &Connection,
    profile: i64,
    direction: Direction,
    from: i64,
    mut take: impl FnMut(OrderRow) -> bool,
) -> Result<(), StoreError> {
    let past = match direction {
        Direction::NewestFirst => "seq < ?2 ORDER BY seq DESC",
        Direction::OldestFirst => "seq > ?2 ORDER BY seq",
    };
    let sql = format!("{ORDER} WHERE profile = ?1 AND {past}");
    let mut query = connection.prepare_cached(&sql)?;
    for row in query.query_map(params![profile, from], order_row)? {
        if !take(row?) {
            break;
        }
    }
    Ok(())
}

/// Submits a recipient again; this time it will succeed.
pub(crate) fn resubmit(
    connection: &Connection,
    seq: i64,
    position: i64,
    now: Micros,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE recipients SET fails = 0, refunded = 0, retried = ?3 WHERE seq = ?1 AND position = ?2",
        )?
        .execute(params![seq, position, now.0])?;
    Ok(())
}
