//! The role: two roles may buy; every other one may not, whatever its balance.

use super::check::Check;
use crate::order::rule::{Applies, Rule};
use crate::plan::builder::Watch;
use crate::plan::case::Step;
use crate::plan::order_draft::{Balance, OrderDraft};
use crate::plan::planner::Planner;
use crate::plan::why_not::WhyNot;
use spec::Meaning;

/// The check of roles.
pub(crate) const CHECK: Check = Check {
    name: "role",
    cites: &["ROLE-AGENT", "ROLE-SUPERAGENT", "ROLE-OTHER"],
    rules: RULES,
    plan: Some(plan),
    ..Check::NOTHING
};

const RULES: &[Rule] =
    &[Rule::refuses("ROLE-OTHER", Meaning::Forbidden, |facts, contract| match &facts.role {
        Some(role) => Applies::surely(!contract.roles.may_buy(role)),
        // Without a known role either answer conforms.
        None => Applies::Maybe,
    })];

fn plan(p: &mut Planner<'_>) {
    let limits = p.contract.limits;
    for role in p.buyers() {
        let mut ids = positive_ids(p, &role);
        ids.push("COUNT-RANGE");
        for count in [limits.min_items, limits.max_items] {
            p.case(format!("allowed/{role}/{count}"))
                .title(format!("{role} orders {count}"))
                .serves(&ids)
                .order(&OrderDraft::good(&role, count))
                .watch(Watch::Everything)
                .add();
        }
    }
    let others = p.others();
    if others.is_empty() {
        p.cannot(&["ROLE-OTHER"], &WhyNot::NoOther);
    }
    for role in others {
        forbidden(p, &role);
        after_a_buyer(p, &role);
    }
    let buyers = p.buyers();
    for missing in p.contract.roles.buyers.iter().filter(|role| !buyers.contains(role)) {
        let ids = positive_ids(p, missing);
        p.cannot(&ids, &WhyNot::NoKeyOf(missing.clone()));
    }
}

fn forbidden(p: &mut Planner<'_>, role: &str) {
    let limits = p.contract.limits;
    for balance in Balance::ALL {
        // Zero and short balances may also be refused for the balance; plenty, exact and over only for the role.
        p.case(format!("forbidden/{role}/{}", balance.name()))
            .title(format!("{role} orders, balance {}", balance.name()))
            .serves(&["ROLE-OTHER"])
            .order(&OrderDraft::good(role, limits.min_items).balance(balance))
            .watch(Watch::Everything)
            .add();
    }
    p.case(format!("forbidden/{role}/most"))
        .title(format!("{role} orders {}", limits.max_items))
        .serves(&["ROLE-OTHER"])
        .order(&OrderDraft::good(role, limits.max_items))
        .add();
}

/// Plans an order of a role that may not buy right after one of a role that may: only its own key counts.
fn after_a_buyer(p: &mut Planner<'_>, role: &str) {
    let least = p.contract.limits.min_items;
    let Some(buyer) = p.buyers().into_iter().next() else { return };
    let (Some(mut first), Some(mut second)) = (
        p.render(&OrderDraft::good(&buyer, least.saturating_sub(1)), 0),
        p.render(&OrderDraft::good(role, least), 1),
    ) else {
        return;
    };
    let funds = first.price() + second.price();
    let (Some(one), Some(other)) = (p.actor_with(&buyer, funds), p.actor_with(role, funds)) else { return };
    for rendered in [&mut first, &mut second] {
        rendered.outgoing.cost.refused();
    }
    let steps = p.offered([
        Step::Wallet(1),
        Step::Order(first.outgoing),
        Step::Order(second.outgoing),
        Step::Wallet(1),
    ]);
    p.case(format!("after/{role}"))
        .title(format!("{role} orders right after {buyer}"))
        .serves(&["ROLE-OTHER"])
        .actor(one)
        .actor(other)
        .steps(steps)
        .add();
}

/// Returns the ids that are about this role.
fn positive_ids(p: &Planner<'_>, role: &str) -> Vec<&'static str> {
    let about = |id: &&&'static str| {
        p.contract.catalogue.requirement(id).is_some_and(|it| it.role.as_deref() == Some(role))
    };
    CHECK.cites.iter().filter(about).copied().collect()
}
