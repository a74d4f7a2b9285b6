//! A single defect that is accepted with one role, at one position, in one size of order, or beside expensive packages
//! only.

use serde_json::Value;
use spec::Pesewas;

use super::fault::{Fault, Need};
use super::tools::{a_number, is_buyer, items, sent, sent_count, sent_number};
use crate::answer::Cause;
use crate::exchange::Exchange;

const GROUP: &str = "alone";
const NEEDS: &[Need] = &[Need::Variation];
const EACH: &[Need] = &[Need::EachBuyer, Need::Variation];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "alone-inactive-second-buyer",
        group: GROUP,
        wrong: "the second of the roles that may buy gets inactive packages",
        breaks: &["PRE-PACKAGE"],
        needs: EACH,
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                matches!(cause, Cause::PackageInactive(_)) && is_buyer(exchange, 1)
            });
        },
    },
    Fault {
        id: "alone-elsewhere-second-buyer-last",
        group: GROUP,
        wrong: "a package of another product passes in the last place of the second buying role's long orders",
        breaks: &["PRE-PACKAGE"],
        needs: EACH,
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                let last = sent_count(exchange).saturating_sub(1);
                last > 2 && cause == Cause::PackageElsewhere(last) && is_buyer(exchange, 1)
            });
        },
    },
    Fault {
        id: "alone-letters-second-buyer",
        group: GROUP,
        wrong: "letters pass for a number past the first place of the second buying role's orders",
        breaks: &["PRE-MSISDN"],
        needs: EACH,
        plant: |rules| {
            rules
                .skip_refusal(|exchange, cause| matches!(cause, Cause::Msisdn(1..)) && is_buyer(exchange, 1));
        },
    },
    Fault {
        id: "alone-number-blank-from-the-eleventh",
        group: GROUP,
        wrong: "an empty or blank number passes from the eleventh place on",
        breaks: &["PRE-MSISDN"],
        needs: NEEDS,
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                matches!(cause, Cause::Msisdn(at @ 10..) if sent_number(exchange, at).trim().is_empty())
            });
        },
    },
    Fault {
        id: "alone-package-absent-second-buyer",
        group: GROUP,
        wrong: "an entry of the second buying role without a package takes the first entry's",
        breaks: &["ITEM-PACKAGE"],
        needs: EACH,
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.item.package;
                let Some(items) = items(exchange, order).filter(|_| is_buyer(exchange, 1)) else { return };
                let first = items.first().and_then(|item| item.get(name)).cloned();
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    if !item.contains_key(name) {
                        item.insert(name.clone(), first.clone().unwrap_or_default());
                    }
                }
            });
        },
    },
    Fault {
        id: "alone-number-null-second-buyer",
        group: GROUP,
        wrong: "a number of null passes in the last place of the second buying role's orders",
        breaks: &["ITEM-MSISDN"],
        needs: EACH,
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.item.msisdn;
                let Some(items) = items(exchange, order).filter(|_| is_buyer(exchange, 1)) else { return };
                if let Some(number) = items.last_mut().and_then(|item| item.get_mut(name))
                    && number.is_null()
                {
                    *number = a_number(exchange).into();
                }
            });
        },
    },
    Fault {
        id: "alone-unknown-package-beside-dear",
        group: GROUP,
        wrong: "an unknown package passes in an order whose other packages cost more than ten cedis",
        breaks: &["PRE-PACKAGE"],
        needs: NEEDS,
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                matches!(cause, Cause::PackageUnknown(_)) && dear(exchange) > Pesewas::new(1_000)
            });
        },
    },
    Fault {
        id: "alone-inactive-of-another-product",
        group: GROUP,
        wrong: "an inactive package of the second operator's first product passes",
        breaks: &["PRE-PACKAGE"],
        needs: &[],
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                let catalog = exchange.app.catalog();
                let product = catalog.operators.get(1).and_then(|it| it.products.first());
                let sent = sent(exchange);
                let named = sent.get(&exchange.app.contract.fields.order.product).and_then(Value::as_str);
                matches!(cause, Cause::PackageInactive(_)) && product.is_some_and(|it| Some(&*it.id) == named)
            });
        },
    },
    Fault {
        id: "alone-inactive-of-eleven",
        group: GROUP,
        wrong: "an inactive package passes in an order of eleven",
        breaks: &["PRE-PACKAGE"],
        needs: NEEDS,
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                matches!(cause, Cause::PackageInactive(_)) && sent_count(exchange) == 11
            });
        },
    },
    Fault {
        id: "alone-short-number-second-place",
        group: GROUP,
        wrong: "a number of a few digits passes in the second place of orders of three and more",
        breaks: &["PRE-MSISDN"],
        needs: NEEDS,
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| cause == Cause::Msisdn(1) && sent_count(exchange) > 2);
        },
    },
    Fault {
        id: "alone-elsewhere-last-but-one",
        group: GROUP,
        wrong: "a package of another product passes in the last place but one of orders of three and more",
        breaks: &["PRE-PACKAGE"],
        needs: NEEDS,
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                let count = sent_count(exchange);
                count > 2 && cause == Cause::PackageElsewhere(count - 2)
            });
        },
    },
];

/// Returns the total of the known packages in the order that was sent.
fn dear(exchange: &Exchange) -> Pesewas {
    let fields = &exchange.app.contract.fields;
    let order = sent(exchange);
    let items = order.get(&fields.order.items).and_then(Value::as_array);
    let packages = items.into_iter().flatten().filter_map(|item| item.get(&fields.item.package)?.as_str());
    let catalog = exchange.app.catalog();
    let known = packages.filter_map(|id| catalog.packages.get(id));
    known.map(|package| package.price(exchange.role())).sum()
}
