//! What is sent to learn about orders: follow them, look as somebody else, page through lists, retry a recipient.

use spec::{OperationId, Pesewas};

use crate::history::Tier;
use crate::plan::case::{Actor, Step};
use crate::plan::draft::{Draft, Mix};
use crate::plan::planner::Planner;

fn unless_lacking(p: &Planner<'_>, operation: OperationId, step: Step) -> Option<Step> {
    (!p.world.lacks(operation)).then_some(step)
}

/// An order is created and watched until it ends.
pub(super) fn followed(p: &mut Planner<'_>, role: &str, count: usize) {
    if p.world.lacks(OperationId::OrderStatus) {
        return;
    }
    let Some(rendered) = p.render(&Draft::good(role, count).mix(Mix::Distinct), 0) else { return };
    let Some(actor) = p.actor_with(role, rendered.total.unwrap_or(Pesewas::new(100_000))) else { return };
    let steps = [
        Some(Step::Order(rendered.outgoing)),
        Some(Step::Read { actor: 0, nth: 0, status: true }),
        unless_lacking(p, OperationId::Order, Step::Read { actor: 0, nth: 0, status: false }),
        Some(Step::Watch { actor: 0, nth: 0 }),
        unless_lacking(p, OperationId::Order, Step::Read { actor: 0, nth: 0, status: false }),
        unless_lacking(p, OperationId::Wallet, Step::Wallet(0)),
    ];
    let ids = ["ORDER-STATUS", "ORDER-RECIPIENTS", "ORDER-PROGRESS", "ORDER-SAME"];
    let title = format!("{role} follows an order to its end");
    p.push(
        &format!("followed/{role}"),
        &title,
        &ids,
        None,
        vec![actor],
        steps.into_iter().flatten().collect(),
        None,
    );
}

/// One account's order, asked for by another.
pub(super) fn private(p: &mut Planner<'_>, role: &str, other: &str, count: usize) {
    let draft = Draft::good(role, count);
    let Some(rendered) = p.render(&draft, 0) else { return };
    let Some(owner) = p.actor_with(role, rendered.total.unwrap_or(Pesewas::new(100_000))) else { return };
    let stranger = if p.has_states() {
        Some(Actor::Fresh { role: other.to_owned(), balance: Pesewas::new(1_000), revoked: false })
    } else {
        let of = |actor: &Actor| match actor {
            Actor::Fixed(at) => p.world.accounts.get(*at),
            _ => None,
        };
        let mine = of(&owner).map(|it| (it.name.clone(), it.profile.clone()));
        let strangers = p.world.accounts.iter().position(|it| {
            !it.revoked
                && mine.as_ref().is_some_and(|(name, profile)| {
                    it.name != *name && (profile.is_none() || it.profile != *profile)
                })
        });
        strangers.map(Actor::Fixed)
    };
    let Some(stranger) = stranger else {
        return p.cannot(&["ORDER-PRIVATE"], "no key of a second profile");
    };
    let steps = [
        Some(Step::Order(rendered.outgoing)),
        unless_lacking(p, OperationId::OrderStatus, Step::Read { actor: 1, nth: 0, status: true }),
        unless_lacking(p, OperationId::Order, Step::Read { actor: 1, nth: 0, status: false }),
        unless_lacking(p, OperationId::Orders, Step::List { actor: 1, limit: None, follow: false }),
        unless_lacking(p, OperationId::OrderStatus, Step::ReadUnknown(0)),
    ];
    let steps = steps.into_iter().flatten().collect();
    p.push(
        "private",
        "an order asked for by another account",
        &["ORDER-PRIVATE"],
        None,
        vec![owner, stranger],
        steps,
        None,
    );
}

/// Several orders, and the list page by page.
pub(super) fn pages(p: &mut Planner<'_>, role: &str) {
    if p.world.lacks(OperationId::Orders) || !p.has_states() {
        return;
    }
    let orders = if p.tier >= Tier::Standard { 5 } else { 3 };
    let mut steps = Vec::new();
    let mut funds = Pesewas::ZERO;
    for _ in 0..orders {
        let Some(rendered) = p.render(&Draft::good(role, p.contract.limits.min_items), 0) else { return };
        funds += rendered.total.unwrap_or(Pesewas::new(100_000));
        steps.push(Step::Order(rendered.outgoing));
    }
    for limit in [Some(2), Some(1), None, Some(p.contract.page_limits.0)] {
        steps.push(Step::List { actor: 0, limit, follow: true });
    }
    let actor = Actor::Fresh { role: role.to_owned(), balance: funds, revoked: false };
    p.push("pages", "the list page by page", &["ORDER-LIST"], None, vec![actor], steps, None);
}

/// One recipient fails and is retried.
pub(super) fn retried(p: &mut Planner<'_>, role: &str, count: usize) {
    if p.world.lacks(OperationId::Retry) || p.world.lacks(OperationId::OrderStatus) {
        return;
    }
    let Some(rendered) = p.render(&Draft::good(role, count).mix(Mix::Distinct), 0) else { return };
    let total = rendered.total.unwrap_or(Pesewas::new(100_000));
    let names = &p.contract.fields;
    let body: Option<serde_json::Value> = serde_json::from_slice(&rendered.outgoing.body).ok();
    let failing = body.as_ref().and_then(|body| {
        body.get(&names.order.items)?.get(1)?.get(&names.item.msisdn)?.as_str().map(str::to_owned)
    });
    let Some(failing) = failing else { return };
    let wallet = || unless_lacking(p, OperationId::Wallet, Step::Wallet(0));
    let steps = [
        Some(Step::FailRecipient(failing)),
        Some(Step::Order(rendered.outgoing)),
        Some(Step::Watch { actor: 0, nth: 0 }),
        // Whose order it is not can't touch it; were the stranger heard, the owner would see nothing left to retry.
        Some(Step::Retry { actor: 1, nth: 0 }),
        wallet(),
        Some(Step::Retry { actor: 0, nth: 0 }),
        wallet(),
        Some(Step::Watch { actor: 0, nth: 0 }),
        wallet(),
    ];
    // The retry may take a refund back: the wallet has to hold it.
    let actor = Actor::Fresh { role: role.to_owned(), balance: total * 2, revoked: false };
    let stranger = Actor::Fresh { role: role.to_owned(), balance: Pesewas::ZERO, revoked: false };
    let ids = ["ORDER-RETRY", "ORDER-PROGRESS", "ORDER-PRIVATE"];
    p.push(
        "retried",
        "a failed recipient is retried",
        &ids,
        None,
        vec![actor, stranger],
        steps.into_iter().flatten().collect(),
        None,
    );
}
