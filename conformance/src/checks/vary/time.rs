//! Plans orders after a pause, and a key that is revoked while it is in use.

use super::means::{can, spenders};
use crate::history::Tier;
use crate::plan::ask::Ask;
use crate::plan::case::{Actor, Outgoing, Step};
use crate::plan::planner::Planner;
use spec::{OperationId, Pesewas};

pub(super) fn plan(p: &mut Planner<'_>) {
    for role in spenders(p) {
        paused(p, &role);
        if can(p, "key") && can(p, "revoke") {
            revoked(p, &role);
        }
    }
}

/// Returns the milliseconds between two orders: as long as idle connections are kept in the tier `full`, else a short
/// pause.
const fn pause(tier: Tier) -> u64 {
    match tier {
        Tier::Full => 20_000,
        _ => 150,
    }
}

fn smallest(p: &mut Planner<'_>, role: &str, actor: usize) -> Option<(Outgoing, Pesewas)> {
    let rendered = p.render(&p.smallest(role), actor)?;
    let price = rendered.price();
    Some((rendered.outgoing, price))
}

fn paused(p: &mut Planner<'_>, role: &str) {
    let millis = pause(p.tier);
    let (Some((first, price)), Some((second, _))) = (smallest(p, role, 0), smallest(p, role, 0)) else {
        return;
    };
    let Some(actor) = p.actor_with(role, price * 2) else { return };
    let orders =
        [Step::Order(first), Step::Wallet(0), Step::Pause(millis), Step::Order(second), Step::Wallet(0)];
    let steps = p.offered(orders);
    p.case(format!("paused/{role}"))
        .title(format!("{role} orders again after {millis} ms"))
        .serves(&["MONEY-DEBIT", "WALLET-CONSISTENT"])
        .actor(actor)
        .steps(steps)
        .add();
}

/// Plans a second key that orders, is revoked, and orders again, while the first key goes on.
fn revoked(p: &mut Planner<'_>, role: &str) {
    let Some((first, price)) = smallest(p, role, 1) else { return };
    let (Some((mut second, _)), Some((third, _))) = (smallest(p, role, 2), smallest(p, role, 0)) else {
        return;
    };
    second.cost.refused();
    let steps = p.offered([
        Step::Order(first),
        Step::Wallet(0),
        Step::Revoke(1),
        Step::Order(second),
        Step::Ask(Ask::new(2, OperationId::Wallet)),
        Step::Ask(Ask::new(2, OperationId::OrderStatus).nth(0)),
        Step::Wallet(0),
        Step::Order(third),
        Step::Wallet(0),
    ]);
    p.case(format!("revoked/{role}"))
        .title(format!("a key of {role} is revoked while it is in use"))
        .serves(&["AUTH-UNKNOWN"])
        .actor(Actor::fresh(role, price * 3))
        .actor(Actor::SecondKey { of: 0 })
        .actor(Actor::Revoked { of: 1 })
        .steps(steps)
        .add();
}
