//! Handles a routed call up to the finished response.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::http::{StatusCode, header};
use spec::{OperationId, Pesewas};

use crate::answer::{Answer, Cause, Cut, Field, Refusal};
use crate::api::{account, balance, bare, buy, codes, list, orders, products};
use crate::app::App;
use crate::exchange::Exchange;
use crate::http::call::{Call, Payload};
use crate::http::negotiation;
use crate::json::Object;
use crate::keys::Account;
use crate::provoke::{After, Instead, Provocation};
use crate::rules::Rules;
use crate::rules::freedoms::Duplicates;
use crate::rules::hooks::Refused;

/// A call with its account and the behaviour that was requested for it.
pub(super) struct Met {
    pub(super) call: Call,
    pub(super) account: Result<Arc<Account>, Cause>,
    pub(super) provoked: Provocation,
}

/// Waits for the server's latency, and for as long as the sender requests.
async fn wait(rules: &Rules, call: &Call, provoked: &Provocation) {
    if rules.freedoms.service.latency {
        let delay = crate::ids::scatter(call.serial) % 4;
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    if !provoked.slow.is_zero() {
        tokio::time::sleep(provoked.slow).await;
    }
}

/// Answers a call.
pub(super) async fn answer(rules: &Rules, app: Arc<App>, Met { call, account, provoked }: Met) -> Answer {
    wait(rules, &call, &provoked).await;
    let turn = account.as_ref().map_or(0, |account| account.requests.fetch_add(1, Ordering::Relaxed) + 1);
    let underway = app.enter();
    let known = account.as_ref().ok().cloned();
    let mut exchange = Exchange { app, call, account: known, turn, wallet: None, at_once: underway.at_once };
    exchange.wallet = held(rules, &exchange).await;
    if let Some(instead) = provoked.instead {
        return in_place(rules, &exchange, instead).await;
    }
    let mut answer = match rules.hooks.intercept.iter().find_map(|intercept| intercept(&exchange)) {
        Some(answer) => answer,
        None => match serve(rules, &exchange, account).await {
            Ok(answer) => answer,
            Err(refusal) => refuse(rules, &exchange, &refusal).await,
        },
    };
    if rules.freedoms.shown.bare {
        bare::strip(&exchange.app.contract, exchange.call.operation, &mut answer);
    }
    if rules.freedoms.shown.extra_fields {
        let mut extra = |object: &mut Object| {
            object.set("meta", Object::new().with("region", "gh-accra").with("notes", vec![]));
        };
        answer.body.each_object(&mut extra);
    }
    rules.hooks.rewrite.iter().for_each(|rewrite| rewrite(&exchange, &mut answer));
    match provoked.after {
        Some(After::Drop) => answer.cut = Some(Cut::Before),
        Some(After::Malformed) => answer.malformed = true,
        None => {}
    }
    answer
}

/// Returns the caller's available balance, if a hook needs it.
async fn held(rules: &Rules, exchange: &Exchange) -> Option<Pesewas> {
    let account = exchange.account.clone().filter(|_| rules.hooks.see_wallet)?;
    let read = balance::current(rules, exchange, &account).await;
    read.ok().map(|wallet| wallet.available)
}

/// Returns the response that the sender requested instead of the operation's own.
async fn in_place(rules: &Rules, exchange: &Exchange, instead: Instead) -> Answer {
    let contract = &exchange.app.contract;
    let message = "The header X-Sandbox, or the state `provoke`, has asked for this; nothing was done";
    match instead {
        Instead::Status(status) => Answer::error(contract, status, "PROVOKED", message, None),
        Instead::Throttle => refuse(rules, exchange, &Refusal::new(Cause::RateLimited, message)).await,
        Instead::Drop => {
            let mut answer = Answer::error(contract, 500, "PROVOKED", message, None);
            answer.cut = Some(Cut::Before);
            answer
        }
    }
}

/// Checks key, rate and body, and runs the operation.
async fn serve(
    rules: &Rules,
    exchange: &Exchange,
    account: Result<Arc<Account>, Cause>,
) -> Result<Answer, Refusal> {
    acceptable(rules, exchange)?;
    let account = account.map_err(|cause| Refusal::new(cause, "Missing or invalid API key"))?;
    if rules.freedoms.service.throttle.is_some_and(|nth| exchange.turn.is_multiple_of(nth)) {
        return Err(Refusal::new(Cause::Throttled, "Too many requests"));
    }
    let app = &exchange.app;
    if app.rate.is_some_and(|most| !account.within(most, app.clock.now())) {
        return Err(Refusal::new(Cause::RateLimited, "Too many requests in this second"));
    }
    match exchange.call.body {
        Payload::Slow => return Err(Refusal::new(Cause::Slow, "The body took too long")),
        Payload::NoRoom => return Err(Refusal::new(Cause::NoRoom, "Too many bodies at the same time")),
        _ => {}
    }
    match exchange.call.operation {
        OperationId::BuyBulk => buy::buy(rules, exchange, &account).await,
        OperationId::Profile => account::read_profile(rules, exchange, &account).await,
        OperationId::Wallet => account::read_wallet(rules, exchange, &account).await,
        OperationId::Products => products::read_products(exchange),
        OperationId::Package => products::read_package(rules, exchange),
        OperationId::Orders => list::list_orders(rules, exchange, &account).await,
        OperationId::Order | OperationId::OrderStatus => orders::read_order(rules, exchange, &account).await,
        OperationId::Retry => orders::retry(rules, exchange, &account).await,
    }
}

/// Refuses requests that this server does not process: a body of unknown length, a client that does not accept JSON.
fn acceptable(rules: &Rules, exchange: &Exchange) -> Result<(), Refusal> {
    let (served, headers) = (&rules.freedoms.service, &exchange.call.headers);
    let unmeasured = headers.contains_key(header::TRANSFER_ENCODING);
    if served.length_required && unmeasured && exchange.is(OperationId::BuyBulk) {
        return Err(Refusal::new(Cause::LengthRequired, "The length of the body must be told"));
    }
    if served.strict_accept && !negotiation::accepts_json(headers) {
        return Err(Refusal::new(Cause::NotAcceptable, "There is nothing here but application/json"));
    }
    Ok(())
}

/// Returns the response to a refused request.
async fn refuse(rules: &Rules, exchange: &Exchange, refusal: &Refusal) -> Answer {
    let contract = &exchange.app.contract;
    if let (OperationId::BuyBulk, Some(act), Some(account)) =
        (exchange.call.operation, rules.hooks.refused, exchange.account.clone())
    {
        let (wanted, booking) = (buy::wanted(rules, exchange), rules.booking(&exchange.app));
        act(Refused { account, cause: refusal.cause, wanted, booking }).await;
    }
    let checks = &rules.freedoms.checks;
    let mut answer = Answer::refusal(contract, Some(exchange.call.operation), refusal);
    match refusal.cause {
        Cause::Throttled => answer.headers.push((header::RETRY_AFTER.as_str(), "0".into())),
        Cause::RateLimited | Cause::Unavailable => {
            answer.headers.push((header::RETRY_AFTER.as_str(), "1".into()));
        }
        Cause::NoRoom => {
            answer.headers.push((header::RETRY_AFTER.as_str(), "1".into()));
            answer.headers.push((header::CONNECTION.as_str(), "close".into()));
        }
        Cause::Slow => answer.headers.push((header::CONNECTION.as_str(), "close".into())),
        Cause::Duplicate(_) if checks.duplicates == Duplicates::Conflict => {
            answer.status = StatusCode::CONFLICT.as_u16();
        }
        Cause::Field(Field::Items) => {
            let status = contract.operation(exchange.call.operation).status(checks.items_absent);
            answer.status = status.unwrap_or(answer.status);
        }
        _ => {}
    }
    codes::rename(&rules.freedoms.codes, contract, &mut answer);
    answer
}
