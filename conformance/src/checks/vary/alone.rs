//! Plans one defect at a time, for every role that may buy, at every kind of position, in orders of several sizes,
//! beside cheap and expensive packages, so that finding a defect that passes with only one of these does not depend on
//! luck.

use super::means::all_refused;
use crate::history::Tier;
use crate::plan::case::{Actor, Step};
use crate::plan::defect::{ItemFault, NumberForm, Value};
use crate::plan::near::Lookalike;
use crate::plan::order_draft::{Mix, OrderDraft};
use crate::plan::planner::Planner;

/// The faults of an item, with the requirement by which each must be refused.
const DEFECTS: [(ItemFault, &str); 14] = [
    (ItemFault::UnknownPackage, "PRE-PACKAGE"),
    (ItemFault::OtherProductsPackage, "PRE-PACKAGE"),
    (ItemFault::InactivePackage, "PRE-PACKAGE"),
    (ItemFault::Package(Value::Empty), "PRE-PACKAGE"),
    (ItemFault::Number(NumberForm::Letters), "PRE-MSISDN"),
    (ItemFault::Number(NumberForm::TooShort), "PRE-MSISDN"),
    (ItemFault::Number(NumberForm::TooLong), "PRE-MSISDN"),
    (ItemFault::Number(NumberForm::Like(Lookalike::LettersBehind)), "PRE-MSISDN"),
    (ItemFault::Number(NumberForm::Blank), "PRE-MSISDN"),
    (ItemFault::Msisdn(Value::Empty), "PRE-MSISDN"),
    (ItemFault::Package(Value::Absent), "ITEM-PACKAGE"),
    (ItemFault::Package(Value::Null), "ITEM-PACKAGE"),
    (ItemFault::Msisdn(Value::Absent), "ITEM-MSISDN"),
    (ItemFault::Msisdn(Value::Null), "ITEM-MSISDN"),
];

/// The number of kinds of positions: the first, the second, one in the middle, the last but one, the last.
const PLACES: usize = 5;

pub(super) fn plan(p: &mut Planner<'_>) {
    let limits = p.contract.limits;
    let (least, most) = (limits.min_items, limits.max_items);
    let mut counts = vec![least, least + 1, most.midpoint(least), (most + least) / 2 + 1, most];
    counts.dedup();
    for (nth, role) in p.buyers().into_iter().enumerate() {
        for (at, (defect, id)) in DEFECTS.iter().enumerate() {
            let mut drafts = Vec::new();
            for place in 0..PLACES {
                // The last three kinds are distinct positions in larger orders only.
                let sizes = if place < 2 { &counts[..] } else { &counts[counts.len().min(2)..] };
                let sizes = if sizes.is_empty() { &counts[..] } else { sizes };
                let tried = if p.tier == Tier::Full { sizes.len() } else { 1 };
                for more in 0..tried {
                    // Sizes are spread over defects, positions and roles in the manner of a Latin square.
                    let count = sizes[(at + 2 * place + 3 * nth + more) % sizes.len()];
                    // On fixed accounts, what a large order of dear packages may cost exceeds most caps.
                    let affordable = p.has_states() || count <= least + 1;
                    let dear = affordable && (at + place + nth + more) % 2 == 0;
                    drafts.push(with(p, &role, defect, (position(place, count), count, dear)));
                }
            }
            send(p, &role, &drafts, id);
        }
    }
}

/// Returns the index of a kind of position in an order of this size.
const fn position(place: usize, count: usize) -> usize {
    match place {
        0 => 0,
        1 => 1,
        2 => count / 2,
        3 => count.saturating_sub(2),
        _ => count.saturating_sub(1),
    }
}

/// Returns an order of `count` items with a defect at a position, beside expensive packages or cheap ones.
fn with(
    p: &Planner<'_>,
    role: &str,
    defect: &ItemFault,
    (at, count, dear): (usize, usize, bool),
) -> OrderDraft {
    let draft = OrderDraft::good(role, count).item(at, defect.clone());
    if dear { draft.mix(Mix::Dearest).line(p.catalog.dearest(role)) } else { draft }
}

fn send(p: &mut Planner<'_>, role: &str, drafts: &[OrderDraft], id: &'static str) {
    let serves = [id, "PRE-ATOMIC"];
    let address = |draft: &OrderDraft| {
        let (at, defect) = &draft.items[0];
        format!("{}/{role}/{}/{at}", defect.name(), draft.count)
    };
    if p.has_states() {
        return together(p, role, drafts, &serves);
    }
    // Each order is a case of its own, so that a cap on spending has to cover only the most expensive one.
    for draft in drafts {
        p.case(address(draft)).serves(&serves).order(draft).add();
    }
}

/// Plans all positions of a defect for one account that is created for them.
fn together(p: &mut Planner<'_>, role: &str, drafts: &[OrderDraft], serves: &[&'static str]) {
    let Some((steps, funds)) = all_refused(p, drafts) else { return };
    let Some((_, defect)) = drafts.first().and_then(|it| it.items.first()) else { return };
    // The account is new, so its list must stay empty.
    let list = Step::List { actor: 0, limit: None, follow: false };
    let steps = p.offered(steps.into_iter().chain([Step::Wallet(0), list]));
    let name = defect.name();
    p.case(format!("{name}/{role}"))
        .title(format!("{role} orders with {} in every place", name.replace('-', " ")))
        .serves(serves)
        .actor(Actor::fresh(role, funds))
        .steps(steps)
        .add();
}
