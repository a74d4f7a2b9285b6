//! The list of the caller's orders, page by page.

use spec::OperationId;

use crate::answer::{Answer, Cause, Refusal};
use crate::api::view;
use crate::exchange::Exchange;
use crate::json::{Json, Object};
use crate::keys::Account;
use crate::progress::State;
use crate::rules::Rules;
use crate::rules::freedoms::LastCursor;
use crate::store::orders::{Direction, OrderRow};
use crate::store::{StoreError, orders};

/// The page that a query requests.
struct Page {
    /// The maximum number of orders.
    limit: usize,
    /// The number of an order; the page starts after it.
    from: i64,
    /// The state that the orders have; `None` for any.
    state: Option<String>,
}

/// Answers a `GET` of a page of the caller's orders.
///
/// # Errors
/// Returns a refusal if the query is wrong or the store can't be read.
pub(crate) async fn list_orders(
    rules: &Rules,
    exchange: &Exchange,
    account: &Account,
) -> Result<Answer, Refusal> {
    let app = &exchange.app;
    let shown = &rules.freedoms.shown;
    let mut page = page(shown.list_direction, exchange)?;
    if let Some(change) = rules.hooks.page {
        change(exchange, &mut page.limit, &mut page.from);
    }
    let limit = page.limit;
    // The position of the first order of the page, if cursors are positions.
    let skipped = if page.from == shown.list_direction.start() { 0 } else { page.from };
    let skipped = usize::try_from(skipped).ok().filter(|_| shown.list_by_position);
    if let Some(skipped) = skipped {
        page.from = shown.list_direction.start();
        page.limit += skipped;
    }
    // The semaphore is never closed, so acquiring it always succeeds.
    let _turn = app.listing.acquire().await;
    let mut found = find(shown.list_direction, exchange, account.profile, page).await?;
    found.drain(..skipped.unwrap_or_default().min(found.len()));
    let done = if shown.list_looks_ahead { found.len() <= limit } else { found.len() < limit };
    found.truncate(limit);
    let now = app.clock.now();
    let list = found.iter().map(|order| Json::from(view::order(rules, app, order, None, now)));
    let names = &app.contract.fields.page;
    let mut data = Object::new().with(&names.orders, list.collect::<Vec<_>>()).with(&names.done, done);
    let next = |last: &OrderRow| skipped.map_or(last.seq, |it| (it + found.len()).cast_signed() as i64);
    let signs = if shown.cursor_signs { crate::ids::CURSOR_SIGNS } else { "" };
    let cursor = found.last().map(|last| crate::ids::cursor(next(last)) + signs);
    match (done, shown.last_cursor) {
        (false, _) | (true, LastCursor::Given) => data.set(&names.cursor, cursor.unwrap_or_default()),
        (true, LastCursor::Empty) => data.set(&names.cursor, ""),
        (true, LastCursor::Null) => data.set(&names.cursor, Json::Null),
        (true, LastCursor::Absent) => {}
    }
    Ok(Answer::ok(&app.contract, OperationId::Orders, data))
}

/// Reads the query.
fn page(direction: Direction, exchange: &Exchange) -> Result<Page, Refusal> {
    let contract = &exchange.app.contract;
    let query = |mark| exchange.call.query(contract, mark);
    let bad = |message: String| Refusal::new(Cause::Query, message);
    let (most, default) = contract.page_limits;
    let limit = query("limit").map_or(Ok(default), str::parse::<u32>);
    let limit = limit.ok().filter(|limit| (1..=most).contains(limit));
    let limit = limit.ok_or_else(|| bad(format!("limit: not a number from 1 to {most}")))? as usize;
    let from = match query("cursor") {
        None | Some("") => Some(direction.start()),
        Some(cursor) => crate::ids::from_cursor(cursor),
    };
    let from = from.ok_or_else(|| bad("cursor: not one that a page ended with".into()))?;
    let state = query("state").map(str::to_ascii_lowercase);
    if state.as_ref().is_some_and(|state| !contract.states.knows(state)) {
        return Err(bad("state: not a state of orders".into()));
    }
    Ok(Page { limit, from, state })
}

/// Returns the orders of a page and, if there are more, the first one of the next page.
async fn find(
    direction: Direction,
    exchange: &Exchange,
    profile: i64,
    page: Page,
) -> Result<Vec<OrderRow>, StoreError> {
    let state = page.state.map(|name| State::of(&name));
    // A state may be in the contract although no order of this server is ever in it.
    let state = match state {
        Some(None) => return Ok(Vec::new()),
        state => state.flatten(),
    };
    let (clock, most) = (exchange.app.clock.clone(), page.limit + 1);
    let read = exchange.app.store.read(move |connection| {
        let now = clock.now();
        orders::page(connection, &orders::Page { profile, direction, from: page.from, state, now, most })
    });
    read.await
}
