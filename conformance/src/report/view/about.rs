//! Which requests of a case a finding is about, and the orders that were sent at once as a script to paste.

use serde::Serialize;
use spec::{Contract, Severity};

use super::environment::sender;
use crate::history::{CaseRecord, Exchange};
use crate::judge::verdict::FindingGroup;
use crate::order::reading;
use crate::report::Run;
use crate::report::curl::{self, KEY_VARIABLE};

/// The maximum number of orders in a script; a note says how many more there were.
const MOST: usize = 24;

/// Orders that were sent at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AtOnce {
    /// A shell script that sends them at once and waits for their answers.
    pub(crate) script: String,
    /// The number of orders that were sent.
    pub(crate) orders: u64,
    /// Notes about what the script can't express, and which keys it needs.
    pub(crate) notes: Vec<String>,
}

/// Returns the positions of the requests that a finding is about, in the order in which they were sent.
///
/// If money is wrong and a reading of the wallet noticed it, these are the orders that were sent at once before it.
/// Otherwise it is the request that the finding names. If it names none, it is the last purchase of the case, or else
/// the last request.
pub(super) fn about(contract: &Contract, case: &CaseRecord, group: &FindingGroup) -> Vec<usize> {
    let is_order = |at: &usize| contract.operation(case.exchanges[*at].operation).purchase;
    let named = group.example.exchange.filter(|at| *at < case.exchanges.len());
    let last =
        || (0..case.exchanges.len()).rev().find(is_order).or_else(|| case.exchanges.len().checked_sub(1));
    let Some(at) = named.or_else(last) else { return Vec::new() };
    let is_money = contract.catalogue.severity(&group.requirement) == Severity::Money;
    if !is_money || (named.is_some() && is_order(&at)) {
        return vec![at];
    }
    let raced = (0..=at).rev().find_map(|order| {
        let orders = together(contract, case, order);
        let same_wallet = wallet(case, &case.exchanges[order]) == wallet(case, &case.exchanges[at]);
        (is_order(&order) && same_wallet && orders.len() > 1).then_some(orders)
    });
    raced.unwrap_or_else(|| vec![at])
}

/// Returns the request among several that shows the finding best: the accepted one whose answer was the last, or else the
/// last one.
pub(super) fn clearest(case: &CaseRecord, about: &[usize]) -> Option<usize> {
    let is_accepted = |exchange: &Exchange| {
        exchange.answer.response().is_some_and(|response| reading::is_success(response.status))
    };
    about.iter().copied().max_by_key(|at| {
        let exchange = &case.exchanges[*at];
        (is_accepted(exchange), exchange.done_us, *at)
    })
}

/// Returns the position of the wallet that an exchange reads or spends from.
fn wallet(case: &CaseRecord, exchange: &Exchange) -> Option<usize> {
    exchange.actor.filter(|actor| *actor < case.accounts.len()).map(|actor| case.wallet_of(actor))
}

/// Returns the positions of the orders from one wallet that were sent at once with this one, itself included.
fn together(contract: &Contract, case: &CaseRecord, at: usize) -> Vec<usize> {
    let this = &case.exchanges[at];
    let is_with_it = |other: &Exchange| {
        contract.operation(other.operation).purchase
            && other.batch == this.batch
            && wallet(case, other) == wallet(case, this)
    };
    match this.batch {
        Some(_) => (0..case.exchanges.len()).filter(|at| is_with_it(&case.exchanges[*at])).collect(),
        None => vec![at],
    }
}

/// Returns the orders that were sent at once with a request; `None` if it was sent alone or is not an order.
pub(super) fn at_once(run: &Run<'_>, case: &CaseRecord, at: usize) -> Option<AtOnce> {
    let contract = run.contract;
    let orders = together(contract, case, at);
    if orders.len() < 2 || !orders.contains(&at) {
        return None;
    }
    let header = &run.history.header;
    let mut senders: Vec<Option<usize>> = Vec::new();
    let mut notes: Vec<String> = Vec::new();
    let mut script = String::new();
    for order in orders.iter().take(MOST) {
        let exchange = &case.exchanges[*order];
        let nth = senders.iter().position(|it| *it == exchange.actor).unwrap_or_else(|| {
            senders.push(exchange.actor);
            senders.len() - 1
        });
        let command = curl::command(contract, &header.target, &exchange.request).reached_by(&header.again);
        script += &with_key(command.line, nth);
        script += " &\n";
        notes.extend(command.notes.into_iter().filter(|note| !notes.contains(note)).collect::<Vec<_>>());
    }
    script += "wait";
    let more = orders.len().saturating_sub(MOST);
    if more > 0 {
        notes.push(format!("{more} more were sent at once with these"));
    }
    for (nth, actor) in senders.iter().enumerate().skip(1) {
        let account = actor.and_then(|actor| case.accounts.get(actor));
        let who = account.map_or_else(|| "nobody".to_owned(), sender);
        notes.push(format!("{} is the key of {who}, for the orders of that sender", variable(nth)));
    }
    Some(AtOnce { script, orders: orders.len() as u64, notes })
}

/// Returns the environment variable for the key of the sender at this position.
fn variable(nth: usize) -> String {
    match nth {
        0 => KEY_VARIABLE.to_owned(),
        _ => format!("{KEY_VARIABLE}_{}", nth + 1),
    }
}

/// Makes a line take its key from the variable of its sender.
fn with_key(line: String, nth: usize) -> String {
    let header = |variable: &str| format!(": ${variable}\"");
    if nth == 0 { line } else { line.replacen(&header(KEY_VARIABLE), &header(&variable(nth)), 1) }
}
