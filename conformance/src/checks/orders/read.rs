//! An order read back: it is the one that was created, and both endpoints agree on it.

use spec::{Meaning, OperationId};

use super::{newcomer, recipients, times};
use crate::judge::findings::{Findings, ghs, text};
use crate::judge::scene::{Created, Scene, Seen};
use crate::order::path::{may_lead_elsewhere, names};
use crate::order::reading::{Amount, Order, is_error, is_throttle};

pub(super) fn read(scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings<'_>) {
    let Some(response) = seen.response() else { return };
    if is_throttle(scene.contract, response.status) {
        return;
    }
    let created = scene.asked_for(seen.exchange);
    let wallets = scene.wallets();
    let own = |it: &&Created| seen.exchange.actor.is_some_and(|actor| wallets[actor] == wallets[it.actor]);
    let stranger = seen.order(scene.contract).filter(|_| created.is_none() && seen.is_ok(scene.contract));
    if let Some(order) = stranger.filter(|order| newcomer::is_listed(scene, seen, order)) {
        return newcomer::newcomer(scene, seen, &order, findings);
    }
    let Some(created) = created.filter(own) else {
        return of_others(scene, seen, created.is_some(), response.status, findings);
    };
    let id = if seen.exchange.operation == OperationId::Order { "ORDER-SAME" } else { "ORDER-STATUS" };
    if !seen.is_ok(scene.contract) {
        if response.status < 500 {
            findings
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
    let shaped = shaped(seen, id, findings);
    let Some(order) = seen.order(scene.contract) else { return };
    if agrees(scene, seen, created, &order, id, findings) && shaped {
        findings.pass(id);
    }
    recipients::recipients(scene, seen, created, &order, findings);
    times::times(scene, seen, created, findings);
}

/// Returns true if a read is of an order of an earlier case, made to find out what was refunded.
fn is_earlier(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    let account = seen.exchange.actor.and_then(|actor| scene.case.accounts.get(actor));
    let earlier = account.and_then(|it| it.earlier.as_ref());
    earlier.is_some_and(|it| it.read.iter().any(|id| names(&seen.exchange.request.path, id)))
}

/// Checks that an order that is not the caller's is not found, whether it is another account's or does not exist.
fn of_others(scene: &Scene<'_>, seen: &Seen<'_>, exists: bool, status: u16, findings: &mut Findings<'_>) {
    if !exists && (is_earlier(scene, seen) || may_lead_elsewhere(&seen.exchange.request.path)) {
        return;
    }
    let not_found = scene.contract.operation(seen.exchange.operation).status(Meaning::NotFound);
    if Some(status) == not_found {
        return findings.pass("ORDER-PRIVATE");
    }
    let operation = scene.contract.operation(seen.exchange.operation);
    // An unknown id may also have an invalid form, and no page says how that is refused.
    let refused = is_error(status) && status != scene.contract.status(Meaning::Unauthorized);
    if refused && !exists {
        return;
    }
    if is_error(status) && operation.response(status).is_none() {
        if status >= 500 {
            return;
        }
        return findings
            .fail(
                &["ORDER-PRIVATE"],
                "refused otherwise",
                format!("another account's order is refused with {status}"),
            )
            .at(seen)
            .wanted("404, so that nobody learns that the order exists", "ORDER-PRIVATE")
            .warning()
            .put();
    }
    let what = if exists { "another account's order" } else { "an order that nobody has" };
    let wanted = not_found.map_or_else(String::new, |status| format!("{status} not found"));
    findings
        .fail(&["ORDER-PRIVATE"], what, format!("{what} was answered with {status}"))
        .at(seen)
        .exposes()
        .wanted(wanted, "ORDER-PRIVATE")
        .put();
}

/// Returns true if an order has everything that the pages promise about it; records a finding otherwise.
fn shaped(seen: &Seen<'_>, id: &str, findings: &mut Findings<'_>) -> bool {
    let Some(response) = seen.response() else { return true };
    let Some(differences) = findings.differences(id, seen.exchange.operation, response) else { return false };
    let Some(first) = differences.first() else { return true };
    findings
        .fail(
            &[id, "ORDER-STATUS"],
            format!("shape {}", first.pointer),
            "an order read back has another shape than documented",
        )
        .at(seen)
        .wanted("the documented fields", id)
        .differences(&differences)
        .put();
    false
}

/// Returns true if an order read back is the one that was created; records each difference as a failure.
fn agrees(
    scene: &Scene<'_>,
    seen: &Seen<'_>,
    created: &Created,
    order: &Order,
    id: &str,
    findings: &mut Findings<'_>,
) -> bool {
    let total = created.summary.pesewas();
    let amount = order.amount.as_ref().and_then(Amount::pesewas);
    let mut wrong = Vec::new();
    // Whether a field must be present is judged by the shape.
    if order.id.is_some() && order.id != created.summary.order_id {
        wrong.push((
            "id",
            text(order.id.as_deref()).to_owned(),
            text(created.summary.order_id.as_deref()).to_owned(),
        ));
    }
    if order.reference.is_some() && order.reference != created.summary.reference {
        wrong.push((
            "reference",
            text(order.reference.as_deref()).to_owned(),
            text(created.summary.reference.as_deref()).to_owned(),
        ));
    }
    if total.is_some() && order.amount.is_some() && amount != total {
        let said = order.amount.as_ref().map_or("none".into(), |it| it.text.clone());
        wrong.push(("amount", said, total.map(ghs).unwrap_or_default()));
    }
    for (what, said, wanted) in &wrong {
        // What both endpoints show alike does not make them disagree.
        let alike =
            id == "ORDER-SAME" && status_shows(scene, created, |it| field(it, what) == field(order, what));
        let id = if alike { "ORDER-STATUS" } else { id };
        // An amount that differs from the answer's total may be correct, and the total wrong.
        let candidates: &[&str] = match (*what, id) {
            ("amount", "ORDER-SAME") => &["ORDER-SAME", "ORDER-STATUS", "RESP-TOTAL"],
            ("amount", _) => &["ORDER-STATUS", "RESP-TOTAL"],
            ("reference", _) => &[id, "ORDER-STATUS", "RESP-REFERENCE"],
            _ => &[id, "ORDER-STATUS", "RESP-ORDER-ID"],
        };
        // What the answer did not say as documented can't be read back.
        let unsaid = match *what {
            "reference" => created.summary.reference.is_none(),
            "id" => created.summary.order_id.is_none(),
            _ => false,
        };
        findings
            .fail(candidates, *what, format!("the order's {what} is {said}"))
            .at(seen)
            .wanted(wanted.clone(), id)
            .follows(if unsaid { &["RESP-SHAPE"] } else { &[] })
            .put();
    }
    if let Some(state) = &order.state
        && !scene.contract.states.knows(state)
    {
        let known: Vec<&str> = scene.contract.states.next.keys().map(String::as_str).collect();
        findings
            .fail(&["ORDER-PROGRESS"], "unknown state", format!("the order's state is {state:?}"))
            .at(seen)
            .wanted(known.join(", "), "ORDER-PROGRESS")
            .put();
    }
    wrong.is_empty()
}

/// Returns what an order shows as one of the fields that must agree with the answer that created it.
fn field(order: &Order, what: &str) -> Option<String> {
    match what {
        "amount" => order.amount.as_ref().and_then(Amount::pesewas).map(ghs),
        "reference" => order.reference.clone(),
        _ => order.id.clone(),
    }
}

/// Returns true if a read of an order's status shows something.
fn status_shows(scene: &Scene<'_>, created: &Created, shows: impl Fn(&Order) -> bool) -> bool {
    let of_it = |it: &&Seen<'_>| {
        it.exchange.operation == OperationId::OrderStatus && scene.asks_for(it.exchange, created)
    };
    scene.seen.iter().filter(of_it).filter_map(|it| it.order(scene.contract)).any(|it| shows(&it))
}

/// Checks that the two endpoints of an order agree.
pub(super) fn same(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    let reads: Vec<&Seen<'_>> = scene
        .seen
        .iter()
        .filter(|it| matches!(it.exchange.operation, OperationId::Order | OperationId::OrderStatus))
        .collect();
    for pair in reads.windows(2) {
        let [one, other] = pair else { continue };
        if one.exchange.operation == other.exchange.operation
            || !one.is_ok(scene.contract)
            || !other.is_ok(scene.contract)
        {
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
            findings.pass("ORDER-SAME");
        } else {
            let status = if one.exchange.operation == OperationId::OrderStatus { &a } else { &b };
            let status_is_wrong = scene.asked_for(one.exchange).is_some_and(|created| {
                let summary = &created.summary;
                (summary.reference.is_some() && status.reference != summary.reference)
                    || (summary.pesewas().is_some() && amount(status) != summary.pesewas())
            });
            findings
                .fail(
                    &["ORDER-SAME", "ORDER-STATUS", "ORDER-RECIPIENTS"],
                    "disagree",
                    "the order and its status disagree",
                )
                .at(other)
                .wanted("the same id, reference, amount and recipients", "ORDER-SAME")
                .follows(if status_is_wrong { &["ORDER-STATUS"] } else { &[] })
                .put();
        }
    }
}
