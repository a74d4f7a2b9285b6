//! Orders after their creation: status, recipients, progress, privacy, the list, and the retry of one recipient.

mod list;
mod plan;
mod retry;

use std::collections::BTreeSet;

use spec::{Meaning, OperationId, Pesewas};

use super::Check;
use crate::history::Tier;
use crate::judge::findings::Bench;
use crate::judge::findings::ghs;
use crate::judge::scene::{Created, Scene, Seen};
use crate::order::reading::{self, Amount, Order, Page};
use crate::order::reading::{is_error, is_failed, is_throttle};
use crate::plan::case::{Actor, Step};
use crate::plan::draft::{Draft, Mix};
use crate::plan::planner::Planner;

/// The check.
pub const CHECK: Check = Check {
    name: "orders",
    cites: &[
        "ORDER-STATUS",
        "ORDER-RECIPIENTS",
        "ORDER-PROGRESS",
        "ORDER-RETRY",
        "ORDER-PRIVATE",
        "ORDER-LIST",
        "ORDER-SAME",
    ],
    plan: Some(planned),
    judge: Some(judge),
    ..Check::NOTHING
};

fn planned(p: &mut Planner<'_>) {
    if p.tier == Tier::Probe {
        return p.cannot(CHECK.cites, "the probe tier creates no order");
    }
    let buyers = p.buyers();
    let Some(role) = buyers.first().cloned() else {
        return p.cannot(CHECK.cites, "no key of a role that may buy");
    };
    let count = p.contract.limits.min_items + 1;
    for role in &buyers {
        plan::followed(p, role, count);
    }
    plan::private(p, &role, buyers.get(1).unwrap_or(&role), count);
    plan::pages(p, &role);
    if p.has_states() && p.world.extra_states.iter().any(|state| state == "recipient") {
        plan::retried(p, &role, count);
    } else {
        p.cannot(&["ORDER-RETRY"], "no provider state makes a recipient fail");
    }
}

fn judge(scene: &Scene<'_>, bench: &mut Bench<'_>) {
    for seen in &scene.seen {
        if !seen.authorised(scene.case) || seen.exchange.wave.is_some() && seen.is_order() {
            continue;
        }
        match seen.exchange.operation {
            OperationId::Order | OperationId::OrderStatus => read(scene, seen, bench),
            OperationId::Orders => list::list(scene, seen, bench),
            OperationId::Retry => retry::retry(scene, seen, bench),
            _ => {}
        }
    }
    progress(scene, bench);
    same(scene, bench);
    list::paged(scene, bench);
}

fn ok(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    let operation = scene.contract.operation(seen.exchange.operation);
    seen.response().is_some_and(|it| Some(it.status) == operation.status(Meaning::Ok))
}

fn read(scene: &Scene<'_>, seen: &Seen<'_>, bench: &mut Bench<'_>) {
    let Some(response) = seen.response() else { return };
    let operation = scene.contract.operation(seen.exchange.operation);
    let not_found = operation.status(Meaning::NotFound);
    if is_throttle(scene.contract, response.status) {
        return;
    }
    let created = scene.asked_for(seen.exchange);
    let own = created.is_some_and(|it| {
        let wallets = scene.wallets();
        seen.exchange.actor.is_some_and(|actor| wallets[actor] == wallets[it.actor])
    });
    if !own {
        if Some(response.status) == not_found {
            return bench.pass("ORDER-PRIVATE");
        }
        if operation.response(response.status).is_none() && is_error(response.status) {
            return;
        }
        let what = if created.is_some() { "another account's order" } else { "an order that nobody has" };
        let wanted = not_found.map_or_else(String::new, |status| format!("{status} not found"));
        return bench
            .fail(&["ORDER-PRIVATE"], what, format!("{what} was answered with {}", response.status))
            .at(seen)
            .wanted(wanted, "ORDER-PRIVATE")
            .put();
    }
    let Some(created) = created else { return };
    if !ok(scene, seen) {
        if response.status < 500 {
            let id =
                if seen.exchange.operation == OperationId::Order { "ORDER-SAME" } else { "ORDER-STATUS" };
            bench
                .fail(
                    &[id, "ORDER-STATUS"],
                    "not found",
                    format!("a created order is answered with {}", response.status),
                )
                .at(seen)
                .wanted("the order", id)
                .put();
        }
        return;
    }
    let id = if seen.exchange.operation == OperationId::Order { "ORDER-SAME" } else { "ORDER-STATUS" };
    let differences = bench
        .shapes
        .differences(seen.exchange.operation, response.status, &response.body.0)
        .unwrap_or_default();
    if let Some(first) = differences.first() {
        return bench
            .fail(
                &[id, "ORDER-STATUS"],
                &format!("shape {}", first.pointer),
                "an order read back has another shape than documented",
            )
            .at(seen)
            .wanted("the documented fields", id)
            .differences(&differences)
            .put();
    }
    let Some(order) = seen.order(scene.contract) else { return };
    if agrees(scene, seen, created, &order, id, bench) {
        bench.pass(id);
    }
    let Some(recipients) = &order.recipients else { return };
    let sent = created.order.as_ref().and_then(|it| it.entries.as_ref()).map(Vec::len);
    let counted = created.summary.count.as_ref().and_then(|(count, _)| *count);
    if let Some(wanted) = sent.map(|it| it as i64).or(counted) {
        let states = recipients.iter().filter(|it| it.state.is_some()).count() as i64;
        if states == wanted {
            bench.pass("ORDER-RECIPIENTS");
        } else {
            bench
                .fail(
                    &["ORDER-RECIPIENTS"],
                    "count",
                    format!("{states} recipient states for {wanted} recipients"),
                )
                .at(seen)
                .wanted(wanted.to_string(), "ORDER-RECIPIENTS")
                .put();
        }
    }
}

