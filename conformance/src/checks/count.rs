//! The number of items: each in the range is accepted, both ends included; fewer and more are refused for their count.

use super::check::Check;
use crate::history::Tier;
use crate::order::facts::Facts;
use crate::order::rule::{Applies, Rule};
use crate::plan::draft::{Draft, Mix};
use crate::plan::planner::{Planner, Watch};
use spec::{Contract, Meaning};

/// The check.
pub const CHECK: Check = Check {
    name: "count",
    cites: &["COUNT-RANGE", "COUNT-LOW", "COUNT-HIGH"],
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
    if buyers.is_empty() {
        return p.cannot(CHECK.cites, "no key of a role that may buy");
    }
    let every = p.tier >= Tier::Standard;
    for role in &buyers {
        for count in limits.min_items..=limits.max_items {
            let end = count == limits.min_items || count == limits.max_items;
            if every || end {
                let title = format!("{role} orders {count}");
                let mix = if count % 3 == 0 { Mix::Distinct } else { Mix::Cheapest };
                let draft = Draft::good(role, count).mix(mix);
                p.order(
                    &format!("range/{role}/{count}"),
                    &title,
                    &["COUNT-RANGE"],
                    &draft,
                    Watch::Everything,
                );
            }
        }
        // One defect at a time: the items are beyond reproach and the balance would do.
        for count in 0..limits.min_items {
            let title = format!("{role} orders {count}");
            p.order(
                &format!("low/{role}/{count}"),
                &title,
                &["COUNT-LOW"],
                &Draft::good(role, count),
                Watch::Everything,
            );
        }
        for count in [limits.max_items + 1, limits.max_items + 2] {
            let title = format!("{role} orders {count}");
            p.order(
                &format!("high/{role}/{count}"),
                &title,
                &["COUNT-HIGH"],
                &Draft::good(role, count),
                Watch::Everything,
            );
        }
    }
    // Where integer widths and page sizes break.
    for count in [100, 256 + limits.min_items, 1000] {
        if every && count > limits.max_items {
            let title = format!("an order of {count}");
            p.order(
                &format!("high/wide/{count}"),
                &title,
                &["COUNT-HIGH"],
                &Draft::good(&buyers[0], count),
                Watch::Wallet,
            );
        }
    }
}
