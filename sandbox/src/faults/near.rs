//! Faults that accept what is nearly right: ids and numbers that differ from valid ones by a character.

use serde_json::Value;

use super::fault::{Fault, Need};
use super::tools::{items, sent_number};
use crate::answer::Cause;
use crate::exchange::Exchange;

const GROUP: &str = "near";
const NEEDS: &[Need] = &[Need::Variation];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "near-package-but-last-letters",
        group: GROUP,
        wrong: "a package is found by all but the last letters of its id",
        breaks: &["PRE-PACKAGE"],
        needs: NEEDS,
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                packages(exchange, order, |sent, known| {
                    let shared = known.bytes().zip(sent.bytes()).take_while(|(one, other)| one == other);
                    sent.len() == known.len() && shared.count() + 2 > known.len()
                });
            });
        },
    },
    Fault {
        id: "near-package-in-capitals",
        group: GROUP,
        wrong: "ids of packages are compared without regard to letter case",
        breaks: &["PRE-PACKAGE"],
        needs: NEEDS,
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                packages(exchange, order, |sent, known| sent.eq_ignore_ascii_case(known));
            });
        },
    },
    Fault {
        id: "near-package-longer",
        group: GROUP,
        wrong: "an id that begins with a package's is taken for it",
        breaks: &["PRE-PACKAGE"],
        needs: NEEDS,
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                packages(exchange, order, |sent, known| sent.starts_with(known))
            });
        },
    },
    Fault {
        id: "near-package-cut",
        group: GROUP,
        wrong: "a package is found by the first letters of its id",
        breaks: &["PRE-PACKAGE"],
        needs: NEEDS,
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                packages(exchange, order, |sent, known| sent.len() > 7 && known.starts_with(sent));
            });
        },
    },
    Fault {
        id: "near-product-as-package",
        group: GROUP,
        wrong: "a product's id in the place of a package's is taken for its first package",
        breaks: &["PRE-PACKAGE"],
        needs: NEEDS,
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let (catalog, name) = (exchange.app.catalog(), &exchange.app.contract.fields.item.package);
                for item in items(exchange, order).into_iter().flatten() {
                    let Some(package) = item.get_mut(name) else { continue };
                    let product = package.as_str().and_then(|id| catalog.product(id));
                    if let Some(first) = product.and_then(|(_, product)| product.packages.first()) {
                        *package = first.id.clone().into();
                    }
                }
            });
        },
    },
    Fault {
        id: "near-operator-in-capitals",
        group: GROUP,
        wrong: "ids of operators are compared without regard to letter case",
        breaks: &["PRE-OPERATOR"],
        needs: NEEDS,
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.order.operator;
                let Some(sent) = order.get_mut(name) else { return };
                let catalog = exchange.app.catalog();
                let mut operators = catalog.operators.iter();
                let same = |id: &str| sent.as_str().is_some_and(|sent| sent.eq_ignore_ascii_case(id));
                if let Some(operator) = operators.find(|it| same(&it.id)) {
                    *sent = operator.id.clone().into();
                }
            });
        },
    },
    Fault {
        id: "near-product-without-last-letter",
        group: GROUP,
        wrong: "the last letter of a product's id is not looked at",
        breaks: &["PRE-PRODUCT"],
        needs: NEEDS,
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.order.product;
                let Some(sent) = order.get_mut(name) else { return };
                let catalog = exchange.app.catalog();
                let operators = catalog.operators.iter();
                let mut products = operators.flat_map(|operator| &operator.products);
                let but_last = |id: &str| id.len().checked_sub(1).map(|end| id.get(..end).map(str::to_owned));
                let same = |id: &str| sent.as_str().is_some_and(|it| but_last(it) == but_last(id));
                if let Some(product) = products.find(|it| same(&it.id)) {
                    *sent = product.id.clone().into();
                }
            });
        },
    },
    Fault {
        id: "near-number-letters-inside",
        group: GROUP,
        wrong: "of a number the length and the first digits are looked at, so letters inside pass",
        breaks: &["PRE-MSISDN"],
        needs: NEEDS,
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                let Cause::Msisdn(at) = cause else { return false };
                let (number, rule) = (sent_number(exchange, at), &exchange.app.contract.msisdn);
                number.chars().count() == rule.country_code.len() + rule.national_digits
                    && number.starts_with(&rule.country_code)
            });
        },
    },
    Fault {
        id: "near-number-letter-for-zero",
        group: GROUP,
        wrong: "the letter O in a number is read as a zero",
        breaks: &["PRE-MSISDN"],
        needs: NEEDS,
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.item.msisdn;
                for item in items(exchange, order).into_iter().flatten() {
                    let Some(number) = item.get_mut(name) else { continue };
                    if let Some(text) = number.as_str().filter(|text| text.contains('O')) {
                        *number = text.replace('O', "0").into();
                    }
                }
            });
        },
    },
];

/// Replaces unknown package ids by known ones that they resemble according to `like`.
fn packages(exchange: &Exchange, order: &mut Value, like: fn(&str, &str) -> bool) {
    let name = &exchange.app.contract.fields.item.package;
    let sold = exchange.app.catalog();
    let catalog = &sold.packages;
    for item in items(exchange, order).into_iter().flatten() {
        let Some(package) = item.get_mut(name) else { continue };
        let sent = package.as_str().filter(|sent| !catalog.contains_key(*sent));
        let known = sent.and_then(|sent| catalog.keys().find(|known| like(sent, known)));
        if let Some(known) = known {
            *package = known.clone().into();
        }
    }
}
