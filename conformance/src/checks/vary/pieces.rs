//! Plans requests that arrive in pieces, and many accounts at the same time: each order belongs to, is charged to and
//! is shown to the account whose key it was sent with.

use super::means::{may_buy, spenders};
use crate::history::Transport;
use crate::plan::case::{Actor, Outgoing, Step};
use crate::plan::key::Key;
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;
use spec::Pesewas;

/// The number of accounts that order at the same time.
const MANY: usize = 8;

pub(super) fn plan(p: &mut Planner<'_>) {
    for role in spenders(p) {
        slow(p, &role);
    }
    if !may_buy(p) {
        between_two(p);
        return;
    }
    let buyers = p.buyers();
    buyers.iter().for_each(|role| between(p, role));
    many(p, &buyers);
}

fn outgoing(p: &mut Planner<'_>, draft: &OrderDraft, actor: usize) -> Option<(Outgoing, Pesewas)> {
    let rendered = p.render(draft, actor)?;
    let price = rendered.price();
    Some((rendered.outgoing, price))
}

/// Plans a body that arrives late and in pieces, with a valid key and with an invalid one.
fn slow(p: &mut Planner<'_>, role: &str) {
    let draft = p.smallest(role).transport(Transport::Pieces);
    let Some((good, price)) = outgoing(p, &draft, 0) else { return };
    let Some((mut bad, _)) = outgoing(p, &draft.key(Key::Unknown(1)), 0) else { return };
    bad.cost.refused();
    let Some(actor) = p.actor_with(role, price) else { return };
    let orders = [Step::Order(good), Step::Wallet(0), Step::Order(bad), Step::Wallet(0)];
    let steps = p.offered(orders);
    p.case(format!("slow/{role}"))
        .title(format!("{role} sends a body in pieces"))
        .serves(&["ROUTE-POST", "AUTH-UNKNOWN"])
        .actor(actor)
        .steps(steps)
        .add();
}

/// Plans the head of one account's order, then whole orders of other accounts, then the body of the first.
fn between(p: &mut Planner<'_>, role: &str) {
    let late = p.smallest(role).transport(Transport::Pieces);
    let (mut batch, mut actors) = (Vec::new(), Vec::new());
    for actor in 0..3 {
        let more = OrderDraft::good(role, p.contract.limits.min_items + actor);
        let draft = if actor == 0 { late.clone() } else { more };
        let Some((order, price)) = outgoing(p, &draft, actor) else { return };
        batch.push(Step::Order(order));
        actors.push(Actor::fresh(role, price * 2));
    }
    batched(
        p,
        &format!("between/{role}"),
        "others order between the head and the body of an order",
        batch,
        actors,
    );
}

/// As [`between`], for two fixed accounts.
fn between_two(p: &mut Planner<'_>) {
    let Some(role) = spenders(p).into_iter().next() else { return };
    let late = p.smallest(&role).transport(Transport::Pieces);
    let Some((first, price)) = outgoing(p, &late, 0) else { return };
    let Some(one) = p.actor_with(&role, price * 2) else { return };
    // Another role comes first, since most runs have one rich account of each.
    for other in p.buyers().into_iter().rev() {
        let draft = OrderDraft::good(&other, p.contract.limits.min_items + 1);
        let Some((second, price)) = outgoing(p, &draft, 1) else { return };
        let Some(two) = p.actor_beside(&one, &other, price * 2) else { continue };
        let batch = vec![Step::Order(first), Step::Order(second)];
        let title = "another account orders between the head and the body of an order";
        return batched(p, "between", title, batch, vec![one, two]);
    }
}

/// Plans orders of many accounts at the same time, each with another number of items.
fn many(p: &mut Planner<'_>, buyers: &[String]) {
    let (mut batch, mut actors) = (Vec::new(), Vec::new());
    for actor in 0..MANY {
        let role = &buyers[actor % buyers.len()];
        let count = (p.contract.limits.min_items + actor).min(p.contract.limits.max_items);
        let Some((order, price)) = outgoing(p, &OrderDraft::good(role, count), actor) else { return };
        batch.push(Step::Order(order));
        actors.push(Actor::fresh(role, price * 2));
    }
    batched(p, "many", "many accounts order at once", batch, actors);
}

/// Plans orders that are sent at once, and then reads each wallet and list. Each account holds at least twice its price, so
/// that an account that is charged for another's order shows that, instead of being refused for its balance.
fn batched(p: &mut Planner<'_>, address: &str, title: &str, batch: Vec<Step>, actors: Vec<Actor>) {
    let all = 0..actors.len();
    let wallets = all.clone().map(Step::Wallet);
    let lists = all.map(|actor| Step::List { actor, limit: None, follow: false });
    let steps = p.offered(std::iter::once(Step::Batch(batch)).chain(wallets).chain(lists));
    let mut case =
        p.case(address).title(title).serves(&["MONEY-DEBIT", "ORDER-PRIVATE", "ORDER-LIST"]).steps(steps);
    for actor in actors {
        case = case.actor(actor);
    }
    case.add();
}
