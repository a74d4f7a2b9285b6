//! Orders as the caller reads them, and the retry of one recipient.

use std::sync::Arc;

use spec::OperationId;

use crate::answer::{Answer, Cause, Refusal};
use crate::app::{Account, App};
use crate::call::Exchange;
use crate::clock::Micros;
use crate::json::{Json, Object};
use crate::progress::State;
use crate::store::orders::{OrderRow, RecipientRow};
use crate::store::{StoreError, orders, wallet};

/// `GET` an order or its status.
pub(crate) async fn read_order(exchange: &Exchange, account: &Account) -> Result<Answer, Refusal> {
    let app = exchange.app.clone();
    let order_id = exchange.call.param(0).to_owned();
    let found = app
        .store
        .call(move |connection| match orders::find(connection, &order_id)? {
            Some(order) => Ok(Some((orders::recipients(connection, order.seq)?, order))),
            None => Ok(None),
        })
        .await
        .map_err(internal)?;
    match found {
        Some((recipients, order)) if (app.rules.may_see)(exchange, account, order.profile) => {
            let data = view(&app, &order, Some(&recipients), app.clock.now());
            Ok(Answer::ok(&app.contract, exchange.call.operation, data))
        }
        _ => Err(Refusal::order_not_found()),
    }
}

/// `GET` a page of the caller's orders.
pub(crate) async fn list_orders(exchange: &Exchange, account: &Account) -> Result<Answer, Refusal> {
    let app = exchange.app.clone();
    let names = &app.contract.fields.page;
    let query = |mark| exchange.call.query(&app.contract, mark);
    let bad = |message: String| Refusal::new(Cause::Query, message);
    let (most, default) = app.contract.page_limits;
    let limit = query("limit").map_or(Ok(default), str::parse::<u32>);
    let limit = limit.ok().filter(|limit| (1..=most).contains(limit));
    let mut limit = limit.ok_or_else(|| bad(format!("limit: not a number from 1 to {most}")))? as usize;
    let before = match query("cursor") {
        None | Some("") => Some(i64::MAX),
        Some(cursor) => crate::ids::from_cursor(cursor),
    };
    let mut before = before.ok_or_else(|| bad("cursor: not one that a page ended with".into()))?;
    let state = query("state").map(str::to_ascii_lowercase);
    if state.as_ref().is_some_and(|state| !app.contract.states.knows(state)) {
        return Err(bad("state: not a state of orders".into()));
    }
    if let Some(change) = app.rules.page {
        change(exchange, &mut limit, &mut before);
    }
    let (profile, shared) = (account.profile, app.clone());
    let mut found = app
        .store
        .call(move |connection| {
            let (now, mut found) = (shared.clock.now(), Vec::new());
            orders::newest_first(connection, profile, before, |order| {
                if state.as_ref().is_none_or(|wanted| order.state(shared.pause, now).name() == wanted) {
                    found.push(order);
                }
                found.len() <= limit
            })?;
            Ok(found)
        })
        .await
        .map_err(internal)?;
    let done = found.len() <= limit;
    found.truncate(limit);
    let cursor = found.last().filter(|_| !done).map(|last| crate::ids::cursor(last.seq));
    let now = app.clock.now();
    let list = found.iter().map(|order| Json::from(view(&app, order, None, now))).collect::<Vec<_>>();
    let data = Object::new()
        .with(&names.orders, list)
        .with(&names.done, done)
        .with(&names.cursor, cursor.unwrap_or_default());
    Ok(Answer::ok(&app.contract, OperationId::Orders, data))
}

