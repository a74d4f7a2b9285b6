//! The retry of one recipient: that one is tried again, the others stay, and the wallet pays at most what was refunded.

use spec::{Meaning, OperationId, Pesewas};

use super::recipients::paired;
use crate::judge::findings::{Findings, ghs};
use crate::judge::scene::{Created, Scene, Seen};
use crate::order::facts::Entry;
use crate::order::msisdn::normal_form;
use crate::order::reading::{Amount, Order};
use crate::order::recipients::Recipient;
use crate::order::sent::moved;
use crate::order::state::is_failed;
use crate::order::wallet::is_subset_sum;

#[expect(
    clippy::too_many_lines,
    reason = "one retry in the order of its life: before, its answer, after, its cost"
)]
pub(super) fn retry(scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings<'_>) {
    let Some(created) = scene.asked_for(seen.exchange) else { return };
    let wallets = scene.wallets();
    if seen.exchange.actor.is_some_and(|actor| wallets[actor] != wallets[created.actor]) {
        return stranger(scene, seen, findings);
    }
    let about = |it: &&Seen<'_>| {
        matches!(it.exchange.operation, OperationId::Order | OperationId::OrderStatus)
            && scene.asks_for(it.exchange, created)
    };
    let before = scene.seen[..seen.at].iter().rev().find(about).and_then(|it| it.order(scene.contract));
    let index = seen.exchange.request.path.split('/').rev().nth(1).and_then(|it| it.parse::<usize>().ok());
    let (Some(before), Some(index)) = (before.and_then(|it| it.recipients), index) else { return };
    let index = shown_at(scene, created, &before, index);
    let Some(target) = before.get(index) else { return };
    if !target.state.as_deref().is_some_and(is_failed) {
        return;
    }
    let Some(response) = seen.response() else { return };
    let operation = scene.contract.operation(OperationId::Retry);
    if !seen.is_ok(scene.contract) {
        if operation.response(response.status).is_some()
            && operation.status(Meaning::NotFound) != Some(response.status)
        {
            findings
                .fail(
                    &["ORDER-RETRY"],
                    "refused",
                    format!("the retry of a failed recipient was answered with {}", response.status),
                )
                .at(seen)
                .wanted("the recipient is tried again", "ORDER-RETRY")
                .put();
        }
        return;
    }
    let mut fine = true;
    let after: Vec<(&Seen<'_>, Order)> = scene.seen[seen.at..]
        .iter()
        .filter(|it| about(it) || it.at == seen.at)
        .filter_map(|it| Some((it, it.order(scene.contract)?)))
        .collect();
    for (read, order) in &after {
        for (was, is) in paired(&before, order.recipients.as_deref().unwrap_or_default()) {
            let back = match (&was.state, &is.state) {
                (Some(state), Some(is)) => {
                    !std::ptr::eq(was, target) && !scene.contract.states.may_become(state, is)
                }
                _ => false,
            };
            if back {
                fine = false;
                findings
                    .fail(
                        &["ORDER-RETRY", "ORDER-PROGRESS"],
                        "touches others",
                        format!("a retry of {} set {} back", named(&before, target), named(&before, was)),
                    )
                    .at(read)
                    .wanted("the others as they were", "ORDER-RETRY")
                    .put();
            }
        }
    }
    let stays = |(_, order): &(&Seen<'_>, Order)| {
        let pairs = paired(&before, order.recipients.as_deref().unwrap_or_default());
        let own = pairs.into_iter().find(|(was, _)| std::ptr::eq(*was, target));
        own.is_some_and(|(_, is)| is.state.as_deref().is_some_and(is_failed))
    };
    if after.len() > 1 && after.iter().all(stays) {
        fine = false;
        findings
            .fail(
                &["ORDER-RETRY"],
                "nothing happens",
                "a retried recipient stays failed without being tried again",
            )
            .at(seen)
            .wanted("the recipient is tried again", "ORDER-RETRY")
            .put();
    }
    let shown = target.amount.as_ref().and_then(Amount::pesewas);
    let price = shown.or_else(|| scene.price_of(created, target.msisdn.as_deref()?));
    fine &= retry_cost(scene, seen, created, price, findings);
    if fine {
        findings.pass("ORDER-RETRY");
    }
}

