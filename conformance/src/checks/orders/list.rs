//! The list of orders: it shows callers their own orders, each once, as created, over as many pages as needed.

use std::collections::BTreeSet;

use spec::OperationId;

use super::pages;
use crate::checks::prevalidation::is_refused_for_a_recipient;
use crate::history::Answer;
use crate::judge::findings::{Findings, ghs, text};
use crate::judge::scene::{Created, Scene, Seen};
use crate::judge::shape::Difference;
use crate::order::moment::{APART, Moment};
use crate::order::reading::{self, Amount, Order, Page};
use crate::order::state::is_failed;

pub(super) fn list(scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings<'_>) {
    let Some(response) = seen.response().filter(|_| seen.is_ok(scene.contract)) else { return };
    let Some(mut differences) = findings.differences("ORDER-LIST", OperationId::Orders, response) else {
        return;
    };
    let page = reading::page(scene.contract, response);
    let entries = page.as_ref().map_or(&[][..], |it| &it.orders);
    differences.retain(|it| !is_about_another(scene, entries, it));
    if !differences.is_empty() {
        return findings
            .fail(&["ORDER-LIST"], "shape", "the order list has another shape than documented")
            .at(seen)
            .wanted("the documented fields", "ORDER-LIST")
            .differences(&differences)
            .put();
    }
    let Some(page) = page else { return };
    let (Some(actor), wallets) = (seen.exchange.actor, scene.wallets()) else { return };
    let own = |created: &&Created| wallets[created.actor] == wallets[actor] && created.exchange < seen.at;
    strangers(scene, seen, &page, actor, findings);
    // No page says whether a page that is not the last shows the newest orders or the oldest.
    if seen.exchange.request.path.contains('?') || !page.done {
        return;
    }
    let mine: Vec<&Created> = scene.created.iter().filter(own).collect();
    for created in mine.iter().filter(|it| it.summary.order_id.is_some()) {
        listed(seen, &page, created, findings);
        rests(scene, seen, &page, created, findings);
    }
    // An account created for the case has no other orders than those of the case.
    let lost = scene.case.exchanges.iter().any(|it| matches!(it.answer, Answer::Lost(_)));
    let listed = page.orders.iter().filter(|it| !is_older(it, seen) && !is_beside(scene, seen, it)).count();
    if scene.case.accounts[actor].fresh && !lost && listed > mine.len() {
        let prevalidated = scene.seen[..seen.at].iter().any(is_refused_for_a_recipient);
        let ids: &[&str] = if mine.is_empty() && prevalidated {
            &["PRE-ATOMIC", "MONEY-REJECT"]
        } else if mine.is_empty() {
            &["MONEY-REJECT", "ORDER-LIST"]
        } else {
            &["ORDER-LIST"]
        };
        let verb = if listed == 1 { "order is" } else { "orders are" };
        let created = match mine.len() {
            0 => "none was created".to_owned(),
            1 => "1 was created".to_owned(),
            more => format!("{more} were created"),
        };
        let said = format!("{listed} {verb} listed, {created}");
        // A list that also shows orders of others proves nothing about what was created.
        let draft =
            findings.fail(ids, "an order too many", said).at(seen).suspects(&["ORDER-LIST", "ORDER-PRIVATE"]);
        draft.wanted(mine.len().to_string(), ids[0]).put();
    } else if mine.is_empty() && scene.case.accounts[actor].fresh && page.orders.is_empty() {
        findings.pass("MONEY-REJECT");
    }
}

/// Returns true if a list may show an order that the case did not create: an entry for a recipient, which is no bulk order, or
/// a refused order that is kept as failed. No page says that a list has no such entries, and no money is taken for them; but an
/// order with a bad recipient creates nothing.
fn is_beside(scene: &Scene<'_>, seen: &Seen<'_>, order: &Order) -> bool {
    let is_mine = scene.created.iter().any(|it| it.summary.order_id == order.id);
    let is_kept = || order.state.as_deref().is_some_and(is_failed) && may_be_kept(scene, seen);
    !is_mine && (order.bulk == Some(false) || is_kept())
}

/// Returns true if some order of the case was refused before a reading, and none of them for a recipient.
fn may_be_kept(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    let orders = || scene.seen[..seen.at].iter().filter(|it| it.is_order());
    let refused = |it: &Seen<'_>| it.response().is_some_and(|it| reading::is_refusal(it.status));
    orders().any(refused) && !orders().any(is_refused_for_a_recipient)
}

/// Returns true if an order of a list is older than the case: a new account may come with orders of earlier days, which
/// no page forbids.
fn is_older(order: &Order, seen: &Seen<'_>) -> bool {
    match (order.created, seen.response().and_then(Moment::of_response)) {
        (Some(created), Some(now)) => now.millis - created.millis > APART,
        _ => order.bulk == Some(false),
    }
}

