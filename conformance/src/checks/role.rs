//! The role: two may buy, every other may not, whatever its balance.

use super::check::Check;
use crate::order::rule::{Applies, Rule};
use crate::plan::draft::{Balance, Draft};
use crate::plan::planner::{Planner, Watch};
use spec::Meaning;

/// The check.
pub const CHECK: Check = Check {
    name: "role",
    cites: &["ROLE-AGENT", "ROLE-SUPERAGENT", "ROLE-OTHER"],
    rules: RULES,
    plan: Some(plan),
    ..Check::NOTHING
};

const RULES: &[Rule] =
    &[Rule::refuses("ROLE-OTHER", Meaning::Forbidden, |facts, contract| match &facts.role {
        Some(role) => Applies::surely(!contract.roles.may_buy(role)),
        // Without a known role either answer is right.
        None => Applies::Maybe,
    })];

fn plan(p: &mut Planner<'_>) {
    let limits = p.contract.limits;
    for role in p.buyers() {
        let ids = positive_ids(p, &role);
        for count in [limits.min_items, limits.max_items] {
            let title = format!("{role} orders {count}");
            p.order(
                &format!("allowed/{role}/{count}"),
                &title,
                &ids,
                &Draft::good(&role, count),
                Watch::Everything,
            );
        }
    }
    let others = p.others();
    if others.is_empty() {
        p.cannot(&["ROLE-OTHER"], "no key of a role that may not buy");
    }
    for role in others {
        for balance in Balance::ALL {
            let address = format!("forbidden/{role}/{}", balance.name());
            let title = format!("{role} orders, balance {}", balance.name());
            // Zero and short may be refused for the balance too; plenty, exact and over only for the role.
            p.order(
                &address,
                &title,
                &["ROLE-OTHER"],
                &Draft::good(&role, limits.min_items).balance(balance),
                Watch::Everything,
            );
        }
        let title = format!("{role} orders {}", limits.max_items);
        p.order(
            &format!("forbidden/{role}/most"),
            &title,
            &["ROLE-OTHER"],
            &Draft::good(&role, limits.max_items),
            Watch::Wallet,
        );
    }
    for buyer in &p.contract.roles.buyers {
        if !p.buyers().contains(buyer) {
            let why = format!("no key of role {buyer}");
            let ids = positive_ids(p, buyer);
            p.cannot(&ids, &why);
        }
    }
}

/// Ids that are about this role.
fn positive_ids(p: &Planner<'_>, role: &str) -> Vec<&'static str> {
    let about = |id: &&&'static str| {
        p.contract.catalogue.requirement(id).is_some_and(|it| it.role.as_deref() == Some(role))
    };
    CHECK.cites.iter().filter(about).copied().collect()
}
