//! Plans orders for every mobile network of the country, by the first digits of its numbers. Whether an operator serves
//! another network's numbers is the server's choice; whatever it accepts is charged, counted and shown like any number.
//!
//! Where orders cost real money, these are sent only as long as no order for the operator was accepted: they show whether
//! it takes other numbers than those of the sample.

use super::means::may_buy;
use crate::history::Tier;
use crate::plan::case::{Actor, Step};
use crate::plan::defect::{ItemFault, NumberForm};
use crate::plan::near::NETWORKS;
use crate::plan::planner::Planner;

pub(super) fn plan(p: &mut Planner<'_>) {
    let told =
        p.environment.catalog.iter().flat_map(|it| &it.operators).all(|it| it.recipient_prefix.is_some());
    if !may_buy(p) && (p.has_states() || told || p.tier < Tier::Standard) {
        return;
    }
    let buyers = p.buyers();
    for ((at, network), role) in NETWORKS.iter().enumerate().zip(buyers.iter().cycle()) {
        let mut draft = p.smallest(role);
        for place in 0..draft.count {
            draft = draft.item(place, ItemFault::Number(NumberForm::Network(at)));
        }
        let Some(mut rendered) = p.render(&draft, 0) else { return };
        let price = rendered.price();
        rendered.outgoing.cost.open = price;
        let (actor, order) = if p.has_states() {
            (Actor::fresh(role, price * 2), Step::Order(rendered.outgoing))
        } else {
            let Some(actor) = p.actor_with(role, price) else { return };
            (actor, Step::OrderIfUnserved(rendered.outgoing))
        };
        let read = Step::Read { actor: 0, nth: 0, status: true };
        let steps = p.offered([order, Step::Wallet(0), read]);
        p.case(format!("{network}/{role}"))
            .title(format!("{role} orders for numbers of the network {network}"))
            .serves(&["AMB-MSISDN-FORM"])
            .actor(actor)
            .steps(steps)
            .add();
    }
}
