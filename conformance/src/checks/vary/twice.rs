//! Plans the same thing twice: one number in two spellings, one order with its items reversed, one order by two
//! accounts, one package under two products. Counts, totals, recipients and debits remain those of what was sent.

use super::means::spenders;
use crate::plan::builder::Watch;
use crate::plan::case::{Actor, Outgoing, Step};
use crate::plan::defect::{ItemFault, NumberForm};
use crate::plan::order_draft::{Mix, OrderDraft};
use crate::plan::planner::Planner;
use spec::Pesewas;

pub(super) fn plan(p: &mut Planner<'_>) {
    for role in spenders(p) {
        spellings(p, &role);
        turned(p, &role);
        by_two(p, &role);
        under_two_products(p, &role);
    }
}

fn spellings(p: &mut Planner<'_>, role: &str) {
    let count = p.contract.limits.min_items + 1;
    for form in [NumberForm::Local, NumberForm::Plus, NumberForm::Spaced] {
        let draft = OrderDraft::good(role, count).mix(Mix::Distinct).item(1, ItemFault::TwinOfFirst(form));
        p.case(format!("spellings/{}/{role}", form.name()))
            .title("one number in two spellings")
            .serves(&["AMB-DUPLICATE", "AMB-MSISDN-FORM"])
            .order(&draft)
            .watch(Watch::Everything)
            .add();
    }
}

/// Plans an order with the same recipients in reverse.
fn turned(p: &mut Planner<'_>, role: &str) {
    let draft = OrderDraft::good(role, p.contract.limits.min_items + 1).mix(Mix::Distinct);
    let Some(rendered) = p.render(&draft, 0) else { return };
    let Some(other) = reversed(p, &rendered.outgoing) else { return };
    let Some(actor) = p.actor_with(role, rendered.price() * 2) else { return };
    let read = |nth| Step::Read { actor: 0, nth, status: true };
    let steps = [Step::Order(rendered.outgoing), Step::Wallet(0), Step::Order(other), Step::Wallet(0)];
    let steps = p.offered(steps.into_iter().chain([read(0), read(1)]));
    p.case(format!("turned/{role}"))
        .title(format!("{role} orders for the same recipients in another order"))
        .serves(&["RESP-ORDER-ID", "MONEY-DEBIT"])
        .actor(actor)
        .steps(steps)
        .add();
}

/// Returns the order with its items from last to first.
fn reversed(p: &Planner<'_>, order: &Outgoing) -> Option<Outgoing> {
    let mut body: serde_json::Value = serde_json::from_slice(&order.body).ok()?;
    body.get_mut(&p.contract.fields.order.items)?.as_array_mut()?.reverse();
    Some(Outgoing { body: body.to_string().into_bytes(), ..order.clone() })
}

/// Returns two accounts with wallets of their own, and the role of the second: another one if there is such, since a second
/// fixed account of the same role is most often a poor one.
fn two_accounts(p: &Planner<'_>, role: &str, at_least: Pesewas) -> Option<(Actor, Actor, String)> {
    let one = p.actor_with(role, at_least)?;
    let others = p.buyers().into_iter().filter(|it| !p.has_states() && it != role);
    let roles: Vec<String> = others.chain([role.to_owned()]).collect();
    let beside = |role: String| Some((p.actor_beside(&one, &role, at_least)?, role));
    let (two, other) = roles.into_iter().find_map(beside)?;
    Some((one, two, other))
}

/// Plans the same bytes for two accounts: each has an order of its own.
fn by_two(p: &mut Planner<'_>, role: &str) {
    let count = p.contract.limits.min_items + 1;
    let Some(rendered) = p.render(&OrderDraft::good(role, count), 0) else { return };
    let price = rendered.price();
    let Some((one, two, other)) = two_accounts(p, role, price) else { return };
    // The other account's role may have other prices.
    let Some(cost) = p.render(&OrderDraft::good(&other, count), 1).map(|it| it.outgoing.cost) else { return };
    let second = Outgoing { actor: 1, cost, ..rendered.outgoing.clone() };
    let read = |actor, nth| Step::Read { actor, nth, status: true };
    let orders = [
        Step::Order(rendered.outgoing),
        Step::Order(second),
        Step::Wallet(0),
        Step::Wallet(1),
        read(0, 0),
        read(1, 1),
    ];
    let steps = p.offered(orders);
    p.case(format!("by-two/{role}"))
        .title("two accounts order for the same recipients")
        .serves(&["RESP-ORDER-ID", "MONEY-DEBIT"])
        .actor(one)
        .actor(two)
        .steps(steps)
        .add();
}

/// Plans a package that is bought under its product, and then ordered under another.
fn under_two_products(p: &mut Planner<'_>, role: &str) {
    let count = p.contract.limits.min_items;
    let Some(first) = p.catalog.lines.first() else { return };
    let foreign = p.catalog.foreign_package(first).map(|it| it.id.clone());
    let own =
        |it: &crate::plan::catalog::ProductLine| foreign.as_ref().is_some_and(|id| it.active[0].id == *id);
    let Some(line) = p.catalog.lines.iter().position(own) else { return };
    let bad = OrderDraft::good(role, count).item(count - 1, ItemFault::OtherProductsPackage);
    let (Some(good), Some(mut bad)) =
        (p.render(&OrderDraft::good(role, count).line(line), 0), p.render(&bad, 0))
    else {
        return;
    };
    bad.outgoing.cost.refused();
    let Some(actor) = p.actor_with(role, good.price() + bad.price() + Pesewas::new(1_000)) else { return };
    let (good, bad) = (Step::Order(good.outgoing), Step::Order(bad.outgoing));
    let orders = [good, Step::Wallet(0), bad, Step::Wallet(0)];
    let steps = p.offered(orders);
    p.case(format!("two-products/{role}"))
        .title("a package that was bought, under another product")
        .serves(&["PRE-PACKAGE"])
        .actor(actor)
        .steps(steps)
        .add();
}
