//! What a client found out about an order whose answer it did not get.

use spec::OperationId;

use super::scene::{Purchase, Scene, field, read_whole};
use crate::client::history::Exchange;

/// What readings after an order let a client know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup {
    /// It was not looked for.
    None,
    /// Some of the list was read, and the order may stand in the rest.
    Partly,
    /// It stands where it was looked for.
    Found,
    /// The whole list was read, and it does not stand there.
    Absent,
    /// The wallet was read before and after.
    Wallet,
}

/// What was read of an order after it was sent, and before some moment.
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
    // A list that has the order and does not show it was asked for a part of itself, as by a filter.
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
