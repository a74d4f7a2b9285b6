//! What faults share: access to the request and to parts of the response, and memory between requests.

use std::sync::{MutexGuard, PoisonError};

use axum::http::StatusCode;
use rusqlite::Connection;
use serde_json::Value;
use spec::fields::{ErrorNames, SummaryNames};
use spec::{OperationId, Pesewas};

use crate::answer::{Answer, Cause, Cut, Refusal};
use crate::app::App;
use crate::clock::Micros;
use crate::exchange::Exchange;
use crate::http::call::Call;
use crate::json::{Json, Object};
use crate::keys::Account;
use crate::purchase::Purchase;
use crate::rules::Rules;
use crate::store::wallet::{self, Debited};
use crate::store::{StoreError, orders::Line};

/// The requirements that may be reported of a server on which some or all valid orders are not created.
pub(super) const NOT_CREATED: &[&str] = &[
    "ROUTE-POST",
    "AUTH-HEADER",
    "ROLE-AGENT",
    "ROLE-SUPERAGENT",
    "COUNT-RANGE",
    "BALANCE-EXACT",
    "RESP-STATUS",
    "RESP-SHAPE",
    "RESP-LINEAR",
    "MONEY-DEBIT",
    "MONEY-RACE",
    "STATUS-DOCUMENTED",
    "ERR-ENVELOPE",
];

/// The requirements that say with which status an order is refused for its content or the wallet.
pub(super) const REFUSED: &[&str] = &[
    "BODY-JSON",
    "BODY-OBJECT",
    "BODY-OPERATOR",
    "BODY-PRODUCT",
    "BODY-ITEMS",
    "ITEM-PACKAGE",
    "ITEM-MSISDN",
    "PRE-OPERATOR",
    "PRE-PRODUCT",
    "PRE-PACKAGE",
    "PRE-MSISDN",
    "COUNT-LOW",
    "COUNT-HIGH",
    "BALANCE-SHORT",
];

/// The requirements that may be reported if the total is wrong but the debit and the order agree with it.
pub(super) const WRONG_TOTAL: &[&str] =
    &["RESP-TOTAL", "RESP-LINEAR", "CATALOG-PRICE", "BALANCE-EXACT", "BALANCE-SHORT"];

/// The requirements that may be reported if the debited amount differs from the total in the response.
pub(super) const WRONG_DEBIT: &[&str] =
    &["MONEY-DEBIT", "MONEY-RACE", "WALLET-CONSISTENT", "BALANCE-SHORT", "BALANCE-EXACT"];

/// Returns true if the call is a purchase with a valid key.
pub(super) fn is_purchase(exchange: &Exchange) -> bool {
    exchange.is(OperationId::BuyBulk) && exchange.account.is_some()
}

/// Returns the body as JSON; null if it is not JSON.
pub(super) fn sent(exchange: &Exchange) -> Value {
    serde_json::from_slice(exchange.call.body()).unwrap_or_default()
}

/// Returns a top-level field of the body; null if it is absent.
pub(super) fn sent_field(exchange: &Exchange, name: &str) -> Value {
    sent(exchange).get(name).cloned().unwrap_or_default()
}

/// Returns the number of items that were sent.
pub(super) fn sent_count(exchange: &Exchange) -> usize {
    sent_field(exchange, &exchange.app.contract.fields.order.items).as_array().map_or(0, Vec::len)
}

/// Returns the recipient's number at a position, as it was sent.
pub(super) fn sent_number(exchange: &Exchange, at: usize) -> String {
    let fields = &exchange.app.contract.fields;
    let number = sent_field(exchange, &fields.order.items);
    let number = number.get(at).and_then(|item| item.get(&fields.item.msisdn)).and_then(Value::as_str);
    number.unwrap_or_default().to_owned()
}

/// Returns a number that can be reached.
pub(super) fn a_number(exchange: &Exchange) -> String {
    let rule = &exchange.app.contract.msisdn;
    let rest = rule.national_digits - rule.sample_prefix.len();
    format!("{}{}{:0rest$}", rule.country_code, rule.sample_prefix, exchange.call.serial % 1_000_000)
}

