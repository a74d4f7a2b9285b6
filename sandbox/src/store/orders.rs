//! Orders and their recipients.

use rusqlite::{Connection, OptionalExtension, Row, params};
use spec::Pesewas;

use super::error::StoreError;
use crate::clock::Micros;
use crate::progress::{Fate, Outcome, State, Timeline, of_order};

/// One recipient of an order to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) package: String,
    /// The recipient's number in international form.
    pub(crate) msisdn: String,
    /// The number as orders show it, which is the form that is stored.
    pub(crate) shown: String,
    pub(crate) price: Pesewas,
    /// How and when the submission ends.
    pub(crate) fate: Fate,
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
    /// The time between two state changes of a recipient.
    pub(crate) pause: Micros,
    /// Whether failed recipients are refunded; reversed ones always are.
    pub(crate) refund_failed: bool,
}

/// An order as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderRow {
    pub(crate) seq: i64,
    pub(crate) order_id: String,
    pub(crate) profile: i64,
    pub(crate) reference: String,
    pub(crate) total: Pesewas,
    pub(crate) count: i64,
    pub(crate) created: Micros,
    /// The number of recipients that fail or have failed.
    pub(crate) failing: i64,
    pub(crate) timeline: Timeline,
}

/// A recipient as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecipientRow {
    pub(crate) position: i64,
    pub(crate) package: String,
    pub(crate) msisdn: String,
    pub(crate) price: Pesewas,
    pub(crate) timeline: Timeline,
    /// How a retry of it ends.
    pub(crate) retried: Outcome,
    /// The number of the error that is shown if it fails.
    pub(crate) error: i64,
    /// Whether its price was refunded.
    pub(crate) refunded: bool,
}

impl OrderRow {
    pub(crate) fn state(&self, now: Micros) -> State {
        self.timeline.state(now)
    }
}

/// Returns the number of the next order.
pub(crate) fn next_seq(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(seq), 0) + 1 FROM orders")?
        .query_row([], |row| row.get(0))?)
}

/// Writes an order and its recipients.
pub(crate) fn insert(connection: &Connection, seq: i64, order: &NewOrder<'_>) -> Result<(), StoreError> {
    let moments = |position, line: &Line| line.fate.moments(order.created, position, order.pause);
    let refunds = |line: &Line| match line.fate.outcome {
        Outcome::Completed => false,
        Outcome::Failed => order.refund_failed,
        Outcome::Reversed => true,
    };
    let outcomes = order.lines.iter().map(|line| line.fate.outcome);
    let all = order.lines.iter().enumerate().map(|(position, line)| moments(position, line));
    let ended = all.clone().map(|(_, ended)| ended).fold(order.created, Ord::max);
    let submitted = all.map(|(submitted, _)| submitted).fold(ended, Ord::min);
    connection
        .prepare_cached(
            "INSERT INTO orders
                 (seq, order_id, profile, reference, total, count, created, submitted, ended, outcome, failing, busy, due)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?9, ?12)",
        )?
        .execute(params![
            seq,
            order.order_id,
            order.profile,
            order.reference,
            order.total.get(),
            order.lines.len() as i64,
            order.created.0,
            submitted.0,
            ended.0,
            of_order(outcomes.clone()) as i64,
            outcomes.filter(|it| *it == Outcome::Failed).count() as i64,
            order.lines.iter().filter(|line| refunds(line)).count() as i64
        ])?;
    let mut recipient = connection.prepare_cached(
        "INSERT INTO recipients
             (seq, position, package, msisdn, price, submitted, ended, outcome, retried, error, refund)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for (position, line) in order.lines.iter().enumerate() {
        let (submitted, ended) = moments(position, line);
        recipient.execute(params![
            seq,
            position as i64,
            line.package,
            line.shown,
            line.price.get(),
            submitted.0,
            ended.0,
            line.fate.outcome as i64,
            line.fate.retried as i64,
            line.fate.error as i64,
            refunds(line)
        ])?;
    }
    Ok(())
}

const ORDER: &str =
    "SELECT seq, order_id, profile, reference, total, count, created, failing, submitted, ended, outcome
    FROM orders";

fn timeline(row: &Row<'_>, at: usize) -> rusqlite::Result<Timeline> {
    Ok(Timeline {
        submitted: Micros(row.get(at)?),
        ended: Micros(row.get(at + 1)?),
        outcome: Outcome::of(row.get(at + 2)?),
    })
}

fn order_row(row: &Row<'_>) -> rusqlite::Result<OrderRow> {
    Ok(OrderRow {
        seq: row.get(0)?,
        order_id: row.get(1)?,
        profile: row.get(2)?,
        reference: row.get(3)?,
        total: Pesewas::new(row.get(4)?),
        count: row.get(5)?,
        created: Micros(row.get(6)?),
        failing: row.get(7)?,
        timeline: timeline(row, 8)?,
    })
}

