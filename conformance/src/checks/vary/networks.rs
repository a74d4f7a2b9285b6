//! Every mobile network of the country, by the first digits of its numbers. Whether an operator serves another's numbers is
//! the server's choice; whatever it accepts is charged, counted and shown like any number.

use super::means::may_buy;
use crate::plan::case::{Actor, Step};
use crate::plan::defect::{ItemFault, NumberForm};
use crate::plan::near::NETWORKS;
use crate::plan::planner::Planner;

pub(super) fn plan(p: &mut Planner<'_>) {
    if !may_buy(p) {
        return;
    }
    let buyers = p.buyers();
    for (at, network) in NETWORKS.iter().enumerate() {
        let role = &buyers[at % buyers.len()];
        let mut draft = p.smallest(role);
        for place in 0..draft.count {
            draft = draft.item(place, ItemFault::Number(NumberForm::Network(at)));
        }
        let Some(mut rendered) = p.render(&draft, 0) else { return };
        let price = rendered.price();
        rendered.outgoing.cost.open = price;
        let read = Step::Read { actor: 0, nth: 0, status: true };
        let steps = p.offered([Step::Order(rendered.outgoing), Step::Wallet(0), read]);
        p.case(format!("{network}/{role}"))
            .title(format!("{role} orders for numbers of the network {network}"))
            .serves(&["AMB-MSISDN-FORM"])
            .actor(Actor::fresh(role, price * 2))
            .steps(steps)
            .add();
    }
}
