//! Runs of orders: what a server does to the second, the fifth, the fifteenth order; the same payload twice; accepted and
//! refused in turn; and pairs whose totals must agree.

use spec::{OperationId, Pesewas};

use super::case::{Actor, Step};
use super::draft::{BodyFault, Draft, ItemFault, Mix, Part, Value};
use super::planner::Planner;
use crate::history::Tier;

/// Plans the runs.
pub fn plan(p: &mut Planner<'_>) {
    let buyers = p.buyers();
    if p.tier < Tier::Standard || buyers.is_empty() || !p.has_states() {
        return;
    }
    let runs = if p.tier == Tier::Full { 4 } else { 1 };
    for run in 0..runs {
        for role in &buyers {
            row(p, role, run);
            turns(p, role, run);
            twice(p, role, run);
        }
        permuted(p, &buyers, run);
    }
}

/// One account, funded for exactly its orders, each followed by a reading of the wallet.
fn series(
    p: &mut Planner<'_>,
    address: &str,
    title: &str,
    ids: &[&'static str],
    role: &str,
    drafts: &[Draft],
) {
    let reads = !p.world.lacks(OperationId::Wallet);
    let (mut steps, mut funds) = (Vec::new(), Pesewas::ZERO);
    for draft in drafts {
        let Some(rendered) = p.render(draft, 0) else { return };
        let Some(total) = rendered.total else { return };
        if rendered.outgoing.cost.purchases > 0 {
            funds += total;
        }
        steps.push(Step::Order(rendered.outgoing));
        if reads {
            steps.push(Step::Wallet(0));
        }
    }
    let actor = Actor::Fresh { role: role.to_owned(), balance: funds, revoked: false };
    p.push(address, title, ids, None, vec![actor], steps, None);
}

/// Many in a row: the last is paid with the last pesewa, so every wrong debit before it shows.
fn row(p: &mut Planner<'_>, role: &str, run: usize) {
    let limits = p.contract.limits;
    let drafts: Vec<Draft> = (0..16)
        .map(|at| {
            Draft::good(role, limits.min_items + (at + run) % 3).mix(if at % 2 == 0 {
                Mix::Cheapest
            } else {
                Mix::Distinct
            })
        })
        .collect();
    let ids = ["MONEY-DEBIT", "RESP-TOTAL", "RESP-ORDER-ID"];
    series(p, &format!("row/{role}/{run}"), "many orders in a row", &ids, role, &drafts);
}

/// Refused and accepted in turn: what a refusal leaves behind would show in the order after it.
fn turns(p: &mut Planner<'_>, role: &str, run: usize) {
    let limits = p.contract.limits;
    let bad = [
        Draft::good(role, limits.max_items + 1),
        Draft::good(role, limits.min_items).item(0, ItemFault::UnknownPackage),
        Draft::good(role, limits.min_items).body(BodyFault::Field(Part::Operator, Value::Null)),
        Draft::good(role, limits.min_items).body(BodyFault::Truncated(80)),
    ];
    let drafts: Vec<Draft> =
        bad.into_iter().flat_map(|bad| [bad, Draft::good(role, limits.min_items + 1)]).collect();
    let ids = ["MONEY-REJECT", "PRE-ATOMIC"];
    series(p, &format!("turns/{role}/{run}"), "refused and accepted in turn", &ids, role, &drafts);
}

/// The same bytes twice are two orders: the page knows no idempotency, and says so of no answer.
fn twice(p: &mut Planner<'_>, role: &str, run: usize) {
    let Some(rendered) = p.render(&Draft::good(role, p.contract.limits.min_items), 0) else { return };
    let Some(total) = rendered.total else { return };
    let order = Step::Order(rendered.outgoing);
    let mut steps = vec![order.clone(), order];
    if !p.world.lacks(OperationId::Wallet) {
        steps.insert(1, Step::Wallet(0));
        steps.push(Step::Wallet(0));
    }
    let actor = Actor::Fresh { role: role.to_owned(), balance: total * 2, revoked: false };
    p.push(
        &format!("twice/{role}/{run}"),
        "the same payload twice",
        &["RESP-ORDER-ID"],
        None,
        vec![actor],
        steps,
        None,
    );
}

/// Two accounts in turn; the same items in another order, one item more, an order split in two.
fn permuted(p: &mut Planner<'_>, buyers: &[String], run: usize) {
    let limits = p.contract.limits;
    let accounts: Vec<&String> = buyers.iter().cycle().take(2).collect();
    let (mut steps, mut funds) = (Vec::new(), [Pesewas::ZERO; 2]);
    let whole = limits.min_items * 2;
    for (count, reversed) in [(whole, false), (whole, true), (whole + 1, false), (limits.min_items, false)] {
        for (actor, role) in accounts.iter().enumerate() {
            let Some(mut rendered) = p.render(&Draft::good(role, count).mix(Mix::Distinct), actor) else {
                return;
            };
            if reversed {
                rendered.outgoing.body = reverse(p, &rendered.outgoing.body);
            }
            let Some(total) = rendered.total else { return };
            funds[actor] += total;
            steps.push(Step::Order(rendered.outgoing));
        }
    }
    if !p.world.lacks(OperationId::Wallet) {
        steps.extend([Step::Wallet(0), Step::Wallet(1)]);
    }
    let actors = accounts.iter().zip(funds).map(|(role, balance)| Actor::Fresh {
        role: (*role).clone(),
        balance,
        revoked: false,
    });
    let actors = actors.collect();
    let title = "two accounts in turn; items in another order, one more, fewer";
    p.push(&format!("permuted/{run}"), title, &["RESP-LINEAR", "RESP-TOTAL"], None, actors, steps, None);
}

/// The same order with its items the other way round.
fn reverse(p: &Planner<'_>, body: &[u8]) -> Vec<u8> {
    let Ok(mut order) = serde_json::from_slice::<serde_json::Value>(body) else { return body.to_vec() };
    if let Some(items) =
        order.get_mut(&p.contract.fields.order.items).and_then(serde_json::Value::as_array_mut)
    {
        items.reverse();
    }
    order.to_string().into_bytes()
}
