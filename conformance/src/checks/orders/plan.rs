//! Plans what is sent to learn about orders: follow them, read them with another account, page through lists, retry a
//! recipient.

use std::collections::BTreeSet;

use spec::{OperationId, Pesewas};

use crate::history::{AccountFacts, Tier};
use crate::plan::ask::{Ask, Instead};
use crate::plan::case::{Actor, Age, Outgoing, Step};
use crate::plan::key::{Key, KeyChange};
use crate::plan::order_draft::{Mix, OrderDraft};
use crate::plan::planner::Planner;
use crate::plan::why_not::WhyNot;

/// What an order shows that is followed to its end.
const FOLLOWED: &[&str] = &["ORDER-STATUS", "ORDER-RECIPIENTS", "ORDER-PROGRESS", "ORDER-SAME"];

/// Plans an order that is created and watched until it ends.
pub(super) fn followed(p: &mut Planner<'_>, role: &str, count: usize) {
    if p.environment.lacks(OperationId::OrderStatus) {
        return;
    }
    // The order is read back, and a server that cuts or rounds a number does so with some numbers only.
    p.numbers.tell_changes();
    let Some(rendered) = p.render(&OrderDraft::good(role, count).mix(Mix::Distinct), 0) else { return };
    let Some(actor) = p.funded(role, rendered.price(), FOLLOWED) else { return };
    let steps = p.offered([
        Step::Order(rendered.outgoing),
        Step::Read { actor: 0, nth: 0, status: true },
        Step::Read { actor: 0, nth: 0, status: false },
        Step::Watch { actor: 0, nth: 0 },
        Step::Read { actor: 0, nth: 0, status: false },
        Step::Wallet(0),
    ]);
    p.case(format!("followed/{role}"))
        .title(format!("{role} follows an order to its end"))
        .serves(FOLLOWED)
        .actor(actor)
        .steps(steps)
        .add();
}

/// Plans reads of one account's order by another account.
pub(super) fn private(p: &mut Planner<'_>, role: &str, other: &str, count: usize) {
    let Some(rendered) = p.render(&OrderDraft::good(role, count), 0) else { return };
    let Some(owner) = p.funded(role, rendered.price(), &["ORDER-PRIVATE"]) else { return };
    let made = || Actor::fresh(other, Pesewas::new(1_000));
    let Some(stranger) = (if p.has_states() { Some(made()) } else { stranger(p, &owner) }) else {
        return p.cannot(&["ORDER-PRIVATE"], &WhyNot::NoStranger);
    };
    let mut steps = vec![
        Step::Order(rendered.outgoing),
        Step::Read { actor: 1, nth: 0, status: true },
        Step::Read { actor: 1, nth: 0, status: false },
        Step::List { actor: 1, limit: None, follow: false },
        Step::Retry { actor: 1, nth: 0 },
        Step::ReadUnknown(0),
    ];
    // What only looks like the id of an order is nobody's, to its owner and to others.
    let order = |actor| Ask::new(actor, OperationId::OrderStatus).nth(0);
    steps.push(Step::Ask(order(0).instead(Instead::Beginning)));
    steps.push(Step::Ask(order(1).instead(Instead::Reference)));
    let others = others(p, role, [&owner, &stranger]);
    for at in 0..others.len() {
        steps.extend([true, false].map(|status| Step::Read { actor: 2 + at, nth: 0, status }));
    }
    if !p.has_states() {
        // By provider states, readings with such keys have a case of their own.
        let keys = [Key::Absent, Key::Unknown(1), Key::Changed(KeyChange::LastChanged)];
        steps.extend(keys.map(|key| Step::Ask(order(0).key(key))));
    }
    let steps = p.offered(steps);
    p.case("private")
        .title("an order asked for by another account")
        .serves(&["ORDER-PRIVATE"])
        .actor(owner)
        .actor(stranger)
        .actors(others)
        .steps(steps)
        .add();
}

