//! A recording prepared for judging: the operation of each request, the orders that were sent, and what the client
//! could know about them.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;
use spec::{Contract, OperationId};

use crate::client::history::{Answer, Exchange, Place, Recording, Sent};
use crate::client::task::Task;
use crate::order::msisdn::normal_form;

/// Statuses that say that nothing was done, and may say when to try again.
const THROTTLED: u16 = 429;
const UNAVAILABLE: u16 = 503;

/// What a client could know about an order that it sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// The order is placed.
    Accepted,
    /// The order is refused, with this status.
    Refused(u16),
    /// The server did nothing and asks the client to try again later.
    NotActed,
    /// The server says that it is unavailable and when to try again, which most clients take to mean that nothing was
    /// done.
    Unable,
    /// The order was redirected.
    Redirected,
    /// The order may have been placed or not.
    Nothing,
}

/// A recording with its contract.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) contract: &'a Contract,
    pub(super) recording: &'a Recording,
    operations: Vec<Option<OperationId>>,
}

/// One order that was sent.
#[derive(Debug, Clone)]
pub(super) struct Purchase<'a> {
    /// The index of its exchange.
    pub(super) index: usize,
    pub(super) exchange: &'a Exchange,
    /// The body, if it is JSON.
    pub(super) body: Option<Value>,
    /// The numbers in normal form, each with its package.
    pub(super) recipients: Vec<(String, String)>,
    pub(super) known: Known,
}

impl<'a> Scene<'a> {
    pub(super) fn new(contract: &'a Contract, recording: &'a Recording) -> Self {
        let operation = |it: &Exchange| operation(contract, &it.method, &it.target);
        let operations = recording.exchanges.iter().map(operation).collect();
        Self { contract, recording, operations }
    }

    pub(super) fn task(&self) -> Option<&'a Task> {
        self.recording.head.task.as_ref()
    }

    pub(super) fn operation(&self, index: usize) -> Option<OperationId> {
        self.operations.get(index).copied().flatten()
    }

    /// Returns the exchanges with the server itself, with their indexes.
    pub(super) fn exchanges(&self) -> impl Iterator<Item = (usize, &'a Exchange)> {
        self.recording.exchanges.iter().enumerate().filter(|(_, it)| it.place == Place::Server)
    }

    /// Returns those exchanges that are for one of some operations.
    pub(super) fn of(&self, wanted: &[OperationId]) -> Vec<(usize, &'a Exchange)> {
        let is = |at: usize| self.operation(at).is_some_and(|it| wanted.contains(&it));
        self.exchanges().filter(|(at, _)| is(*at)).collect()
    }

    /// Returns the orders that were sent, in the order of arrival.
    pub(super) fn purchases(&self) -> Vec<Purchase<'a>> {
        let all = self.of(&[OperationId::BuyBulk]).into_iter();
        all.map(|(index, exchange)| {
            let body: Option<Value> = serde_json::from_str(&exchange.body).ok();
            let recipients = body.as_ref().map(|it| self.recipients(it)).unwrap_or_default();
            Purchase { index, exchange, body, recipients, known: self.known(exchange) }
        })
        .collect()
    }

    fn recipients(&self, body: &Value) -> Vec<(String, String)> {
        let names = &self.contract.fields;
        let items =
            body.get(&names.order.items).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let text =
            |item: &Value, name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let one = |item: &Value| {
            let number = normal_form(self.contract, &text(item, &names.item.msisdn));
            (number, text(item, &names.item.package))
        };
        items.iter().map(one).collect()
    }

    /// Returns the recipients of the task, with numbers in the form of [`Purchase::recipients`].
    pub(super) fn asked_for(&self) -> Vec<(String, String)> {
        let recipients = self.task().map(|it| it.recipients.as_slice()).unwrap_or_default();
        recipients
            .iter()
            .map(|(number, package)| (normal_form(self.contract, number), package.clone()))
            .collect()
    }

    /// Returns what the answer to an order tells the client.
    pub(super) fn known(&self, exchange: &Exchange) -> Known {
        let Some(answer) = read_whole(exchange) else { return Known::Nothing };
        match answer.status {
            200..300 if self.says_success(answer) => Known::Accepted,
            THROTTLED => Known::NotActed,
            UNAVAILABLE if header(&answer.headers, "retry-after").is_some() => Known::Unable,
            300..400 => Known::Redirected,
            status @ 400..500 => Known::Refused(status),
            _ => Known::Nothing,
        }
    }

    pub(super) fn says_success(&self, answer: &Answer) -> bool {
        let body: Option<Value> = serde_json::from_str(&answer.body).ok();
        body.is_some_and(|it| it.get(&self.contract.fields.success) == Some(&Value::Bool(true)))
    }

    /// Returns the id of the order that the server placed, whether or not the client received it.
    pub(super) fn placed(&self, exchange: &Exchange) -> Option<String> {
        let answer = exchange.meant.as_ref().or(exchange.answer.as_ref())?;
        let text = field(self.contract, answer, &self.contract.fields.summary.order_id)?;
        serde_json::from_str(&text).ok()
    }

    /// Returns true if a request failed, so that a client may have given up before it bought.
    pub(super) fn had_trouble(&self) -> bool {
        let bad = |it: &Exchange| read_whole(it).is_none_or(|answer| !(200..300).contains(&answer.status));
        self.exchanges().any(|(_, it)| bad(it))
    }
}

/// Returns the answer, if the client received all of it.
pub(super) fn read_whole(exchange: &Exchange) -> Option<&Answer> {
    exchange.answer.as_ref().filter(|it| it.sent == Sent::Whole)
}

/// Returns the value of a header; the case of its name does not matter.
pub(super) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Returns a field of the answer's data as it is written, since numbers must not be converted to floating point.
pub(super) fn field(contract: &Contract, answer: &Answer, name: &str) -> Option<String> {
    type Fields<'a> = BTreeMap<String, &'a RawValue>;
    let body: Fields<'_> = serde_json::from_str(&answer.body).ok()?;
    let data: Fields<'_> = serde_json::from_str(body.get(&contract.fields.data)?.get()).ok()?;
    data.get(name).map(|it| it.get().to_owned())
}

/// Returns the operation that a request is for, if any.
fn operation(contract: &Contract, method: &str, target: &str) -> Option<OperationId> {
    let path = target.split('?').next().unwrap_or_default();
    let fits = |template: &str| {
        let (mut template, mut path) = (template.split('/'), path.split('/'));
        loop {
            match (template.next(), path.next()) {
                (None, None) => return true,
                (Some(wanted), Some(part)) if wanted == part => {}
                (Some(wanted), Some(part)) if wanted.starts_with('{') && !part.is_empty() => {}
                _ => return false,
            }
        }
    };
    let is = |id: &OperationId| {
        let operation = contract.operation(*id);
        operation.method.eq_ignore_ascii_case(method) && fits(&operation.path)
    };
    OperationId::ALL.into_iter().find(is)
}