/// Returns the items of an order that is being changed.
pub(super) fn items<'v>(exchange: &Exchange, order: &'v mut Value) -> Option<&'v mut Vec<Value>> {
    order.get_mut(&exchange.app.contract.fields.order.items)?.as_array_mut()
}

/// Returns true if the caller has the nth role that may buy.
pub(super) fn is_buyer(exchange: &Exchange, nth: usize) -> bool {
    exchange.app.contract.roles.buyers.get(nth).is_some_and(|role| role == exchange.role())
}

/// Returns true if the caller has the nth role that may not buy.
pub(super) fn is_other(exchange: &Exchange, nth: usize) -> bool {
    exchange.app.contract.roles.others().nth(nth).is_some_and(|role| role == exchange.role())
}

/// Returns a 500, which the contract does not document.
pub(super) fn crash(exchange: &Exchange) -> Answer {
    let status = StatusCode::INTERNAL_SERVER_ERROR.as_u16();
    Answer::error(
        &exchange.app.contract,
        status,
        "INTERNAL_ERROR",
        "Something went wrong",
        Some(Cause::Internal),
    )
}

/// Cuts the connection before the response.
pub(super) fn reset(exchange: &Exchange) -> Answer {
    Answer { cut: Some(Cut::Before), ..crash(exchange) }
}

/// Withholds the response until the client closes the connection.
pub(super) fn silence(exchange: &Exchange) -> Answer {
    Answer { cut: Some(Cut::Never), ..crash(exchange) }
}

/// Returns true if the response says that an order was created.
pub(super) fn is_created(exchange: &Exchange, answer: &Answer) -> bool {
    exchange.is(OperationId::BuyBulk) && answer.cause.is_none()
}

/// Returns the error detail of an error answer.
pub(super) fn error_detail<'a>(exchange: &Exchange, answer: &'a mut Answer) -> Option<&'a mut Object> {
    answer.body.object()?.get_mut(&exchange.app.contract.fields.error)?.object()
}

/// Returns `data` of a response.
pub(super) fn data<'a>(exchange: &Exchange, answer: &'a mut Answer) -> Option<&'a mut Object> {
    answer.body.object()?.get_mut(&exchange.app.contract.fields.data)?.object()
}

/// Sets the hooks for the usual kinds of faults.
impl Rules {
    /// Changes a call before anything else reads it.
    pub(super) fn receive(&mut self, change: impl Fn(&mut Call) + Send + Sync + 'static) {
        self.hooks.received.push(Box::new(change));
    }

    /// Replaces the server's own response, if `answer` returns one.
    pub(super) fn instead(&mut self, answer: impl Fn(&Exchange) -> Option<Answer> + Send + Sync + 'static) {
        self.hooks.intercept.push(Box::new(answer));
    }

    /// Crashes on such purchases.
    pub(super) fn crash_on(&mut self, such: impl Fn(&Exchange) -> bool + Send + Sync + 'static) {
        self.instead(move |exchange| (is_purchase(exchange) && such(exchange)).then(|| crash(exchange)));
    }

    /// Changes the body of an order before it is checked.
    pub(super) fn edit_order(&mut self, edit: impl Fn(&Exchange, &mut Value) + Send + Sync + 'static) {
        self.hooks.edit_order.push(Box::new(edit));
    }

    /// Accepts requests that should be refused.
    pub(super) fn skip_refusal(&mut self, such: impl Fn(&Exchange, Cause) -> bool + Send + Sync + 'static) {
        self.hooks.skip_refusal.push(Box::new(such));
    }

    /// Refuses orders that should be accepted.
    pub(super) fn force_refusal(
        &mut self,
        cause: Cause,
        such: impl Fn(&Exchange, &[Line]) -> bool + Send + Sync + 'static,
    ) {
        let refuse = move |exchange: &Exchange, lines: &[Line]| {
            such(exchange, lines).then(|| Refusal::new(cause, "This order is refused"))
        };
        self.hooks.force_refusal.push(Box::new(refuse));
    }

    /// Changes the recipients of an order.
    pub(super) fn lines(&mut self, change: impl Fn(&Exchange, &mut Vec<Line>) + Send + Sync + 'static) {
        self.hooks.lines.push(Box::new(change));
    }

