//! Plans the whole life of an order with the fewest, a medium number (with one number twice) and the most recipients:
//! every recipient and the order reach an end and stay there, and no money is created or lost on the way.

use spec::OperationId;

use super::means::spenders;
use crate::plan::case::Step;
use crate::plan::order_draft::{Mix, OrderDraft};
use crate::plan::planner::Planner;

pub(super) fn plan(p: &mut Planner<'_>) {
    let buyers = spenders(p);
    if buyers.is_empty() || p.environment.lacks(OperationId::OrderStatus) {
        return;
    }
    let limits = p.contract.limits;
    let middle = usize::midpoint(limits.min_items, limits.max_items);
    for (at, (count, twins)) in
        [(limits.min_items, false), (middle, true), (limits.max_items, false)].into_iter().enumerate()
    {
        let role = &buyers[at % buyers.len()];
        let draft = OrderDraft::good(role, count).mix(Mix::Distinct);
        one(p, if twins { draft.duplicate() } else { draft });
    }
}

fn one(p: &mut Planner<'_>, draft: OrderDraft) {
    let role = draft.role.clone();
    let (Some(mut first), Some(second)) = (p.render(&draft, 0), p.render(&p.smallest(&role), 0)) else {
        return;
    };
    let funds = first.price() + second.price();
    if draft.duplicate {
        first.outgoing.cost.open = first.price();
    }
    let Some(actor) = p.actor_with(&role, funds) else { return };
    let read = |status| Step::Read { actor: 0, nth: 0, status };
    let steps = p.offered([
        Step::Wallet(0),
        Step::Order(first.outgoing),
        Step::Wallet(0),
        Step::Watch { actor: 0, nth: 0 },
        read(false),
        read(true),
        Step::Wallet(0),
        Step::Profile(0),
        Step::Pause(20),
        Step::Order(second.outgoing),
        Step::Wallet(0),
        read(true),
        read(false),
    ]);
    p.case(format!("{}/{role}", draft.count))
        .title(format!("{role} follows an order of {} through its life", draft.count))
        .serves(&["ORDER-PROGRESS", "ORDER-RECIPIENTS", "MONEY-DEBIT", "WALLET-CONSISTENT"])
        .actor(actor)
        .steps(steps)
        .add();
}
