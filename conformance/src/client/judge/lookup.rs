//! Determines what a client found out about an order whose answer it did not receive.

use spec::OperationId;

use super::scene::{Purchase, Scene, field, read_whole};
use crate::client::history::Exchange;

/// What later readings tell a client about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup {
    /// The client did not look for the order.
    None,
    /// The client read a part of the list, and the order may be in the rest.
    Partly,
    /// A reading shows the order.
    Found,
    /// The client read the whole list, which does not have the order.
    Absent,
    /// The client read the whole list before the order reached the server, so it did not have the order yet.
    Early,
    /// The client read the wallet before and after the order.
    Wallet,
}

/// Returns what the client read about an order after it was sent and before `until_us`.
pub(super) fn lookup(scene: &Scene<'_>, purchase: &Purchase<'_>, until_us: u64) -> Lookup {
    let sent = purchase.exchange.at_us;
    let after = |it: &Exchange| it.at_us > sent && it.at_us < until_us;
    let read = |wanted: &[OperationId]| -> Vec<&Exchange> {
        let all = scene.of(wanted).into_iter().map(|(_, it)| it);
        all.filter(|it| read_whole(it).is_some_and(|answer| scene.says_success(answer))).collect()
    };
    let lists = read(&[OperationId::Orders]);
    let shown = read(&[OperationId::Orders, OperationId::Order, OperationId::OrderStatus]);
    let id = scene.placed(purchase.exchange);
    let shows = |it: &&Exchange| {
        let body = it.answer.as_ref().map(|answer| answer.body.as_str()).unwrap_or_default();
        id.as_ref().is_some_and(|id| body.contains(id.as_str()))
    };
    if shown.iter().filter(|it| after(it)).any(shows) {
        return Lookup::Found;
    }
    let done = |it: &&Exchange| {
        let answer = it.answer.as_ref();
        answer.and_then(|it| field(scene.contract, it, &scene.contract.fields.page.done)).as_deref()
            == Some("true")
    };
    let mut pages = lists.iter().filter(|it| after(it));
    // The time at which the server answered the gateway, if the client received another answer.
    let placed_us = purchase.exchange.meant.as_ref().map(|it| it.at_us);
    let early = |it: &&&Exchange| it.answer.as_ref().is_some_and(|it| Some(it.at_us) < placed_us);
    if id.is_some() && pages.clone().filter(early).any(done) {
        return Lookup::Early;
    }
    // If the server has the order and the list does not show it, the client asked for a part of the list, for example
    // by a filter.
    if id.is_none() && pages.clone().any(done) {
        return Lookup::Absent;
    }
    let wallets = read(&[OperationId::Wallet, OperationId::Profile]);
    let before = wallets.iter().any(|it| it.at_us < sent);
    if before && wallets.iter().any(|it| after(it)) {
        return Lookup::Wallet;
    }
    if pages.next().is_some() { Lookup::Partly } else { Lookup::None }
}
