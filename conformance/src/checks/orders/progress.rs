//! The states of an order and of its recipients only move forward.

use super::recipients::paired;
use crate::judge::findings::Bench;
use crate::judge::scene::{Created, Scene, Seen};
use crate::order::reading::Order;
use spec::OperationId;

const ID: &str = "ORDER-PROGRESS";

/// States of the same order only move forward from reading to reading; a retry sets its recipient back.
pub(super) fn progress(scene: &Scene<'_>, bench: &mut Bench<'_>) {
    for created in &scene.created {
        let reads = readings(scene, created);
        let mut moved = false;
        for pair in reads.windows(2) {
            let [(first, before), (second, after)] = pair else { continue };
            let between = &scene.seen[first.at..=second.at];
            if between.iter().any(|it| it.exchange.operation == OperationId::Retry) {
                continue;
            }
            moved = true;
            for (what, from, to) in steps_back(scene, before, after) {
                bench
                    .fail(
                        &[ID],
                        format!("{what} moved back"),
                        format!("the {what}'s state went from {from} to {to}"),
                    )
                    .at(second)
                    .wanted("a state only moves forward", ID)
                    .put();
            }
        }
        if moved {
            bench.pass(ID);
        }
    }
}

/// Every reading of an order, one after the other.
fn readings<'s>(scene: &'s Scene<'_>, created: &Created) -> Vec<(&'s Seen<'s>, Order)> {
    scene
        .seen
        .iter()
        .filter(|it| it.exchange.wave.is_none())
        .filter(|it| scene.asked_for(it.exchange).is_some_and(|other| other.exchange == created.exchange))
        .filter_map(|it| Some((it, it.order(scene.contract)?)))
        .collect()
}

/// States that moved back from one reading to the next: of what, from, to.
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
