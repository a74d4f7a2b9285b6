//! Plans what finds out whether an operator takes the numbers of the page's sample, before anything else is sent: if it takes
//! only numbers of its own networks, all other orders are for those. Only with provider states, where orders cost no real
//! money.

use std::collections::BTreeSet;

use crate::history::Tier;
use crate::plan::case::{Actor, Condition, Step};
use crate::plan::catalog::ProductLine;
use crate::plan::defect::{ItemFault, NumberForm};
use crate::plan::near::NETWORKS;
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;

/// Plans an order for each operator of which nobody says how its numbers start, and one for each network, of which those
/// are sent until one is accepted.
pub(super) fn plan(p: &mut Planner<'_>, role: &str) {
    if !p.has_states() || p.tier == Tier::Probe {
        return;
    }
    let operators = p.environment.catalog.iter().flat_map(|it| &it.operators);
    let undetermined: BTreeSet<&str> =
        operators.filter(|it| it.recipient_prefix.is_none()).map(|it| it.id.as_str()).collect();
    let mut seen = BTreeSet::new();
    let first = |(at, it): (usize, &ProductLine)| {
        (undetermined.contains(it.operator.as_str()) && seen.insert(it.operator.clone())).then_some(at)
    };
    let lines: Vec<usize> = p.catalog.lines.iter().enumerate().filter_map(first).collect();
    for (nth, line) in lines.into_iter().enumerate() {
        scout(p, role, nth, line);
    }
}

fn scout(p: &mut Planner<'_>, role: &str, nth: usize, line: usize) {
    let plain = p.smallest(role).line(line);
    let of_network = |at| {
        let number = |draft: OrderDraft, place| draft.item(place, ItemFault::Number(NumberForm::Network(at)));
        (0..plain.count).fold(plain.clone(), number)
    };
    let drafts: Vec<OrderDraft> = (0..NETWORKS.len()).map(of_network).collect();
    let Some(sample) = p.render(&plain, 0) else { return };
    let funds = sample.price();
    let mut steps = vec![Step::Order(sample.outgoing)];
    for draft in &drafts {
        let Some(mut rendered) = p.render(draft, 0) else { return };
        // At most one of all these orders is accepted, and the first of them is expected to be.
        rendered.outgoing.cost.refused();
        steps.push(Step::OrderIf(Condition::Unserved, rendered.outgoing));
    }
    p.case(format!("numbers/{nth}"))
        .title("which numbers an operator takes")
        .serves(&["ROUTE-POST"])
        .actor(Actor::fresh(role, funds))
        .steps(steps)
        .add();
}
