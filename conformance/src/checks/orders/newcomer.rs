//! Finds an order in the caller's list that no accepted order of the case explains. Others may use a fixed account, so
//! it counts as a refused order only if it has the number of a recipient that was sent in one.

use std::collections::BTreeSet;

use crate::checks::prevalidation::is_refused_for_a_recipient;
use crate::judge::findings::Findings;
use crate::judge::scene::{Scene, Seen};
use crate::order::msisdn::normal_form;
use crate::order::reading::{Order, is_error, page};
use crate::order::state::is_failed;

/// Returns true if an order is in a list that the same reader got before.
pub(super) fn is_listed(scene: &Scene<'_>, seen: &Seen<'_>, order: &Order) -> bool {
    let before = scene.seen[..seen.at].iter().filter(|it| it.exchange.actor == seen.exchange.actor);
    let mut pages = before.filter_map(|it| page(scene.contract, it.response()?));
    order.id.is_some() && pages.any(|page| page.orders.iter().any(|it| it.id == order.id))
}

/// Compares an order with the refused ones of the case, and adds a finding if it is one of them.
pub(super) fn newcomer(scene: &Scene<'_>, seen: &Seen<'_>, order: &Order, findings: &mut Findings<'_>) {
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
    let prevalidated = is_refused_for_a_recipient(refused);
    if !prevalidated && order.state.as_deref().is_some_and(is_failed) {
        // A refused order may be kept as failed: only one with a bad recipient creates nothing.
        return;
    }
    let ids: &[&str] =
        if prevalidated { &["PRE-ATOMIC", "MONEY-REJECT"] } else { &["MONEY-REJECT", "ORDER-LIST"] };
    let status = refused.response().map_or(0, |it| it.status);
    findings
        .fail(
            ids,
            "an order too many",
            format!("an order that was refused with {status} is listed all the same"),
        )
        .at(seen)
        .wanted("no order", ids[0])
        .put();
}