/// Returns further accounts that must not see an order: one of the owner's own role, which may be let in where one of
/// another role is not, and one of each role that may not buy, as staff.
fn others(p: &Planner<'_>, role: &str, [owner, stranger]: [&Actor; 2]) -> Vec<Actor> {
    if p.has_states() {
        let roles = std::iter::once(role.to_owned()).chain(p.others());
        return roles.map(|role| Actor::fresh(&role, Pesewas::new(1_000))).collect();
    }
    let accounts = &p.environment.accounts;
    let facts = |actor: &Actor| if let Actor::Fixed(at) = actor { accounts.get(*at) } else { None };
    let known: Vec<&AccountFacts> = [owner, stranger].into_iter().filter_map(facts).collect();
    let strange = |it: &AccountFacts| {
        !it.revoked && it.profile.is_some() && !known.iter().any(|other| is_same(it, other))
    };
    let mut roles = BTreeSet::from([None, known.last().and_then(|it| it.role.as_deref())]);
    let found = accounts.iter().enumerate().filter(|(_, it)| strange(it) && roles.insert(it.role.as_deref()));
    found.map(|(at, _)| Actor::Fixed(at)).collect()
}

/// Returns true if two accounts are one, or keys of one wallet, so that each may read the orders of the other.
fn is_same(one: &AccountFacts, other: &AccountFacts) -> bool {
    one.name == other.name || one.shares_wallet_with(other)
}

/// Returns a fixed account with another profile than the owner's, as far as profiles are known.
fn stranger(p: &Planner<'_>, owner: &Actor) -> Option<Actor> {
    let Actor::Fixed(at) = owner else { return None };
    let mine = &p.environment.accounts[*at];
    let strange = p.environment.accounts.iter().position(|it| !it.revoked && !is_same(it, mine));
    strange.map(Actor::Fixed)
}

/// Plans several orders, and the list page by page.
pub(super) fn pages(p: &mut Planner<'_>, role: &str) {
    if p.environment.lacks(OperationId::Orders) {
        return;
    }
    // A fixed account has orders already, and each order costs money.
    let orders = match p.tier {
        _ if !p.has_states() => 2,
        Tier::Standard | Tier::Full => 5,
        _ => 3,
    };
    let mut steps = Vec::new();
    let mut funds = Pesewas::ZERO;
    for _ in 0..orders {
        let Some(rendered) = p.render(&OrderDraft::good(role, p.contract.limits.min_items), 0) else {
            return;
        };
        funds += rendered.price();
        steps.push(Step::Order(rendered.outgoing));
    }
    for limit in [Some(2), Some(1), None, Some(p.contract.page_limits.0)] {
        steps.push(Step::List { actor: 0, limit, follow: true });
    }
    // By provider states other cases list by state, with an account of their own.
    if !p.has_states() {
        let by_state = |state: &String| {
            let ask = Ask::new(0, OperationId::Orders).query("state", state.clone());
            Step::Ask(ask.query("limit", p.contract.page_limits.1.to_string()))
        };
        steps.extend(p.contract.states.next.keys().map(by_state));
    }
    let Some(actor) = p.funded(role, funds, &["ORDER-LIST"]) else { return };
    // The orders are alike, so their totals must be.
    p.case("pages")
        .title("the list page by page")
        .serves(&["ORDER-LIST", "RESP-LINEAR"])
        .actor(actor)
        .steps(steps)
        .add();
}

/// The number of orders of which the first is old.
const MANY: usize = 12;