/// `POST` the retry of a failed recipient.
pub(crate) async fn retry(exchange: &Exchange, account: &Account) -> Result<Answer, Refusal> {
    let app = exchange.app.clone();
    let (order_id, profile) = (exchange.call.param(0).to_owned(), account.profile);
    let shared = app.clone();
    let find = move |connection: &_| orders::find(connection, &order_id);
    let order = app.store.call(find).await.map_err(internal)?;
    let order = order.filter(|order| (app.rules.may_see)(exchange, account, order.profile));
    let order = order.ok_or_else(Refusal::order_not_found)?;
    let index = exchange.call.param(1);
    let position = index.parse::<i64>().ok().filter(|index| (0..order.count).contains(index));
    let position = position.ok_or_else(|| {
        Refusal::new(Cause::NoRecipient, format!("not the index of one of the {} recipients", order.count))
    })?;
    let done =
        app.store.call(move |connection| resubmit(&shared, connection, order, profile, position)).await;
    match done {
        Ok((order, recipients)) => {
            let data = view(&app, &order, Some(&recipients), app.clock.now());
            Ok(Answer::ok(&app.contract, OperationId::Retry, data))
        }
        Err(StoreError::Conflict) => {
            Err(Refusal::new(Cause::NotFailed, format!("Recipient {position} has not failed")))
        }
        Err(StoreError::Insufficient) => Err(Refusal::new(Cause::Balance, "Insufficient wallet balance")),
        Err(error) => Err(internal(error)),
    }
}

/// Submits a failed recipient again; one that was refunded is paid for again.
fn resubmit(
    app: &Arc<App>,
    connection: &rusqlite::Connection,
    order: OrderRow,
    profile: i64,
    position: i64,
) -> Result<(OrderRow, Vec<RecipientRow>), StoreError> {
    let now = app.clock.now();
    if app.rules.refund_failed {
        wallet::refund_failed(connection, profile, app.pause, now)?;
    }
    let recipients = orders::recipients(connection, order.seq)?;
    let recipient = recipients.iter().find(|it| it.position == position).ok_or(StoreError::Conflict)?;
    if order.timeline(recipient, app.pause).state(now) != State::Failed {
        return Err(StoreError::Conflict);
    }
    if recipient.refunded {
        wallet::debit(connection, profile, recipient.price, now)?;
    }
    orders::resubmit(connection, order.seq, position, now)?;
    if let Some(after) = app.rules.retried {
        after(app, connection, &order, position)?;
    }
    let recipients = orders::recipients(connection, order.seq)?;
    Ok((order, recipients))
}

/// An order as the API shows it.
fn view(app: &App, order: &OrderRow, recipients: Option<&[RecipientRow]>, now: Micros) -> Object {
    let names = &app.contract.fields.order_read;
    let state = order.state(app.pause, now);
    let moment = |times| order.created.after(app.pause, times);
    let reached = |moment: Micros| (now >= moment).then(|| moment.millis());
    let error = (state.is_final() && order.failing > 0)
        .then(|| format!("{} of {} recipients failed", order.failing, order.count));
    let mut data = Object::new()
        .with(&names.id, order.order_id.as_str())
        .with(&names.state, (app.rules.state_name)(state))
        .with(&names.reference, order.reference.as_str())
        .with(&names.amount, order.total)
        .with(&names.currency, app.contract.currency.as_str())
        .with(&names.error, error)
        .with(&names.created, order.created.millis())
        .with(&names.submitted, reached(moment(1)))
        .with(&names.completed, reached(moment(2 * order.count)))
        .with(&names.bulk, true);
    if let Some(recipients) = recipients.filter(|_| app.rules.embed_recipients) {
        let list = recipients.iter().map(|it| Json::from(view_recipient(app, order, it, now)));
        data.set(&names.recipients, list.collect::<Vec<_>>());
    }
    data
}

fn view_recipient(app: &App, order: &OrderRow, recipient: &RecipientRow, now: Micros) -> Object {
    let names = &app.contract.fields.recipient;
    let state = (app.rules.recipient_state)(order.timeline(recipient, app.pause), now);
    Object::new()
        .with(&names.index, recipient.position)
        .with(&names.msisdn, recipient.msisdn.as_str())
        .with(&names.package, recipient.package.as_str())
        .with(&names.state, (app.rules.state_name)(state))
        .with(&names.amount, recipient.price)
        .with(&names.error, (state == State::Failed).then_some("The network refused the bundle"))
}

fn internal(error: StoreError) -> Refusal {
    Refusal::new(Cause::Internal, error.to_string())
}
