//! Plans related orders: runs of one account, accounts in turn, and pairs whose totals must agree. Several checks judge
//! them.
//!
//! A single order can't show what depends on those before it.

use crate::history::Tier;
use crate::plan::case::Step;
use crate::plan::defect::{BodyFault, ItemFault, NumberForm, ParentFault};
use crate::plan::order_draft::{Mix, OrderDraft};
use crate::plan::planner::Planner;
use crate::plan::story::Story;

/// Returns the number of orders in a long run, and the number of rounds of everything else, for a tier.
const fn sizes(tier: Tier) -> (usize, usize) {
    match tier {
        Tier::Probe => (0, 0),
        Tier::Smoke => (5, 0),
        Tier::Standard => (28, 1),
        Tier::Full => (128, 4),
    }
}

/// Plans the runs and the pairs.
pub(super) fn plan(p: &mut Planner<'_>) {
    let (run, rounds) = sizes(p.tier);
    let buyers = p.buyers();
    let Some(role) = buyers.first().cloned().filter(|_| run > 0 && !p.catalog.lines.is_empty()) else {
        return;
    };
    // With fixed accounts every order costs real money.
    let run = if p.has_states() { run } else { run.min(4) };
    for role in &buyers {
        long_run(p, role, run);
    }
    for round in 0..rounds {
        in_turn_with_refusals(p, &role, round);
        twice(p, &role, round);
        for role in &buyers {
            permuted(p, role, round);
            split(p, role, round);
        }
        if let [one, other, ..] = &buyers[..] {
            both_roles(p, one, other, round);
        }
        if p.has_states() {
            two_accounts(p, &role, round);
            if p.environment.extra_states.iter().any(|it| it == "key") {
                two_keys(p, &role, round);
            }
        }
    }
}

/// Plans many orders of one account, for faults that show only on the first order, on every n-th, or on a shared
/// connection.
fn long_run(p: &mut Planner<'_>, role: &str, orders: usize) {
    let limits = p.contract.limits;
    let mut story = Story::new(p, 1);
    for order in 0..orders {
        // Every fourth order is longer, so that a dependence on the order before becomes visible.
        let count = if order % 4 == 3 { limits.min_items + 1 } else { limits.min_items };
        story.order(&OrderDraft::good(role, count.min(limits.max_items)), 0);
    }
    let title = format!("{role} orders {orders} times in a row");
    story.end(&format!("run/{role}"), &title, &["MONEY-DEBIT", "RESP-ORDER-ID", "RESP-LINEAR"], &[role]);
}

/// Plans refused and accepted orders in turn: neither must affect the other.
fn in_turn_with_refusals(p: &mut Planner<'_>, role: &str, round: usize) {
    let limits = p.contract.limits;
    let good = || OrderDraft::good(role, limits.min_items);
    let faulty = [
        good().item(limits.min_items - 1, ItemFault::UnknownPackage),
        OrderDraft::good(role, limits.max_items + 1),
        good().item(0, ItemFault::Number(NumberForm::Letters)),
        OrderDraft::good(role, limits.min_items.saturating_sub(1)),
        good().parent(ParentFault::UnknownProduct),
        good().body(BodyFault::Truncated(60)),
    ];
    let faulty = if p.has_states() { &faulty[..] } else { &faulty[..2] };
    let mut story = Story::new(p, 1);
    for (at, bad) in faulty.iter().enumerate() {
        let pair = if at % 2 == round % 2 { [bad, &good()] } else { [&good(), bad] };
        pair.into_iter().for_each(|draft| story.order(draft, 0));
    }
    let title = format!("{role} is refused and accepted in turn");
    story.end(&format!("turns/{role}/{round}"), &title, &["MONEY-REJECT", "PRE-ATOMIC"], &[role]);
}

/// Plans the same bytes twice: two orders, each paid for.
fn twice(p: &mut Planner<'_>, role: &str, round: usize) {
    let draft = OrderDraft::good(role, p.contract.limits.min_items + round % 3);
    let mut story = Story::new(p, 1);
    story.repeated(&draft, 0, 2);
    let title = format!("{role} sends the same order twice");
    story.end(
        &format!("twice/{role}/{round}"),
        &title,
        &["RESP-ORDER-ID", "MONEY-DEBIT", "RESP-LINEAR"],
        &[role],
    );
}