fn strangers(scene: &Scene<'_>, seen: &Seen<'_>, page: &Page, actor: usize, findings: &mut Findings<'_>) {
    let wallets = scene.wallets();
    let ids: BTreeSet<&str> = page.orders.iter().filter_map(|it| it.id.as_deref()).collect();
    for created in scene.created.iter().filter(|it| wallets[it.actor] != wallets[actor]) {
        let Some(id) = &created.summary.order_id else { continue };
        if ids.contains(id.as_str()) {
            findings
                .fail(&["ORDER-PRIVATE"], "listed", "another account's order is in the list")
                .at(seen)
                .exposes()
                // If an id was given out twice, it belongs to an order of each account.
                .suspects(&["RESP-ORDER-ID"])
                .wanted("only one's own orders", "ORDER-PRIVATE")
                .put();
        } else {
            findings.pass("ORDER-PRIVATE");
        }
    }
}

/// Returns true if a difference is about an entry of the list that shows an order which this case did not create. Nobody
/// promises how an order is shown that may be years old or of another kind.
fn is_about_another(scene: &Scene<'_>, entries: &[Order], difference: &Difference) -> bool {
    let names = &scene.contract.fields;
    let prefix = format!("/{}/{}/", names.data, names.page.orders);
    let at =
        difference.pointer.strip_prefix(&prefix).and_then(|it| it.split('/').next()?.parse::<usize>().ok());
    let shown = at.and_then(|at| entries.get(at)?.id.as_ref());
    shown.is_some_and(|id| scene.created.iter().all(|it| it.summary.order_id.as_ref() != Some(id)))
}

fn listed(seen: &Seen<'_>, page: &Page, created: &Created, findings: &mut Findings<'_>) {
    let Some(order) = page.orders.iter().find(|it| it.id == created.summary.order_id) else {
        return findings
            .fail(&["ORDER-LIST"], "missing", "a created order is not in the list")
            .at(seen)
            .wanted("the order", "ORDER-LIST")
            .put();
    };
    let total = created.summary.pesewas();
    let amount = order.amount.as_ref().and_then(Amount::pesewas);
    let mut fine = true;
    // What the answer did not say as documented can't be listed.
    let unsaid = created.summary.reference.is_none();
    let mut wrong = |cause: &str, summary: String, wanted: String, candidates: &[&str]| {
        fine = false;
        let follows: &[&str] = if unsaid && cause == "reference" { &["RESP-SHAPE"] } else { &[] };
        findings
            .fail(candidates, cause, summary)
            .at(seen)
            .wanted(wanted, "ORDER-LIST")
            .follows(follows)
            .put();
    };
    let of_creation = |it: &str| format!("{it}, as on creation");
    if order.reference.is_some() && order.reference != created.summary.reference {
        wrong(
            "reference",
            format!("the list shows the reference {}", text(order.reference.as_deref())),
            of_creation(text(created.summary.reference.as_deref())),
            &["ORDER-LIST", "ORDER-STATUS"],
        );
    }
    if total.is_some() && order.amount.is_some() && amount != total {
        wrong(
            "amount",
            format!("the list shows the amount {}", text(order.amount.as_ref().map(|it| it.text.as_str()))),
            of_creation(&total.map(ghs).unwrap_or_default()),
            &["ORDER-LIST", "RESP-TOTAL", "ORDER-STATUS"],
        );
    }
    if order.bulk != Some(true) {
        let says = order.bulk.is_some();
        wrong(
            if says { "not bulk" } else { "not said to be bulk" },
            if says {
                "the list shows a bulk order as a single one".into()
            } else {
                "the list does not say that an order is a bulk order".into()
            },
            "a bulk order".into(),
            &["ORDER-LIST"],
        );
    }
    if fine {
        findings.pass("ORDER-LIST");
    }
}

/// Checks that an order that has ended is listed as ended.
fn rests(scene: &Scene<'_>, seen: &Seen<'_>, page: &Page, created: &Created, findings: &mut Findings<'_>) {
    let Some(order) = page.orders.iter().find(|it| it.id == created.summary.order_id) else { return };
    let (Some(rested), Some(listed)) = (pages::rested(scene, created, seen.at), &order.state) else { return };
    if !scene.contract.states.may_become(&rested, listed) {
        findings
            .fail(
                &["ORDER-LIST", "ORDER-PROGRESS"],
                "state",
                format!("the list shows an order as {listed} that has ended as {rested}"),
            )
            .at(seen)
            .wanted(rested, "ORDER-LIST")
            .put();
    }
}
