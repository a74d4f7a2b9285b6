//! One order as the caller reads it, and the retry of one of its recipients.

use spec::OperationId;

use crate::answer::{Answer, Cause, Refusal};
use crate::api::{balance, view};
use crate::app::App;
use crate::exchange::Exchange;
use crate::keys::Account;
use crate::progress::State;
use crate::rules::Rules;
use crate::store::orders::{OrderRow, RecipientRow};
use crate::store::{StoreError, orders, wallet};

/// Answers a `GET` of an order or its status.
///
/// # Errors
/// Returns a refusal if the order does not exist or belongs to another account.
pub(crate) async fn read_order(
    rules: &Rules,
    exchange: &Exchange,
    account: &Account,
) -> Result<Answer, Refusal> {
    let app = &exchange.app;
    let order_id = exchange.call.param(0).to_owned();
    let found = app
        .store
        .read(move |connection| match orders::find(connection, &order_id)? {
            Some(order) => Ok(Some((orders::recipients(connection, order.seq)?, order))),
            None => Ok(None),
        })
        .await?;
    match found {
        Some((recipients, order)) if (rules.steps.may_see)(exchange, account, order.profile) => {
            let data = view::order(rules, app, &order, Some(&recipients), app.clock.now());
            Ok(Answer::ok(&app.contract, exchange.call.operation, data))
        }
        _ => Err(Refusal::order_not_found()),
    }
}

/// Answers a `POST` that retries a failed recipient.
///
/// # Errors
/// Returns a refusal if the order or recipient does not exist, the order belongs to another account, the recipient has
/// not failed, or the balance is too low to pay for it again.
pub(crate) async fn retry(rules: &Rules, exchange: &Exchange, account: &Account) -> Result<Answer, Refusal> {
    let app = &exchange.app;
    let order_id = exchange.call.param(0).to_owned();
    let order = app.store.read(move |connection| orders::find(connection, &order_id)).await?;
    let order = order.filter(|order| (rules.steps.may_see)(exchange, account, order.profile));
    let order = order.ok_or_else(Refusal::order_not_found)?;
    let index = exchange.call.param(1);
    let position = index.parse::<i64>().ok().filter(|index| (0..order.count).contains(index));
    let position = position.ok_or_else(|| {
        Refusal::new(Cause::NoRecipient, format!("not the index of one of the {} recipients", order.count))
    })?;
    let (shared, profile) = (app.clone(), account.profile);
    let retried = rules.hooks.retried;
    let resubmitted = app.store.call(move |connection| {
        wallet::refund(connection, profile, shared.clock.now())?;
        resubmit(&shared, connection, &order, profile, position)?;
        if let Some(act) = retried {
            act(&shared, connection, &order, position)?;
        }
        let order = orders::find(connection, &order.order_id)?.unwrap_or(order);
        Ok((orders::recipients(connection, order.seq)?, order))
    });
    match resubmitted.await {
        Ok((recipients, order)) => {
            let data = view::order(rules, app, &order, Some(&recipients), app.clock.now());
            Ok(Answer::ok(&app.contract, OperationId::Retry, data))
        }
        Err(StoreError::Conflict) => {
            Err(Refusal::new(Cause::NotFailed, format!("Recipient {position} has not failed")))
        }
        Err(StoreError::Insufficient) => Err(balance::insufficient()),
        Err(error) => Err(error.into()),
    }
}

/// Submits a failed recipient again; one that was refunded is debited again.
fn resubmit(
    app: &App,
    connection: &rusqlite::Connection,
    order: &OrderRow,
    profile: i64,
    position: i64,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let recipients = orders::recipients(connection, order.seq)?;
    let failed = |it: &&RecipientRow| it.position == position && it.timeline.state(now) == State::Failed;
    let recipient = recipients.iter().find(failed).ok_or(StoreError::Conflict)?;
    if recipient.refunded {
        wallet::debit(connection, profile, recipient.price, now)?;
    }
    orders::resubmit(connection, order.seq, position, app.pause, now)
}