/// Plans readings of old orders: the first and one in the middle of several that one account made. By fixed accounts, these
/// are orders of other cases, and the readings cost nothing.
pub(super) fn old(p: &mut Planner<'_>, buyers: &[String]) {
    if p.environment.lacks(OperationId::OrderStatus) || p.tier < Tier::Standard {
        return;
    }
    let read = |nth, status| Step::Read { actor: 0, nth, status };
    let (mut steps, mut funds, mut actors) = (Vec::new(), Pesewas::ZERO, Vec::new());
    let mut shown = &["ORDER-STATUS", "ORDER-RECIPIENTS"][..];
    if p.has_states() {
        let role = &buyers[0];
        for nth in 0..MANY {
            let Some(rendered) = p.render(&p.smallest(role), 0) else { return };
            funds += rendered.price();
            steps.push(Step::Order(rendered.outgoing));
            steps.extend((nth == 0).then_some(read(0, true)));
        }
        steps.extend([read(0, true), read(0, false), read(MANY / 2, true)]);
        actors.push(Actor::fresh(role, funds));
    } else {
        let all = buyers.iter().flat_map(|role| p.fixed_accounts(role));
        actors.extend(all.map(|(at, _)| Actor::Fixed(at)));
        let ages = |actor| [Age::First, Age::Middle].map(|age| Step::ReadAgain(actor, age));
        steps.extend((0..actors.len()).flat_map(ages));
        // By now there may be more orders than a server shows on one page, whatever it was asked for.
        shown = &["ORDER-STATUS", "ORDER-RECIPIENTS", "ORDER-LIST"];
        let limit = Some(p.contract.page_limits.0);
        steps.extend((0..actors.len()).map(|actor| Step::List { actor, limit, follow: true }));
    }
    let steps = p.offered(steps);
    p.case("old").title("old orders are read again").serves(shown).actors(actors).steps(steps).add();
}

/// Plans a failed recipient and its retry: a provider state makes it fail, or the number is one that always fails on
/// this server.
pub(super) fn retried(p: &mut Planner<'_>, role: &str, count: usize) {
    let by_states = p.has_states() && p.environment.extra_states.iter().any(|state| state == "recipient");
    let known = p.catalog.lines.iter().position(|line| line.failing.is_some()).filter(|_| !p.has_states());
    if p.environment.lacks(OperationId::Retry) || p.environment.lacks(OperationId::OrderStatus) {
        return;
    }
    if !by_states && known.is_none() {
        return p.cannot(&["ORDER-RETRY"], &WhyNot::NoFailure);
    }
    let draft = OrderDraft::good(role, count).mix(Mix::Distinct).line(known.unwrap_or_default());
    let Some(mut rendered) = p.render(&draft, 0) else { return };
    let named = known.and_then(|line| p.catalog.lines[line].failing.clone());
    let Some(failing) = second_number(p, &mut rendered.outgoing, named) else { return };
    // The retry may reverse a refund, so the wallet has to hold twice the price.
    let funds = rendered.price() * 2;
    let Some(owner) = p.funded(role, funds, &["ORDER-RETRY"]) else { return };
    let other = if by_states { Some(Actor::fresh(role, funds)) } else { stranger(p, &owner) };
    // What was refunded shows against a reading from before the order; of a new account the balance is known.
    let first = if by_states { Step::FailRecipient(failing) } else { Step::Wallet(0) };
    // Another account must not be able to retry; if it could, the owner would have nothing left to retry.
    let refused = other.is_some().then_some(Step::Retry { actor: 1, nth: 0 });
    let steps = [first]
        .into_iter()
        .chain([Step::Order(rendered.outgoing), Step::Watch { actor: 0, nth: 0 }])
        .chain(refused)
        .chain([
            Step::Wallet(0),
            Step::Retry { actor: 0, nth: 0 },
            Step::Wallet(0),
            Step::Watch { actor: 0, nth: 0 },
            Step::Wallet(0),
        ]);
    let steps = p.offered(steps);
    let case = p
        .case("retried")
        .title("a failed recipient is retried")
        .serves(&["ORDER-RETRY", "ORDER-PROGRESS"])
        .actor(owner);
    match other {
        Some(other) => case.actor(other),
        None => case,
    }
    .steps(steps)
    .add();
}

/// Returns the number of an order's second recipient, after replacing it by the given one, if any.
fn second_number(p: &Planner<'_>, order: &mut Outgoing, given: Option<String>) -> Option<String> {
    let names = &p.contract.fields;
    let mut body: serde_json::Value = serde_json::from_slice(&order.body).ok()?;
    let number = body.get_mut(&names.order.items)?.get_mut(1)?.get_mut(&names.item.msisdn)?;
    let Some(given) = given else { return number.as_str().map(str::to_owned) };
    *number = given.as_str().into();
    order.body = serde_json::to_vec(&body).ok()?;
    Some(given)
}
