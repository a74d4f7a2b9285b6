//! Plans orders by other methods, paths and places of the key: each is refused, or treated like the documented request.
//! The orders must be refused for their role, their count, a package or the wallet; a valid order is
//! sent as well, on fixed accounts as a case of its own, for money that is left.

use super::means::{may_buy, poorest, spenders};
use crate::plan::case::{Actor, Outgoing, Step};
use crate::plan::defect::ItemFault;
use crate::plan::door::Door;
use crate::plan::key::Key;
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;
use spec::Pesewas;

/// Positions among the actors: one that may not buy but could pay, one that may and can pay, one that may but can't
/// pay.
const OTHER: usize = 0;
const RICH: usize = 1;
const POOR: usize = 2;

pub(super) fn plan(p: &mut Planner<'_>) {
    let (buyers, others) = (p.buyers(), p.others());
    for (at, door) in Door::ALL.into_iter().enumerate() {
        let buyer = &buyers[at % buyers.len()];
        if let (true, false) = (may_buy(p), others.is_empty()) {
            by_states(p, door, buyer, &others[at % others.len()]);
            continue;
        }
        refused(p, door, format!("{}/many", door.name()), &many(p, buyer));
        refused(p, door, format!("{}/unknown", door.name()), &unknown(p, buyer));
        if let Some(other) = others.get(at % others.len().max(1)) {
            refused(p, door, format!("{}/{other}", door.name()), &p.smallest(other));
        }
        for role in &buyers {
            unpaid(p, door, role);
        }
        for role in spenders(p) {
            accepted(p, door, &role);
        }
    }
}

/// Plans an order of an account that may buy but can't pay for it.
fn unpaid(p: &mut Planner<'_>, door: Door, role: &str) {
    let Some(actor) = poorest(p, role) else { return };
    let draft = p.smallest(role);
    let Some((order, price)) = by(p, door, &draft, 0, false) else { return };
    let steps = p.offered([Step::Wallet(0), order, Step::Wallet(0)]);
    let title =
        format!("an order that can't be paid, by {} {}", door.method(p.contract), door.path(p.contract));
    p.case(format!("{}/unpaid/{role}", door.name()))
        .title(title)
        .serves(&["BALANCE-SHORT", "MONEY-REJECT"])
        .actor(actor)
        .steps(steps)
        .add_poorer(price);
}

/// Plans an order on a fixed account that a server may accept, if it treats the way like the documented one.
fn accepted(p: &mut Planner<'_>, door: Door, role: &str) {
    let draft = p.smallest(role);
    let Some((order, price)) = by(p, door, &draft, 0, true) else { return };
    let Some(actor) = p.actor_with(role, price) else { return };
    let steps = p.offered([order, Step::Wallet(0)]);
    let title = format!("a valid order by {} {}", door.method(p.contract), door.path(p.contract));
    p.case(format!("{}/valid", door.name()))
        .title(title)
        .serves(&["STATUS-DOCUMENTED", "MONEY-REJECT"])
        .actor(actor)
        .steps(steps)
        .add();
}

fn many(p: &Planner<'_>, role: &str) -> OrderDraft {
    OrderDraft::good(role, p.contract.limits.max_items + 1)
}

fn unknown(p: &Planner<'_>, role: &str) -> OrderDraft {
    p.smallest(role).item(0, ItemFault::UnknownPackage)
}

/// Returns an order by another way; a conforming server charges nothing for it, unless it treats it like any other.
fn by(
    p: &mut Planner<'_>,
    door: Door,
    draft: &OrderDraft,
    actor: usize,
    accepted: bool,
) -> Option<(Step, Pesewas)> {
    let rendered = p.render(draft, actor)?;
    let price = rendered.price();
    let mut outgoing = Outgoing { door: Some(door), ..rendered.outgoing };
    outgoing.cost.refused();
    if door == Door::KeyInQuery {
        outgoing.key = Key::Absent;
    }
    if accepted {
        outgoing.cost.open = price;
    }
    Some((Step::Order(outgoing), price))
}

fn by_states(p: &mut Planner<'_>, door: Door, buyer: &str, other: &str) {
    let smallest = p.smallest(buyer);
    let rows = [
        (OTHER, p.smallest(other), false),
        (RICH, many(p, buyer), false),
        (RICH, unknown(p, buyer), false),
        (POOR, smallest.clone(), false),
        (RICH, smallest, true),
    ];
    let (mut steps, mut funds) = (Vec::new(), Pesewas::ZERO);
    for (actor, draft, accepted) in &rows {
        let Some((step, price)) = by(p, door, draft, *actor, *accepted) else { return };
        funds += price;
        steps.push(step);
    }
    steps.extend([OTHER, RICH, POOR].map(Step::Wallet));
    let steps = p.offered(steps);
    let title = format!("orders by {} {}", door.method(p.contract), door.path(p.contract));
    p.case(door.name())
        .title(title)
        .serves(&["STATUS-DOCUMENTED", "ROLE-OTHER", "MONEY-REJECT"])
        .actor(Actor::fresh(other, funds))
        .actor(Actor::fresh(buyer, funds))
        .actor(Actor::fresh(buyer, Pesewas::ONE))
        .steps(steps)
        .add();
}

/// Plans an order that must be refused, by an account that has money of its own. It is a case of its own, since many of
/// those run side by side.
fn refused(p: &mut Planner<'_>, door: Door, address: String, draft: &OrderDraft) {
    let Some(actor) = p.actor_with(&draft.role, Pesewas::ZERO) else { return };
    let Some((order, _)) = by(p, door, draft, 0, false) else { return };
    let steps = p.offered([Step::Wallet(0), order, Step::Wallet(0)]);
    let title = format!("an order by {} {}", door.method(p.contract), door.path(p.contract));
    p.case(address)
        .title(title)
        .serves(&["STATUS-DOCUMENTED", "MONEY-REJECT"])
        .actor(actor)
        .steps(steps)
        .add();
}
