//! Prevalidation: operators, products, packages and numbers are checked before anything is created, at every position.

use super::check::Check;
use super::positions::positions;
use crate::history::Tier;
use crate::judge::scene::Seen;
use crate::order::facts::{Facts, OrderFacts, Package, Reference};
use crate::order::msisdn::Number;
use crate::order::rule::{Applies, Rule};
use crate::plan::builder::Watch;
use crate::plan::catalog::ProductLine;
use crate::plan::defect::{BodyFault, ItemFault, NumberForm, ParentFault, Part, Value};
use crate::plan::order_draft::{Mix, OrderDraft};
use crate::plan::planner::Planner;
use crate::plan::why_not::WhyNot;
use spec::{Contract, Meaning};

/// The check of prevalidation.
pub(crate) const CHECK: Check = Check {
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

/// Requirements by which an order must be refused before anything is created, for a recipient or for what it refers to.
const PREVALIDATED: [&str; 4] = ["PRE-OPERATOR", "PRE-PRODUCT", "PRE-PACKAGE", "PRE-MSISDN"];

/// Returns true if an order must be refused for one of its recipients, its operator or its product.
pub(super) fn is_refused_for_a_recipient(seen: &Seen<'_>) -> bool {
    seen.allowed.as_ref().is_some_and(|it| it.sure.iter().any(|id| PREVALIDATED.contains(id)))
}

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
        Some(Reference::Unavailable | Reference::Undetermined) => Applies::Maybe,
        _ => Applies::No,
    }
}

const RULES: &[Rule] = &[
    invalid("PRE-OPERATOR", |facts, _| order(facts, |it| reference(it.operator_is))),
    invalid("PRE-PRODUCT", |facts, _| order(facts, |it| reference(it.product_is))),
    invalid("PRE-PACKAGE", |facts, _| {
        let is = |it: &OrderFacts, what| any(it, |entry| entry.package_is == Some(what));
        order(facts, |it| {
            let undetermined = Applies::maybe(is(it, Package::Undetermined));
            if is(it, Package::Bad) { Applies::Surely } else { undetermined }
        })
    }),
    invalid("PRE-MSISDN", |facts, _| {
        order(facts, |it| Applies::surely(any(it, |entry| entry.number_is == Some(Number::Impossible))))
    }),
    // No page is about an order that is sent again, so a server that recognises a repetition may refuse it.
    Rule::open("AMB-DUPLICATE", |facts, _| {
        order(facts, |it| Applies::maybe(it.duplicates || facts.repeated))
    }),
    Rule::open("AMB-MSISDN-FORM", |facts, _| {
        order(facts, |it| Applies::maybe(any(it, |entry| entry.number_is == Some(Number::OtherForm))))
    }),
    Rule::open("AMB-MSISDN-FOREIGN", |facts, _| {
        order(facts, |it| Applies::maybe(any(it, |entry| entry.number_is == Some(Number::Foreign))))
    }),
];

fn plan(p: &mut Planner<'_>) {
    let buyers = p.buyers();
    let Some(role) = buyers.first() else {
        return p.cannot(CHECK.cites, &WhyNot::NoBuyer);
    };
    parents(p, &buyers);
    items(p, role);
    inactive(p, role);
    open(p, role);
}

/// Plans operators and products that do not exist, or do not belong together.
fn parents(p: &mut Planner<'_>, buyers: &[String]) {
    let count = p.contract.limits.min_items;
    for (fault, id, title) in [
        (ParentFault::UnknownOperator, "PRE-OPERATOR", "an unknown operator"),
        (ParentFault::UnknownProduct, "PRE-PRODUCT", "an unknown product"),
        (ParentFault::OtherOperatorsProduct, "PRE-PRODUCT", "a product of another operator"),
    ] {
        for (nth, role) in buyers.iter().enumerate() {
            // With different packages too, for a server that takes their number for that of the items.
            let mix = if nth == 0 { Mix::Cheapest } else { Mix::Distinct };
            p.case(format!("parent/{fault:?}/{role}").to_lowercase())
                .title(title)
                .serves(&[id, "PRE-ATOMIC"])
                .order(&OrderDraft::good(role, count).mix(mix).parent(fault))
                .watch(Watch::Everything)
                .add();
        }
    }
    for (part, id) in [(Part::Operator, "PRE-OPERATOR"), (Part::Product, "PRE-PRODUCT")] {
        let fault = BodyFault::Field(part, Value::Empty);
        p.case(format!("parent/{}", fault.name()))
            .title("an empty id")
            .serves(&[id])
            .order(&OrderDraft::good(&buyers[0], count).body(fault))
            .add();
    }
}

