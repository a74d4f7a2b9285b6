//! Plans orders for every mobile network of the country, by the first digits of its numbers. Whether an operator serves
//! another network's numbers is the server's choice; whatever it accepts is charged, counted and shown like any number.
//!
//! Where orders cost real money, one order has a number of each network. Orders for a single network are sent there only
//! as long as no order for the operator was accepted: they show whether it takes other numbers than those of the sample.

use super::means::{all_refused, may_buy, spenders};
use crate::history::Tier;
use crate::plan::case::{Actor, Condition, Step};
use crate::plan::defect::{ItemFault, NumberForm};
use crate::plan::near::NETWORKS;
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;

/// The number of orders for impossible numbers that one account sends.
const BATCH: usize = 7;

pub(super) fn plan(p: &mut Planner<'_>) {
    broken(p);
    possible(p);
    if !p.has_states() {
        spenders(p).iter().for_each(|role| together(p, role));
    }
}

/// Plans one order for a number of each network, for fixed accounts.
fn together(p: &mut Planner<'_>, role: &str) {
    let count = NETWORKS.len().min(p.contract.limits.max_items);
    let of_network = |draft: OrderDraft, at| draft.item(at, ItemFault::Number(NumberForm::Network(at)));
    let draft = (0..count).fold(OrderDraft::good(role, count), of_network);
    let Some(mut rendered) = p.render(&draft, 0) else { return };
    let price = rendered.price();
    rendered.outgoing.cost.open = price;
    let Some(actor) = p.actor_with(role, price) else { return };
    let read = Step::Read { actor: 0, nth: 0, status: true };
    let order = [Step::Order(rendered.outgoing), Step::Wallet(0), read];
    let steps = p.offered(order);
    p.case(format!("all/{role}"))
        .title(format!("{role} orders for a number of each network"))
        .serves(&["AMB-MSISDN-FORM"])
        .actor(actor)
        .steps(steps)
        .add();
}

/// Plans numbers that begin like those of each network and can't be numbers: a server may examine only those of the networks
/// that it knows.
fn broken(p: &mut Planner<'_>) {
    let buyers = p.buyers();
    let all: Vec<usize> = (0..NETWORKS.len()).collect();
    for (nth, networks) in all.chunks(BATCH).enumerate() {
        let role = &buyers[nth % buyers.len()];
        let draft = |at: &usize| p.smallest(role).item(1, ItemFault::Number(NumberForm::NetworkBroken(*at)));
        let drafts: Vec<OrderDraft> = networks.iter().map(draft).collect();
        if p.has_states() {
            refused(p, &format!("broken/{nth}/{role}"), role, &drafts);
            continue;
        }
        for (at, draft) in networks.iter().zip(&drafts) {
            p.case(format!("broken/{}/{role}", NETWORKS[*at])).serves(&["PRE-MSISDN"]).order(draft).add();
        }
    }
}

/// Plans several orders of one account that are all refused.
fn refused(p: &mut Planner<'_>, address: &str, role: &str, drafts: &[OrderDraft]) {
    let Some((mut steps, funds)) = all_refused(p, drafts) else { return };
    steps.push(Step::Wallet(0));
    let steps = p.offered(steps);
    p.case(address)
        .title(format!("{role} orders for the first digits alone of numbers of several networks"))
        .serves(&["PRE-MSISDN"])
        .actor(Actor::fresh(role, funds))
        .steps(steps)
        .add();
}

fn possible(p: &mut Planner<'_>) {
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
            (actor, Step::OrderIf(Condition::Unserved, rendered.outgoing))
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