/// Whether an order read back is the one that was created.
fn agrees(
    scene: &Scene<'_>,
    seen: &Seen<'_>,
    created: &Created,
    order: &Order,
    id: &str,
    bench: &mut Bench<'_>,
) -> bool {
    let total = created.summary.total.as_ref().and_then(Amount::pesewas);
    let amount = order.amount.as_ref().and_then(Amount::pesewas);
    let mut wrong = Vec::new();
    if order.id != created.summary.order_id {
        wrong.push(("id", format!("{:?}", order.id), format!("{:?}", created.summary.order_id)));
    }
    if order.reference != created.summary.reference {
        wrong.push((
            "reference",
            format!("{:?}", order.reference),
            format!("{:?}", created.summary.reference),
        ));
    }
    if total.is_some() && amount != total {
        let said = order.amount.as_ref().map_or("none".into(), |it| it.text.clone());
        wrong.push(("amount", said, total.map(ghs).unwrap_or_default()));
    }
    for (what, said, wanted) in &wrong {
        // An amount that differs from the answer's total may be the right one beside a wrong total.
        let candidates: &[&str] = match (*what, id) {
            ("amount", "ORDER-SAME") => &["ORDER-SAME", "ORDER-STATUS", "RESP-TOTAL"],
            ("amount", _) => &["ORDER-STATUS", "RESP-TOTAL"],
            ("reference", _) => &[id, "ORDER-STATUS", "RESP-REFERENCE"],
            _ => &[id, "ORDER-STATUS", "RESP-ORDER-ID"],
        };
        bench
            .fail(candidates, *what, format!("the order's {what} is {said}"))
            .at(seen)
            .wanted(wanted.clone(), id)
            .put();
    }
    if let Some(state) = &order.state
        && !scene.contract.states.knows(state)
    {
        let known: Vec<&str> = scene.contract.states.next.keys().map(String::as_str).collect();
        bench
            .fail(&["ORDER-PROGRESS"], "unknown state", format!("the order's state is {state:?}"))
            .at(seen)
            .wanted(known.join(", "), "ORDER-PROGRESS")
            .put();
    }
    wrong.is_empty()
}

/// States of the same order only move forward from reading to reading; a retry sets its recipient back.
fn progress(scene: &Scene<'_>, bench: &mut Bench<'_>) {
    for created in &scene.created {
        let reads: Vec<(&Seen<'_>, Order)> = scene
            .seen
            .iter()
            .filter(|it| it.exchange.wave.is_none())
            .filter(|it| scene.asked_for(it.exchange).is_some_and(|other| other.exchange == created.exchange))
            .filter_map(|it| Some((it, it.order(scene.contract)?)))
            .collect();
        let mut moved = false;
        for pair in reads.windows(2) {
            let [(first, before), (second, after)] = pair else { continue };
            let retried =
                scene.seen[first.at..=second.at].iter().any(|it| it.exchange.operation == OperationId::Retry);
            if retried {
                continue;
            }
            moved = true;
            let states = &scene.contract.states;
            let back = |from: &Option<String>, to: &Option<String>| match (from, to) {
                (Some(from), Some(to)) => !states.may_become(from, to),
                _ => false,
            };
            let mut wrong = Vec::new();
            if back(&before.state, &after.state) {
                wrong.push(("order", before.state.clone(), after.state.clone()));
            }
            for (one, other) in before.recipients.iter().flatten().zip(after.recipients.iter().flatten()) {
                if back(&one.state, &other.state) {
                    wrong.push(("recipient", one.state.clone(), other.state.clone()));
                }
            }
            for (what, from, to) in wrong {
                let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
                bench
                    .fail(
                        &["ORDER-PROGRESS"],
                        &format!("{what} moved back"),
                        format!("the {what}'s state went from {from} to {to}"),
                    )
                    .at(second)
                    .wanted("a state only moves forward", "ORDER-PROGRESS")
                    .put();
            }
        }
        if moved {
            bench.pass("ORDER-PROGRESS");
        }
    }
}

/// The two endpoints of an order agree.
fn same(scene: &Scene<'_>, bench: &mut Bench<'_>) {
    let reads: Vec<&Seen<'_>> = scene
        .seen
        .iter()
        .filter(|it| matches!(it.exchange.operation, OperationId::Order | OperationId::OrderStatus))
        .collect();
    for pair in reads.windows(2) {
        let [one, other] = pair else { continue };
        if one.exchange.operation == other.exchange.operation || !ok(scene, one) || !ok(scene, other) {
            continue;
        }
        let (Some(a), Some(b)) = (one.order(scene.contract), other.order(scene.contract)) else { continue };
        if scene.asked_for(one.exchange).map(|it| it.exchange)
            != scene.asked_for(other.exchange).map(|it| it.exchange)
        {
            continue;
        }
        let amount = |order: &Order| order.amount.as_ref().and_then(Amount::pesewas);
        let recipients = |order: &Order| order.recipients.as_ref().map(Vec::len);
        let agree = a.id == b.id
            && a.reference == b.reference
            && amount(&a) == amount(&b)
            && recipients(&a) == recipients(&b);
        if agree {
            bench.pass("ORDER-SAME");
        } else {
            bench
                .fail(
                    &["ORDER-SAME", "ORDER-STATUS", "ORDER-RECIPIENTS"],
                    "disagree",
                    "the order and its status disagree",
                )
                .at(other)
                .wanted("the same id, reference, amount and recipients", "ORDER-SAME")
                .put();
        }
    }
}
