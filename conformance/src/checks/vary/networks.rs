//! Every mobile network of the country, by the first digits of its numbers. Whether an operator serves another's numbers is
//! the server's choice; whatever it accepts is charged, counted and shown like any number.

use super::may_buy;
use crate::plan::builder::Watch;
use crate::plan::defect::{ItemFault, NumberForm};
use crate::plan::number::NETWORKS;
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
        p.case(format!("{network}/{role}"))
            .title(format!("{role} orders for numbers of the network {network}"))
            .serves(&["AMB-MSISDN-FORM"])
            .order(&draft)
            .watch(Watch::Everything)
            .add();
    }
}