/// Returns the position at which an answer shows the recipient that was sent at this one.
fn shown_at(scene: &Scene<'_>, created: &Created, shown: &[Recipient], index: usize) -> usize {
    let entries = created.order.as_ref().and_then(|it| it.entries.as_deref()).unwrap_or_default();
    let number = |it: &Entry| it.msisdn.text().map(|it| normal_form(scene.contract, it));
    let sent: Vec<Option<String>> = entries.iter().map(number).collect();
    let sent: Vec<Option<&str>> = sent.iter().map(Option::as_deref).collect();
    let shown: Vec<Option<&str>> = shown.iter().map(|it| it.msisdn.as_deref()).collect();
    moved(&sent, &shown, index)
}

/// Names a recipient by its number, or else by its position.
fn named(all: &[Recipient], one: &Recipient) -> String {
    let at = all.iter().position(|it| std::ptr::eq(it, one)).unwrap_or_default();
    one.msisdn.as_ref().map_or_else(|| format!("recipient {at}"), |it| format!("the recipient {it}"))
}

/// Checks that another account's order is not found, so that it has no recipient to retry.
fn stranger(scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings<'_>) {
    let not_found = scene.contract.operation(OperationId::Retry).status(Meaning::NotFound);
    if seen.is_ok(scene.contract) {
        findings
            .fail(&["ORDER-PRIVATE"], "another account's retry", "another account could retry a recipient")
            .at(seen)
            .exposes()
            .wanted(not_found.map_or_else(String::new, |it| format!("{it} not found")), "ORDER-PRIVATE")
            .put();
    } else if seen.response().map(|it| it.status) == not_found {
        findings.pass("ORDER-PRIVATE");
    }
}

/// Returns true if a retry costs nothing, or reverses the refund of this one recipient; records a failure otherwise.
fn retry_cost(
    scene: &Scene<'_>,
    seen: &Seen<'_>,
    created: &Created,
    price: Option<Pesewas>,
    findings: &mut Findings<'_>,
) -> bool {
    let balance = |it: &Seen<'_>| it.wallet(scene.contract).and_then(|it| it.available.pesewas());
    let before = scene.seen[..seen.at].iter().rev().find_map(balance);
    let after = scene.seen[seen.at..].iter().find_map(balance);
    let last = scene.seen[seen.at..].iter().rev().find_map(balance);
    let opening = scene.case.accounts[created.actor].balance;
    let total = created.summary.pesewas();
    let (Some(before), Some(after), Some(last), Some(opening), Some(total)) =
        (before, after, last, opening, total)
    else {
        return true;
    };
    let refunded = before - (opening - total);
    // A retry may take back the refund of this recipient, but not of others. Those that failed and were not refunded before
    // may be refunded meanwhile.
    let reversed = Some(price.unwrap_or(refunded)).filter(|it| *it <= refunded);
    let refundable = scene.refundable_in(scene.wallets()[created.actor]);
    let yet = refundable.iter().copied().sum::<Pesewas>() - refunded;
    let came_back = |more: Pesewas| more > Pesewas::ZERO && more <= yet && is_subset_sum(more, &refundable);
    let costs = [Some(Pesewas::ZERO), reversed];
    let is_allowed =
        |paid: Pesewas| costs.into_iter().flatten().any(|cost| cost == paid || came_back(cost - paid));
    for balance in [after, last] {
        let paid = before - balance;
        // The recipient may have been charged again before its refund, which a later reading then shows.
        let in_advance = price == Some(paid) && balance != last && is_allowed(before - last);
        if !is_allowed(paid) && !in_advance {
            findings
                .fail(
                    &["ORDER-RETRY", "MONEY-DEBIT"],
                    "debit",
                    format!("a retry moved {} from the wallet", ghs(paid)),
                )
                .at(seen)
                .wanted(format!("nothing, or what had been refunded ({})", ghs(refunded)), "ORDER-RETRY")
                .put();
            return false;
        }
    }
    true
}
