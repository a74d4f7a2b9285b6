//! The number of items: each in the range is accepted, both ends included; fewer and more are refused for their count.

use super::check::Check;
use crate::history::Tier;
use crate::order::facts::Facts;
use crate::order::rule::{Applies, Rule};
use crate::plan::builder::Watch;
use crate::plan::order_draft::{Mix, OrderDraft};
use crate::plan::planner::Planner;
use crate::plan::why_not::WhyNot;
use spec::{Contract, Meaning};

/// The most products beside the first whose packages are all bought.
const MOST_PRODUCTS: usize = 6;

/// The check of the number of items.
pub(crate) const CHECK: Check = Check {
    name: "count",
    cites: &["COUNT-RANGE", "COUNT-LOW", "COUNT-HIGH"],
    accepted: &["COUNT-RANGE"],
    rules: RULES,
    plan: Some(plan),
    ..Check::NOTHING
};

const RULES: &[Rule] = &[
    refuse("COUNT-LOW", |facts, contract| when(facts, |count| count < contract.limits.min_items)),
    refuse("COUNT-HIGH", |facts, contract| when(facts, |count| count > contract.limits.max_items)),
];

const fn refuse(id: &'static str, applies: fn(&Facts, &Contract) -> Applies) -> Rule {
    Rule::refuses(id, Meaning::Count, applies)
}

fn when(facts: &Facts, wrong: impl Fn(usize) -> bool) -> Applies {
    Applies::surely(facts.count().is_some_and(wrong))
}

fn plan(p: &mut Planner<'_>) {
    let limits = p.contract.limits;
    let buyers = p.buyers();
    let Some(first) = buyers.first() else {
        return p.cannot(CHECK.cites, &WhyNot::NoBuyer);
    };
    let every = p.tier >= Tier::Standard;
    for role in &buyers {
        for count in limits.min_items..=limits.max_items {
            // With fixed accounts the check of roles already buys both ends, so they are not paid for twice.
            let end = count == limits.min_items || count == limits.max_items;
            let wanted = if end { p.has_states() } else { every };
            if wanted {
                let mix = if count % 3 == 0 { Mix::Distinct } else { Mix::Cheapest };
                one(p, "range", "COUNT-RANGE", &OrderDraft::good(role, count).mix(mix));
            }
        }
        // These orders have one defect: the items are valid and the balance is enough.
        for count in 0..limits.min_items {
            one(p, "low", "COUNT-LOW", &OrderDraft::good(role, count));
        }
        for count in [limits.max_items + 1, limits.max_items + 2] {
            one(p, "high", "COUNT-HIGH", &OrderDraft::good(role, count));
        }
    }
    if every && p.has_states() {
        packages(p, &buyers);
    }
    // At these counts narrow integers overflow and usual page sizes are exceeded.
    for count in [100, 256 + limits.min_items, 1000] {
        if every && count > limits.max_items {
            p.case(format!("high/wide/{count}"))
                .title(format!("an order of {count}"))
                .serves(&["COUNT-HIGH"])
                .order(&OrderDraft::good(first, count))
                .add();
        }
    }
}

/// Plans an order of as many packages as there are of each further product, where nothing is charged: a price or a rule of
/// a single package shows in no other.
fn packages(p: &mut Planner<'_>, buyers: &[String]) {
    let limits = p.contract.limits;
    let sold: Vec<usize> = p.catalog.lines.iter().map(|it| it.active.len()).collect();
    for (line, packages) in sold.into_iter().enumerate().skip(1).take(MOST_PRODUCTS) {
        for role in buyers {
            let count = packages.clamp(limits.min_items, limits.max_items);
            p.case(format!("packages/{role}/{line}"))
                .title(format!("{role} orders every package of product {line} of the catalog"))
                .serves(&["COUNT-RANGE", "RESP-TOTAL", "MONEY-DEBIT"])
                .order(&OrderDraft::good(role, count).mix(Mix::Distinct).line(line))
                .watch(Watch::Everything)
                .add();
        }
    }
}

fn one(p: &mut Planner<'_>, kind: &str, id: &'static str, draft: &OrderDraft) {
    p.case(format!("{kind}/{}/{}", draft.role, draft.count))
        .title(format!("{} orders {}", draft.role, draft.count))
        .serves(&[id])
        .order(draft)
        .watch(Watch::Everything)
        .add();
}
