//! One defect alone, by every role that may buy, at every kind of place, in orders of several sizes, beside cheap and beside
//! dear packages: what passes with one of them only is no luck to find.

use crate::history::Tier;
use crate::plan::case::{Actor, Step};
use crate::plan::defect::{ItemFault, NumberForm, Value};
use crate::plan::draft::{Draft, Mix};
use crate::plan::near::Lookalike;
use crate::plan::planner::Planner;
use spec::Pesewas;

/// What no item may be, with the requirement that it is refused by.
const DEFECTS: [(ItemFault, &str); 12] = [
    (ItemFault::UnknownPackage, "PRE-PACKAGE"),
    (ItemFault::OtherProductsPackage, "PRE-PACKAGE"),
    (ItemFault::InactivePackage, "PRE-PACKAGE"),
    (ItemFault::Package(Value::Empty), "PRE-PACKAGE"),
    (ItemFault::Number(NumberForm::Letters), "PRE-MSISDN"),
    (ItemFault::Number(NumberForm::TooShort), "PRE-MSISDN"),
    (ItemFault::Number(NumberForm::TooLong), "PRE-MSISDN"),
    (ItemFault::Number(NumberForm::Like(Lookalike::LettersBehind)), "PRE-MSISDN"),
    (ItemFault::Package(Value::Absent), "ITEM-PACKAGE"),
    (ItemFault::Package(Value::Null), "ITEM-PACKAGE"),
    (ItemFault::Msisdn(Value::Absent), "ITEM-MSISDN"),
    (ItemFault::Msisdn(Value::Null), "ITEM-MSISDN"),
];

/// Kinds of places: the first, the second, one in the middle, the last but one, the last.
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
                // The last three kinds are places of their own in larger orders only.
                let sizes = if place < 2 { &counts[..] } else { &counts[counts.len().min(2)..] };
                let sizes = if sizes.is_empty() { &counts[..] } else { sizes };
                let tried = if p.tier == Tier::Full { sizes.len() } else { 1 };
                for more in 0..tried {
                    // Each defect meets each size, and each size each place: a Latin square.
                    let count = sizes[(at + 2 * place + 3 * nth + more) % sizes.len()];
                    let dear = (at + place + nth + more) % 2 == 0;
                    drafts.push(with(p, &role, defect, (position(place, count), count, dear)));
                }
            }
            send(p, &role, &drafts, id);
        }
    }
}

/// Where a kind of place is in an order of this size.
const fn position(place: usize, count: usize) -> usize {
    match place {
        0 => 0,
        1 => 1,
        2 => count / 2,
        3 => count.saturating_sub(2),
        _ => count.saturating_sub(1),
    }
}

/// An order of so many with a defect at a place, beside dear packages or cheap ones.
fn with(p: &Planner<'_>, role: &str, defect: &ItemFault, (at, count, dear): (usize, usize, bool)) -> Draft {
    let draft = Draft::good(role, count).item(at, defect.clone());
    if dear { draft.mix(Mix::Dearest).shelf(p.shop.dearest(role)) } else { draft }
}

fn send(p: &mut Planner<'_>, role: &str, drafts: &[Draft], id: &'static str) {
    let serves = [id, "PRE-ATOMIC"];
    let address = |draft: &Draft| {
        let (at, defect) = &draft.items[0];
        format!("{}/{role}/{}/{at}", defect.name(), draft.count)
    };
    if p.has_states() {
        return together(p, role, drafts, &serves);
    }
    // Each by itself: a cap has to hold the dearest only.
    for draft in drafts {
        p.case(address(draft)).serves(&serves).order(draft).add();
    }
}

/// All places of a defect, by one account that was made for them.
fn together(p: &mut Planner<'_>, role: &str, drafts: &[Draft], serves: &[&'static str]) {
    let (mut steps, mut funds) = (Vec::new(), Pesewas::ZERO);
    for draft in drafts {
        // A defect that this catalog can't have.
        let Some(mut rendered) = p.render(draft, 0) else { return };
        funds += rendered.price();
        rendered.outgoing.cost.refused();
        steps.push(Step::Order(rendered.outgoing));
    }
    let Some((_, defect)) = drafts.first().and_then(|it| it.items.first()) else { return };
    let steps = p.offered(steps.into_iter().chain([Step::Wallet(0)]));
    let name = defect.name();
    p.case(format!("{name}/{role}"))
        .title(format!("{role} orders with {} in every place", name.replace('-', " ")))
        .serves(serves)
        .actor(Actor::fresh(role, funds))
        .steps(steps)
        .add();
}
