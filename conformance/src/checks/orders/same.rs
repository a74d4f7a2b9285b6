//! The two endpoints of an order are equivalent: they show the same order in the same state.

use spec::OperationId;

use super::progress::{retried, steps_back};
use crate::judge::findings::Bench;
use crate::judge::scene::{Scene, Seen};
use crate::order::reading::{Amount, Order};
use crate::order::state;

const ID: &str = "ORDER-SAME";

/// Checks that the two endpoints of an order agree.
pub(super) fn same(scene: &Scene<'_>, bench: &mut Bench<'_>) {
    for created in &scene.created {
        let reads: Vec<(&Seen<'_>, Order)> = scene
            .seen
            .iter()
            .filter(|it| matches!(it.exchange.operation, OperationId::Order | OperationId::OrderStatus))
            .filter(|it| it.exchange.wave.is_none() && scene.asks_for(it.exchange, created))
            .filter_map(|it| Some((it, it.order(scene.contract)?)))
            .collect();
        for (at, pair) in reads.windows(2).enumerate() {
            let [(one, before), (other, after)] = pair else { continue };
            if one.exchange.operation == other.exchange.operation {
                continue;
            }
            let alike = contents(other, before, after, bench);
            let together = states(scene, &reads, at, bench);
            if alike && together {
                bench.pass(ID);
            }
        }
    }
}

/// Checks what does not change over the life of an order.
fn contents(other: &Seen<'_>, before: &Order, after: &Order, bench: &mut Bench<'_>) -> bool {
    let amount = |order: &Order| order.amount.as_ref().and_then(Amount::pesewas);
    let recipients = |order: &Order| order.recipients.as_ref().map(Vec::len);
    let agree = before.id == after.id
        && before.reference == after.reference
        && amount(before) == amount(after)
        && recipients(before) == recipients(after);
    if !agree {
        bench
            .fail(&[ID, "ORDER-STATUS", "ORDER-RECIPIENTS"], "disagree", "the order and its status disagree")
            .at(other)
            .wanted("the same id, reference, amount and recipients", ID)
            .put();
    }
    agree
}

/// Checks the states that two endpoints show one after the other. A state may have moved forward in between, and not back.
/// An endpoint that catches up later was behind for a while, which no page rules out in so many words: a warning.
fn states(scene: &Scene<'_>, reads: &[(&Seen<'_>, Order)], at: usize, bench: &mut Bench<'_>) -> bool {
    let (Some((one, before)), Some((other, after))) = (reads.get(at), reads.get(at + 1)) else { return true };
    // A retry sets its recipient back, and no page says how soon it shows.
    if retried(&scene.seen[one.at..=other.at]) {
        return true;
    }
    let late = retried(&scene.seen[..one.at]);
    let forgiven = |from: &str| late && state::is_failed(from);
    let steps = steps_back(scene, before, after);
    let Some((what, from, to)) = steps.into_iter().find(|(_, from, _)| !forgiven(from)) else { return true };
    let of_it = |it: &&(&Seen<'_>, Order)| it.0.exchange.operation == other.exchange.operation;
    let moved_back = |(_, last): &(&Seen<'_>, Order)| !steps_back(scene, last, after).is_empty();
    if reads[..at].iter().rfind(of_it).is_some_and(moved_back) {
        // One endpoint by itself goes back, which is a finding about its progress.
        return true;
    }
    let later = reads[at + 2..].iter().rfind(of_it);
    let caught_up = later.is_some_and(|(_, last)| steps_back(scene, before, last).is_empty());
    let show = |seen: &Seen<'_>| match seen.exchange.operation {
        OperationId::Order => "the order",
        _ => "its status",
    };
    let summary = format!("{} shows the {what} as {to} after {} showed {from}", show(other), show(one));
    let cause = if caught_up { "another state for a while" } else { "another state" };
    let finding =
        bench.fail(&[ID], cause, summary).at(other).wanted("the same state, or one that follows it", ID);
    if caught_up { finding.warning() } else { finding }.put();
    false
}
