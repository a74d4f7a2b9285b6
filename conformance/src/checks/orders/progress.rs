//! The states of an order and of its recipients only move forward.

use super::recipients::paired;
use crate::judge::findings::Findings;
use crate::judge::scene::{Created, Scene, Seen};
use crate::order::reading::Order;
use crate::order::state;
use spec::OperationId;

const ID: &str = "ORDER-PROGRESS";

/// How long an order may be ahead of its recipients, in microseconds: a server may write them one after the other.
const UNSUBMITTED_US: u64 = 1_000_000;

/// Checks that the states of an order only move forward from read to read; a retry sets its recipient back.
pub(super) fn progress(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    for created in &scene.created {
        let reads = readings(scene, created);
        let mut moved = false;
        for pair in reads.windows(2) {
            let [(first, before), (second, after)] = pair else { continue };
            if retried(&scene.seen[first.at..=second.at]) {
                continue;
            }
            moved = true;
            // No page says how soon a retry shows: what had failed may be shown as failed for a while.
            let late = retried(&scene.seen[..first.at]);
            let forgiven = |from: &str| late && state::is_failed(from);
            let steps = steps_back(scene, before, after);
            // If each endpoint by itself only moves forward, it is the two of them that disagree.
            let disagree = first.exchange.operation != second.exchange.operation && !any_back(scene, &reads);
            for (what, from, to) in steps.into_iter().filter(|(_, from, _)| !forgiven(from)) {
                let (ids, cause, summary) = if disagree {
                    let summary =
                        format!("one endpoint shows the {what} as {from}, and then the other as {to}");
                    (&["ORDER-SAME", ID][..], format!("{what} differs"), summary)
                } else {
                    let summary = format!("the {what}'s state went from {from} to {to}");
                    (&[ID][..], format!("{what} moved back"), summary)
                };
                let finding = findings.fail(ids, cause, summary).at(second);
                finding.wanted("a state only moves forward", ID).put();
            }
        }
        vanished(&reads, findings);
        unsubmitted(scene, &reads, findings);
        if moved && reads.iter().any(|(_, order)| has_begun(scene, order)) {
            findings.pass(ID);
        } else if moved {
            findings.inconclusive(
                ID,
                "no recipient was seen to be submitted; --settle SECONDS follows orders longer",
            );
        }
    }
}

/// Returns true if some state moved back from one read to the next of the same endpoint.
fn any_back(scene: &Scene<'_>, reads: &[(&Seen<'_>, Order)]) -> bool {
    [OperationId::Order, OperationId::OrderStatus].into_iter().any(|operation| {
        let own: Vec<_> = reads.iter().filter(|(seen, _)| seen.exchange.operation == operation).collect();
        own.windows(2).any(|two| !steps_back(scene, &two[0].1, &two[1].1).is_empty())
    })
}

/// Returns true if a recipient was retried among these exchanges.
fn retried(seen: &[Seen<'_>]) -> bool {
    seen.iter().any(|it| it.exchange.operation == OperationId::Retry)
}

/// Returns true if an order or a recipient is shown in another state than the one in which it was created.
fn has_begun(scene: &Scene<'_>, order: &Order) -> bool {
    let states = &scene.contract.states;
    let later = |state: &String| states.next.values().flatten().any(|next| next == state);
    order.state.iter().chain(order.recipients.iter().flatten().filter_map(|it| it.state.as_ref())).any(later)
}

/// Checks that each recipient is submitted: an order is not shown as completed, and still so a while later, with recipients
/// in the state in which they were created. A retry may set them back.
fn unsubmitted(scene: &Scene<'_>, reads: &[(&Seen<'_>, Order)], findings: &mut Findings<'_>) {
    let states = &scene.contract.states;
    let waiting = |order: &Order| {
        let all = order.recipients.iter().flatten();
        let waiting =
            all.filter(|it| it.state.as_deref().is_some_and(|state| states.is_first(state))).count();
        if order.state.as_deref().is_some_and(|it| state::is_served(states, it)) { waiting } else { 0 }
    };
    let mut shown = reads.iter().filter(|(_, order)| waiting(order) > 0).map(|(seen, _)| *seen);
    let (Some(first), Some((last, order)), false) = (shown.next(), reads.last(), retried(&scene.seen)) else {
        return;
    };
    let for_us = last.exchange.sent_us.saturating_sub(first.exchange.done_us);
    if waiting(order) == 0 || for_us < UNSUBMITTED_US {
        return;
    }
    let summary =
        format!("an order has ended, and {} of its recipients were never submitted", waiting(order));
    findings
        .fail(&[ID], "never submitted", summary)
        .at(last)
        .wanted("each recipient is submitted", ID)
        .detail(format!("it was shown so for {} s", for_us / 1_000_000))
        .put();
}

/// Checks that an order whose recipients an endpoint has shown keeps showing them.
fn vanished(reads: &[(&Seen<'_>, Order)], findings: &mut Findings<'_>) {
    let gone = |(at, (seen, order)): &(usize, &(&Seen<'_>, Order))| {
        let before = |(earlier, order): &(&Seen<'_>, Order)| {
            earlier.exchange.operation == seen.exchange.operation && order.recipients.is_some()
        };
        order.recipients.is_none() && reads[..*at].iter().any(before)
    };
    if let Some((_, (seen, _))) = reads.iter().enumerate().find(gone) {
        findings
            .fail(&["ORDER-RECIPIENTS"], "gone", "recipients that an order has shown are not shown any more")
            .at(seen)
            .wanted("one state per recipient", "ORDER-RECIPIENTS")
            .put();
    }
}

/// Returns every read of an order, in sequence.
fn readings<'s>(scene: &'s Scene<'_>, created: &Created) -> Vec<(&'s Seen<'s>, Order)> {
    scene
        .seen
        .iter()
        .filter(|it| it.exchange.batch.is_none())
        .filter(|it| scene.asks_for(it.exchange, created))
        .filter_map(|it| Some((it, it.order(scene.contract)?)))
        .collect()
}

/// Returns the states that moved back from one read to the next, as (subject, from, to).
fn steps_back<'o>(
    scene: &Scene<'_>,
    before: &'o Order,
    after: &'o Order,
) -> Vec<(&'static str, &'o str, &'o str)> {
    let back = |what, from: &'o Option<String>, to: &'o Option<String>| {
        let (from, to) = (from.as_deref()?, to.as_deref()?);
        (!scene.contract.states.may_become(from, to)).then_some((what, from, to))
    };
    let (one, other) = (before.recipients.as_deref(), after.recipients.as_deref());
    let pairs = paired(one.unwrap_or_default(), other.unwrap_or_default());
    let recipients = pairs.into_iter().filter_map(|(from, to)| back("recipient", &from.state, &to.state));
    back("order", &before.state, &after.state).into_iter().chain(recipients).collect()
}