    /// Changes a finished response.
    pub(super) fn rewrite(&mut self, change: impl Fn(&Exchange, &mut Answer) + Send + Sync + 'static) {
        self.hooks.rewrite.push(Box::new(change));
    }

    /// Gives refusals for such causes another status.
    pub(super) fn status(
        &mut self,
        such: impl Fn(Cause) -> bool + Send + Sync + 'static,
        status: StatusCode,
    ) {
        self.rewrite(move |_, answer| {
            if answer.cause.is_some_and(&such) {
                answer.status = status.as_u16();
            }
        });
    }

    /// Changes the whole response to a created order.
    pub(super) fn created(&mut self, change: impl Fn(&Exchange, &mut Answer) + Send + Sync + 'static) {
        self.rewrite(move |exchange, answer| {
            if is_created(exchange, answer) {
                change(exchange, answer);
            }
        });
    }

    /// Changes the summary of a created order.
    pub(super) fn summary(&mut self, change: impl Fn(&mut Object, &SummaryNames) + Send + Sync + 'static) {
        self.created(move |exchange, answer| {
            if let Some(data) = data(exchange, answer) {
                change(data, &exchange.app.contract.fields.summary);
            }
        });
    }

    /// Changes the response to a refused purchase.
    pub(super) fn refusal(&mut self, change: impl Fn(&Exchange, &mut Answer, Cause) + Send + Sync + 'static) {
        self.rewrite(move |exchange, answer| {
            if let (true, Some(cause)) = (exchange.is(OperationId::BuyBulk), answer.cause) {
                change(exchange, answer, cause);
            }
        });
    }

    /// Changes the error detail in the response to a refused purchase.
    pub(super) fn detail(
        &mut self,
        change: impl Fn(&mut Object, &ErrorNames, Cause) + Send + Sync + 'static,
    ) {
        self.refusal(move |exchange, answer, cause| {
            if let Some(detail) = error_detail(exchange, answer) {
                change(detail, &exchange.app.contract.fields.error_detail, cause);
            }
        });
    }

    /// Changes `data` in the success response of an operation.
    pub(super) fn data(
        &mut self,
        operation: OperationId,
        change: impl Fn(&Exchange, &mut Object) + Send + Sync + 'static,
    ) {
        self.rewrite(move |exchange, answer| {
            if exchange.is(operation)
                && answer.cause.is_none()
                && let Some(data) = data(exchange, answer)
            {
                change(exchange, data);
            }
        });
    }
}

/// Adds pesewas to an amount in an object.
pub(super) fn shift(object: &mut Object, name: &str, pesewas: i64) {
    if let Some(amount) = object.get(name).and_then(Json::money) {
        object.set(name, amount + Pesewas::new(pesewas));
    }
}

/// Returns what the server remembers from one request to the next.
pub(super) fn memory(app: &App) -> MutexGuard<'_, std::collections::BTreeMap<String, Json>> {
    app.memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the key under which a fault remembers something about an account.
pub(super) fn slot(account: &Account, what: &str) -> String {
    format!("{what} {}", account.profile)
}

/// Debits `amount` if the balance is at least `needed`.
pub(super) fn pay(
    connection: &Connection,
    purchase: &Purchase,
    needed: Pesewas,
    amount: Pesewas,
    now: Micros,
) -> Result<Debited, StoreError> {
    let profile = purchase.account.profile;
    if wallet::read(connection, profile)?.available < needed {
        return Err(StoreError::Insufficient);
    }
    let paid = wallet::add(connection, profile, -amount, now)?;
    Ok(Debited { before: paid.before, after: paid.before - purchase.total })
}

/// Debits the charge of the purchase if the balance is at least its total.
pub(super) fn pay_charge(
    connection: &Connection,
    purchase: &Purchase,
    now: Micros,
) -> Result<Debited, StoreError> {
    pay(connection, purchase, purchase.total, purchase.charge, now)
}

/// Returns the sum of the prices.
pub(super) fn sum<'l>(lines: impl IntoIterator<Item = &'l Line>) -> Pesewas {
    lines.into_iter().map(|line| line.price).sum()
}