/// The most products whose inactive packages are tried.
const MOST_PRODUCTS: usize = 8;

/// The faults of an item for which an order must be refused.
const FAULTS: [(ItemFault, &str); 9] = [
    (ItemFault::UnknownPackage, "PRE-PACKAGE"),
    (ItemFault::OtherProductsPackage, "PRE-PACKAGE"),
    (ItemFault::InactivePackage, "PRE-PACKAGE"),
    (ItemFault::Package(Value::Empty), "PRE-PACKAGE"),
    (ItemFault::Number(NumberForm::Letters), "PRE-MSISDN"),
    (ItemFault::Number(NumberForm::TooShort), "PRE-MSISDN"),
    (ItemFault::Number(NumberForm::TooLong), "PRE-MSISDN"),
    (ItemFault::Number(NumberForm::Blank), "PRE-MSISDN"),
    (ItemFault::Msisdn(Value::Empty), "PRE-MSISDN"),
];

/// Plans one bad item, at every position that may be treated differently.
fn items(p: &mut Planner<'_>, role: &str) {
    let limits = p.contract.limits;
    // With provider states every position of larger orders is covered elsewhere (`vary/alone.rs`), with more defects.
    let counts = [limits.min_items, limits.max_items];
    let counts = if p.has_states() && p.tier >= Tier::Standard { &counts[..1] } else { &counts[..] };
    for count in counts.iter().copied() {
        for (fault, id) in &FAULTS {
            for position in positions(count) {
                p.case(format!("item/{}/{count}/{position}", fault.name()))
                    .title(format!("{} at item {position} of {count}", fault.name().replace('-', " ")))
                    .serves(&[id, "PRE-ATOMIC"])
                    .order(&OrderDraft::good(role, count).item(position, fault.clone()))
                    .watch(Watch::Everything)
                    .add();
            }
        }
    }
}

/// Plans an inactive package of each other product, which may be on another list of the server.
fn inactive(p: &mut Planner<'_>, role: &str) {
    let count = p.contract.limits.min_items;
    let elsewhere = |(at, line): (usize, &ProductLine)| (at > 0 && !line.inactive.is_empty()).then_some(at);
    let lines: Vec<usize> = p.catalog.lines.iter().enumerate().filter_map(elsewhere).collect();
    for line in lines.into_iter().take(MOST_PRODUCTS) {
        p.case(format!("item/package-inactive/product/{line}"))
            .title(format!("an inactive package of product {line} of the catalog"))
            .serves(&["PRE-PACKAGE", "PRE-ATOMIC"])
            .order(&OrderDraft::good(role, count).line(line).item(0, ItemFault::InactivePackage))
            .watch(Watch::Everything)
            .add();
    }
}

/// Plans what a server may accept or refuse: numbers in other spellings and of other countries, and a repeated number.
fn open(p: &mut Planner<'_>, role: &str) {
    let spelled = |form| (form, "another way to write a number", "AMB-MSISDN-FORM");
    let foreign = |form| (form, "a number of another country", "AMB-MSISDN-FOREIGN");
    for (form, title, id) in NumberForm::OPEN.map(spelled).into_iter().chain(NumberForm::FOREIGN.map(foreign))
    {
        let rare =
            matches!(form, NumberForm::UnicodeDigits | NumberForm::ForeignShorter | NumberForm::ForeignPlus);
        let draft = p.smallest(role).item(0, ItemFault::Number(form));
        p.case(format!("form/{}", form.name()))
            .title(title)
            .serves(&[id])
            .order(&draft)
            .asked_elsewhere(rare)
            .add();
    }
    let least = p.contract.limits.min_items;
    let counts = if p.has_states() { &[least, least + 3][..] } else { &[least][..] };
    for count in counts {
        p.case(format!("duplicate/{count}"))
            .title("the same number twice")
            .serves(&["AMB-DUPLICATE"])
            .order(&OrderDraft::good(role, *count).duplicate())
            .watch(Watch::Everything)
            .add();
    }
}
