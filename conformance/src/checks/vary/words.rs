//! Plans words that have a meaning to a program behind the server, at every place of an order, several orders to an
//! account. Each is refused as documented, nothing is bought, and the next ordinary order is accepted.

use super::means::{all_refused, may_buy, spenders};
use crate::plan::case::Step;
use crate::plan::defect::{BodyFault, ItemFault, Part};
use crate::plan::hostile::{Hostile, NAMES, WORDS};
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;
use spec::Pesewas;

/// The number of such orders for one new account before the ordinary one. With fixed accounts each is a case of its own,
/// since many of those run side by side.
const BATCH: usize = 8;

/// The places of a word, with the requirements that may be about it there.
const PLACES: [(&str, &[&str]); 4] = [
    ("package", &["PRE-PACKAGE", "ITEM-PACKAGE"]),
    ("number", &["PRE-MSISDN", "ITEM-MSISDN"]),
    ("operator", &["PRE-OPERATOR", "BODY-OPERATOR"]),
    ("product", &["PRE-PRODUCT", "BODY-PRODUCT"]),
];

pub(super) fn plan(p: &mut Planner<'_>) {
    let buyers = p.buyers();
    let batch = if p.has_states() { BATCH } else { 1 };
    for (place, (name, ids)) in PLACES.into_iter().enumerate() {
        for (nth, words) in (0..WORDS.len()).collect::<Vec<_>>().chunks(batch).enumerate() {
            let role = &buyers[(place + nth) % buyers.len()];
            let draft = |at: &usize| with(p.smallest(role), place, Hostile::Listed(*at));
            let drafts: Vec<OrderDraft> = words.iter().map(draft).collect();
            several(p, &format!("{name}/{nth}"), role, &drafts, ids);
        }
    }
    if let Some(role) = spenders(p).first() {
        if may_buy(p) {
            several(p, "names", role, &named(&p.smallest(role)), &["AMB-EXTRA-FIELD"]);
        } else {
            names_refused(p, role);
        }
    }
}

/// Returns an order once with each of the hostile names.
fn named(draft: &OrderDraft) -> Vec<OrderDraft> {
    (0..NAMES.len()).map(|at| draft.clone().body(BodyFault::Extra(Hostile::Named(at)))).collect()
}

/// Plans hostile names in orders that cost no real money, since they have too few items, and an ordinary order.
fn names_refused(p: &mut Planner<'_>, role: &str) {
    let drafts = named(&OrderDraft::good(role, p.contract.limits.min_items.saturating_sub(1)));
    let (Some((steps, _)), Some(good)) = (all_refused(p, &drafts), p.render(&p.smallest(role), 0)) else {
        return;
    };
    let Some(actor) = p.actor_with(role, good.price()) else { return };
    let order = [Step::Wallet(0), Step::Order(good.outgoing), Step::Wallet(0)];
    let steps = p.offered(steps.into_iter().chain(order));
    p.case("names")
        .title("names that a program may take for its own, and an ordinary order")
        .serves(&["COUNT-LOW", "MONEY-DEBIT"])
        .actor(actor)
        .steps(steps)
        .add();
}

/// Returns an order with a word in one place.
fn with(draft: OrderDraft, place: usize, word: Hostile) -> OrderDraft {
    match place {
        0 => draft.item(0, ItemFault::PackageHostile(word)),
        1 => draft.item(0, ItemFault::MsisdnHostile(word)),
        2 => draft.body(BodyFault::FieldHostile(Part::Operator, word)),
        _ => draft.body(BodyFault::FieldHostile(Part::Product, word)),
    }
}

/// Plans several hostile orders of one account, a read of its wallet, and an ordinary order if it costs no real money.
fn several(p: &mut Planner<'_>, address: &str, role: &str, drafts: &[OrderDraft], ids: &[&'static str]) {
    let mut steps = Vec::new();
    let mut funds = Pesewas::ZERO;
    if !p.has_states() {
        steps.push(Step::Wallet(0));
    }
    let open = ids.iter().all(|id| p.contract.catalogue.ambiguity(id).is_some());
    for draft in drafts {
        let Some(mut rendered) = p.render(draft, 0) else { return };
        funds += rendered.price();
        if open {
            rendered.outgoing.cost.open = rendered.price();
        } else {
            rendered.outgoing.cost.refused();
        }
        steps.push(Step::Order(rendered.outgoing));
    }
    steps.push(Step::Wallet(0));
    if may_buy(p) {
        let Some(good) = p.render(&p.smallest(role), 0) else { return };
        funds += good.price();
        steps.extend([Step::Order(good.outgoing), Step::Wallet(0)]);
    }
    let funds = if p.has_states() { funds } else { Pesewas::ZERO };
    let Some(actor) = p.actor_with(role, funds) else { return };
    let steps = p.offered(steps);
    p.case(address)
        .title("words that a program may take for its own")
        .serves(ids)
        .actor(actor)
        .steps(steps)
        .add();
}