/// Plans a basket, the same basket in other sequences, and one with an item more.
fn permuted(p: &mut Planner<'_>, role: &str, round: usize) {
    let limits = p.contract.limits;
    let count = (limits.min_items + 1 + round).min(limits.max_items - 1);
    let draft = OrderDraft::good(role, count).mix(Mix::Distinct);
    let basket: Vec<usize> = (0..count).collect();
    let turned: Vec<usize> = basket.iter().rev().copied().collect();
    let rotated: Vec<usize> = basket.iter().map(|at| (at + 1) % count).collect();
    let more: Vec<usize> = basket.iter().copied().chain([0]).collect();
    let mut story = Story::new(p, 1);
    for packages in [&basket, &turned, &rotated, &more] {
        story.basket(&OrderDraft { count: packages.len(), ..draft.clone() }, packages, 0);
    }
    let title = format!("{role} orders {count} packages, the same in another order, and one more");
    story.end(&format!("permuted/{role}/{round}"), &title, &["RESP-LINEAR", "RESP-TOTAL"], &[role]);
}

/// Plans an order, and the same items in two orders.
fn split(p: &mut Planner<'_>, role: &str, round: usize) {
    let limits = p.contract.limits;
    let half = limits.min_items + round;
    if half * 2 > limits.max_items {
        return;
    }
    let whole: Vec<usize> = (0..half * 2).map(|at| at / 2).collect();
    let mut story = Story::new(p, 1);
    for packages in [&whole[..], &whole[..half], &whole[half..]] {
        story.basket(&OrderDraft::good(role, packages.len()), packages, 0);
    }
    let title = format!("{role} orders {} packages at once and in two parts", half * 2);
    story.end(&format!("split/{role}/{round}"), &title, &["RESP-LINEAR", "RESP-TOTAL"], &[role]);
}

/// Plans the same basket for two roles, each at its own prices.
fn both_roles(p: &mut Planner<'_>, one: &str, other: &str, round: usize) {
    let count = (p.contract.limits.min_items + 1 + round).min(p.contract.limits.max_items);
    let basket: Vec<usize> = (0..count).collect();
    let mut story = Story::new(p, 2);
    for (actor, role) in [(0, one), (1, other), (0, one), (1, other)] {
        story.basket(&OrderDraft::good(role, count).mix(Mix::Distinct), &basket, actor);
    }
    let title = format!("{one} and {other} order the same");
    story.end(&format!("roles/{round}"), &title, &["RESP-TOTAL", "RESP-LINEAR"], &[one, other]);
}

/// Plans orders of two accounts in turn: neither pays for or sees the other's.
fn two_accounts(p: &mut Planner<'_>, role: &str, round: usize) {
    let title = format!("two {role} accounts order in turn");
    let ids = ["MONEY-DEBIT", "ORDER-PRIVATE"];
    in_turn(p, role, round).end(&format!("accounts/{round}"), &title, &ids, &[role, role]);
}

/// Plans orders with two keys of one account in turn: both spend from one wallet.
fn two_keys(p: &mut Planner<'_>, role: &str, round: usize) {
    let title = format!("two keys of one {role} account order in turn");
    in_turn(p, role, round).end_of_one(&format!("keys/{round}"), &title, &["MONEY-DEBIT"], role);
}

/// Plans orders of two actors in turn, with numbers of items that differ between them.
fn in_turn<'p, 'a>(p: &'p mut Planner<'a>, role: &str, round: usize) -> Story<'p, 'a> {
    let limits = p.contract.limits;
    let mut story = Story::new(p, 2);
    for order in 0..3 {
        for actor in 0..2 {
            let count = limits.min_items + (order + actor + round) % 2;
            story.order(&OrderDraft::good(role, count.min(limits.max_items)), actor);
            story.step(Step::Read { actor, nth: order * 2 + actor, status: true });
        }
    }
    story
}
