//! An order that appears in the caller's list while all of the case were refused: others may use a fixed account, so it is a
//! refused one only if it has the number of a recipient that was sent in one.

use std::collections::BTreeSet;

use crate::checks::prevalidation::PREVALIDATED;
use crate::judge::findings::Bench;
use crate::judge::scene::{Scene, Seen};
use crate::order::msisdn::normal_form;
use crate::order::reading::{Order, is_error, page};

/// Whether an order that nobody of the case was told of stands in the reader's own list.
pub(super) fn is_listed(scene: &Scene<'_>, seen: &Seen<'_>, order: &Order) -> bool {
    let before = scene.seen[..seen.at].iter().filter(|it| it.exchange.actor == seen.exchange.actor);
    let mut pages = before.filter_map(|it| page(scene.contract, it.response()?));
    order.id.is_some() && pages.any(|page| page.orders.iter().any(|it| it.id == order.id))
}

/// Holds an order against the refused ones of the case.
pub(super) fn newcomer(scene: &Scene<'_>, seen: &Seen<'_>, order: &Order, bench: &mut Bench<'_>) {
    let shown: BTreeSet<&str> =
        order.recipients.iter().flatten().filter_map(|it| it.msisdn.as_deref()).collect();
    let same = |refused: &&Seen<'_>| {
        let sent = refused.facts.as_ref().and_then(|it| it.order()).and_then(|it| it.entries.as_ref());
        sent.into_iter()
            .flatten()
            .filter_map(|it| it.msisdn.text())
            .any(|number| shown.contains(normal_form(scene.contract, number).as_str()))
    };
    let refused =
        scene.seen[..seen.at].iter().filter(|it| it.response().is_some_and(|it| is_error(it.status)));
    let Some(refused) = refused.filter(|it| it.is_order()).find(same) else { return };
    let sure = refused.allowed.as_ref().map_or(&[][..], |it| &it.sure);
    let prevalidated = sure.iter().any(|id| PREVALIDATED.contains(id));
    let ids: &[&str] =
        if prevalidated { &["PRE-ATOMIC", "MONEY-REJECT"] } else { &["MONEY-REJECT", "ORDER-LIST"] };
    let status = refused.response().map_or(0, |it| it.status);
    bench
        .fail(
            ids,
            "an order too many",
            format!("an order that was refused with {status} is listed all the same"),
        )
        .at(seen)
        .wanted("no order", ids[0])
        .put();
}
