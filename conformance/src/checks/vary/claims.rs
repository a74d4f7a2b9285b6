//! Plans orders whose undocumented properties claim what only the server may decide: what the order costs, how many
//! recipients it has, and which role the caller has. A server that binds every property of a request to its own records
//! believes them. Whether such an order is accepted or refused is open; what it costs, and who may buy, is not.

use crate::plan::defect::{BodyFault, Claimant};
use crate::plan::planner::Planner;

pub(super) fn plan(p: &mut Planner<'_>) {
    // With fixed accounts each accepted order costs money, so one makes all claims at once.
    let (buyers, claimants): (Vec<String>, &[Claimant]) = if p.has_states() {
        (p.buyers(), &[Claimant::Order, Claimant::Items])
    } else {
        (p.buyers().into_iter().take(1).collect(), &[Claimant::Both])
    };
    for role in &buyers {
        for claimant in claimants {
            one(p, role, *claimant, &["AMB-EXTRA-FIELD"]);
        }
    }
    for role in p.others() {
        one(p, &role, Claimant::Order, &["ROLE-OTHER"]);
    }
}

fn one(p: &mut Planner<'_>, role: &str, claimant: Claimant, serves: &[&'static str]) {
    let fault = BodyFault::Claims(claimant);
    let draft = p.smallest(role).body(fault.clone());
    p.case(format!("{}/{role}", fault.name()))
        .title(format!("{role} claims what only the server may decide"))
        .serves(serves)
        .order(&draft)
        .add();
}