/// Returns the order with an id, whichever profile owns it.
pub(crate) fn find(connection: &Connection, order_id: &str) -> Result<Option<OrderRow>, StoreError> {
    let sql = format!("{ORDER} WHERE order_id = ?1 ORDER BY seq LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.query_row([order_id], order_row).optional()?)
}

/// Returns the newest orders of all profiles.
pub(crate) fn newest(connection: &Connection, most: usize) -> Result<Vec<OrderRow>, StoreError> {
    let mut query = connection.prepare_cached(&format!("{ORDER} ORDER BY seq DESC LIMIT ?1"))?;
    let rows = query.query_map([most as i64], order_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Returns the recipients of an order, by position.
pub(crate) fn recipients(connection: &Connection, seq: i64) -> Result<Vec<RecipientRow>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT position, package, msisdn, price, submitted, ended, outcome, retried, error, refund = 2 FROM recipients
         WHERE seq = ?1 ORDER BY position",
    )?;
    let rows = query.query_map([seq], |row| {
        Ok(RecipientRow {
            position: row.get(0)?,
            package: row.get(1)?,
            msisdn: row.get(2)?,
            price: Pesewas::new(row.get(3)?),
            timeline: timeline(row, 4)?,
            retried: Outcome::of(row.get(7)?),
            error: row.get(8)?,
            refunded: row.get(9)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The direction of an order list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The newest order comes first.
    NewestFirst,
    /// The oldest order comes first.
    OldestFirst,
}

impl Direction {
    /// Returns the number at which a list starts that starts at its end: beyond every order.
    pub(crate) const fn start(self) -> i64 {
        match self {
            Self::NewestFirst => i64::MAX,
            Self::OldestFirst => 0,
        }
    }
}

/// The selection of a profile's orders for one page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) profile: i64,
    pub(crate) direction: Direction,
    /// The number of an order; the page starts after it.
    pub(crate) from: i64,
    /// The state that the orders have at `now`; `None` for any.
    pub(crate) state: Option<State>,
    pub(crate) now: Micros,
    /// The maximum number of orders.
    pub(crate) most: usize,
}

/// Returns a page of a profile's orders; every kind of page is found by an index.
pub(crate) fn page(connection: &Connection, page: &Page) -> Result<Vec<OrderRow>, StoreError> {
    let past = match page.direction {
        Direction::NewestFirst => "seq < ?2 ORDER BY seq DESC",
        Direction::OldestFirst => "seq > ?2 ORDER BY seq",
    };
    // Few orders are still under way, but they may all be old; of the orders with an outcome, only few have not ended
    // yet.
    let (index, such) = match page.state {
        None => ("orders_by_profile", "?3 = ?3"),
        Some(State::Pending) => ("orders_by_end", "busy > ?3 AND ended > ?3 AND submitted > ?3"),
        Some(State::Processing) => ("orders_by_end", "busy > ?3 AND ended > ?3 AND submitted <= ?3"),
        Some(State::Completed) => ("orders_by_outcome", "outcome = 0 AND ended <= ?3"),
        Some(State::Failed) => ("orders_by_outcome", "outcome = 1 AND ended <= ?3"),
        Some(State::Reversed) => ("orders_by_outcome", "outcome = 2 AND ended <= ?3"),
    };
    let sql = format!("{ORDER} INDEXED BY {index} WHERE profile = ?1 AND {such} AND {past} LIMIT ?4");
    let mut query = connection.prepare_cached(&sql)?;
    let rows = query.query_map(params![page.profile, page.from, page.now.0, page.most as i64], order_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Submits a recipient again, and sets an order that has failed under way again.
pub(crate) fn resubmit(
    connection: &Connection,
    seq: i64,
    position: i64,
    pause: Micros,
    now: Micros,
) -> Result<(), StoreError> {
    let before: Option<OrderRow> = {
        let sql = format!("{ORDER} WHERE seq = ?1");
        connection.prepare_cached(&sql)?.query_row([seq], order_row).optional()?
    };
    connection
        .prepare_cached(
            "UPDATE recipients SET submitted = ?3, ended = ?4, outcome = retried,
                 refund = CASE WHEN retried = 0 THEN 0 ELSE min(refund, 1) END
             WHERE seq = ?1 AND position = ?2",
        )?
        .execute(params![seq, position, now.after(pause, 1).0, now.after(pause, 2).0])?;
    let recipients = recipients(connection, seq)?;
    let outcomes = recipients.iter().map(|it| it.timeline.outcome);
    let failing = outcomes.clone().filter(|it| *it == Outcome::Failed).count() as i64;
    let busy = recipients.iter().map(|it| it.timeline.ended).max().unwrap_or(now);
    // A completed order stays completed; an order without any delivery is under way again.
    let ended =
        before.map_or(busy, |it| if it.state(now) == State::Completed { it.timeline.ended } else { busy });
    connection
        .prepare_cached(
            "UPDATE orders SET outcome = ?2, failing = ?3, busy = ?4, ended = ?5,
                 due = (SELECT count(*) FROM recipients WHERE seq = ?1 AND refund = 1)
             WHERE seq = ?1",
        )?
        .execute(params![seq, of_order(outcomes) as i64, failing, busy.0, ended.0])?;
    Ok(())
}
