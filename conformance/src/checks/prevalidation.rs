//! Prevalidation: parents, packages and numbers are looked at before anything is created, at every position.

use super::check::Check;
use super::positions::positions;
use crate::order::facts::{Facts, OrderFacts, Package, Reference};
use crate::order::msisdn::Number;
use crate::order::rule::{Applies, Rule};
use crate::plan::draft::{BodyFault, Draft, ItemFault, NumberForm, ParentFault, Part, Value};
use crate::plan::planner::{Planner, Watch};
use spec::{Contract, Meaning};

/// The check.
pub const CHECK: Check = Check {
    name: "prevalidation",
    cites: &[
        "PRE-OPERATOR",
        "PRE-PRODUCT",
        "PRE-PACKAGE",
        "PRE-MSISDN",
        "PRE-ATOMIC",
        "AMB-DUPLICATE",
        "AMB-MSISDN-FORM",
        "AMB-MSISDN-FOREIGN",
    ],
    rules: RULES,
    plan: Some(plan),
    ..Check::NOTHING
};

/// Requirements that a recipient, or what the order refers to, must be refused by before anything is created.
pub(super) const PREVALIDATED: [&str; 4] = ["PRE-OPERATOR", "PRE-PRODUCT", "PRE-PACKAGE", "PRE-MSISDN"];

const fn invalid(id: &'static str, applies: fn(&Facts, &Contract) -> Applies) -> Rule {
    Rule::refuses(id, Meaning::Invalid, applies)
}

fn order(facts: &Facts, applies: impl Fn(&OrderFacts) -> Applies) -> Applies {
    facts.order().map_or(Applies::No, applies)
}

fn any(order: &OrderFacts, wanted: impl Fn(&crate::order::facts::Entry) -> bool) -> bool {
    order.entries.iter().flatten().any(wanted)
}

fn reference(reference: Option<Reference>) -> Applies {
    match reference {
        Some(Reference::Bad) => Applies::Surely,
        Some(Reference::Unavailable | Reference::Untold) => Applies::Maybe,
        _ => Applies::No,
    }
}

const RULES: &[Rule] = &[
    invalid("PRE-OPERATOR", |facts, _| order(facts, |it| reference(it.operator_is))),
    invalid("PRE-PRODUCT", |facts, _| order(facts, |it| reference(it.product_is))),
    invalid("PRE-PACKAGE", |facts, _| {
        let is = |it: &OrderFacts, what| any(it, |entry| entry.package_is == Some(what));
        order(facts, |it| {
            let untold = Applies::maybe(is(it, Package::Untold));
            if is(it, Package::Bad) { Applies::Surely } else { untold }
        })
    }),
    invalid("PRE-MSISDN", |facts, _| {
        order(facts, |it| Applies::surely(any(it, |entry| entry.number_is == Some(Number::Impossible))))
    }),
    Rule::open("AMB-DUPLICATE", |facts, _| order(facts, |it| Applies::maybe(it.duplicates))),
    Rule::open("AMB-MSISDN-FORM", |facts, _| {
        order(facts, |it| Applies::maybe(any(it, |entry| entry.number_is == Some(Number::OtherForm))))
    }),
    Rule::open("AMB-MSISDN-FOREIGN", |facts, _| {
        order(facts, |it| Applies::maybe(any(it, |entry| entry.number_is == Some(Number::Foreign))))
    }),
];

fn plan(p: &mut Planner<'_>) {
    let buyers = p.buyers();
    let Some(role) = buyers.first().cloned() else {
        return p.cannot(CHECK.cites, "no key of a role that may buy");
    };
    let limits = p.contract.limits;
    let good = || Draft::good(&role, limits.min_items);
    for (fault, id, title) in [
        (ParentFault::UnknownOperator, "PRE-OPERATOR", "an unknown operator"),
        (ParentFault::UnknownProduct, "PRE-PRODUCT", "an unknown product"),
        (ParentFault::OtherOperatorsProduct, "PRE-PRODUCT", "a product of another operator"),
    ] {
        for role in &buyers {
            let draft = Draft::good(role, limits.min_items).parent(fault);
            let address = format!("parent/{fault:?}/{role}").to_lowercase();
            p.order(&address, title, &[id, "PRE-ATOMIC"], &draft, Watch::Everything);
        }
    }
    for (part, id) in [(Part::Operator, "PRE-OPERATOR"), (Part::Product, "PRE-PRODUCT")] {
        let fault = BodyFault::Field(part, Value::Empty);
        let address = format!("parent/{}", fault.name());
        p.order(&address, "an empty id", &[id], &good().body(fault), Watch::Wallet);
    }
    let packages = [
        ItemFault::UnknownPackage,
        ItemFault::OtherProductsPackage,
        ItemFault::InactivePackage,
        ItemFault::Package(Value::Empty),
    ];
    let numbers =
        NumberForm::IMPOSSIBLE.map(ItemFault::Number).into_iter().chain([ItemFault::Msisdn(Value::Empty)]);
    let faults: Vec<(ItemFault, &'static str)> = packages
        .into_iter()
        .map(|it| (it, "PRE-PACKAGE"))
        .chain(numbers.map(|it| (it, "PRE-MSISDN")))
        .collect();
    for count in [limits.min_items, limits.max_items] {
        for (fault, id) in &faults {
            for position in positions(count) {
                let address = format!("item/{}/{count}/{position}", fault.name());
                let title = format!("{} at item {position} of {count}", fault.name().replace('-', " "));
                let draft = Draft::good(&role, count).item(position, fault.clone());
                p.order(&address, &title, &[id, "PRE-ATOMIC"], &draft, Watch::Everything);
            }
        }
    }
    for form in NumberForm::OPEN {
        let draft = good().item(0, ItemFault::Number(form));
        p.order(
            &format!("form/{}", form.name()),
            "another way to write a number",
            &["AMB-MSISDN-FORM"],
            &draft,
            Watch::Wallet,
        );
    }
    for count in [limits.min_items, limits.min_items + 3] {
        let mut draft = Draft::good(&role, count);
        draft.duplicate = true;
        p.order(
            &format!("duplicate/{count}"),
            "the same number twice",
            &["AMB-DUPLICATE"],
            &draft,
            Watch::Everything,
        );
    }
}
