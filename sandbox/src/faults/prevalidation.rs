//! Faults with operators, products, packages and numbers that must be refused.

use axum::http::StatusCode;
use serde_json::Value;

use super::fault::{Fault, Need};
use super::tools::{is_buyer, items, sent_count, sent_number};
use crate::answer::Cause;

const GROUP: &str = "prevalidation";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "operator-unknown-accepted",
        group: GROUP,
        wrong: "an unknown operator is accepted",
        breaks: &["PRE-OPERATOR"],
        needs: &[],
        plant: |rules| rules.skip_refusal(|_, cause| cause == Cause::OperatorUnknown),
    },
    Fault {
        id: "operator-unknown-not-found",
        group: GROUP,
        wrong: "an unknown operator gets 404",
        breaks: &["PRE-OPERATOR", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| rules.status(|cause| cause == Cause::OperatorUnknown, StatusCode::NOT_FOUND),
    },
    Fault {
        id: "product-unknown-accepted",
        group: GROUP,
        wrong: "an unknown product is accepted",
        breaks: &["PRE-PRODUCT"],
        needs: &[],
        plant: |rules| rules.skip_refusal(|_, cause| cause == Cause::ProductUnknown),
    },
    Fault {
        id: "product-of-another-operator",
        group: GROUP,
        wrong: "a product of another operator is accepted",
        breaks: &["PRE-PRODUCT"],
        needs: &[],
        plant: |rules| rules.skip_refusal(|_, cause| cause == Cause::ProductElsewhere),
    },
    Fault {
        id: "product-unknown-crash",
        group: GROUP,
        wrong: "an unknown product gets 500",
        breaks: &["PRE-PRODUCT", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.status(|cause| cause == Cause::ProductUnknown, StatusCode::INTERNAL_SERVER_ERROR);
        },
    },
    Fault {
        id: "package-unknown-free",
        group: GROUP,
        wrong: "an unknown package is accepted, for nothing",
        breaks: &["PRE-PACKAGE", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| rules.skip_refusal(|_, cause| matches!(cause, Cause::PackageUnknown(_))),
    },
    Fault {
        id: "package-of-another-product",
        group: GROUP,
        wrong: "a package of another product is accepted",
        breaks: &["PRE-PACKAGE", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| rules.skip_refusal(|_, cause| matches!(cause, Cause::PackageElsewhere(_))),
    },
    Fault {
        id: "package-inactive-accepted",
        group: GROUP,
        wrong: "an inactive package is accepted",
        breaks: &["PRE-PACKAGE", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| rules.skip_refusal(|_, cause| matches!(cause, Cause::PackageInactive(_))),
    },
    Fault {
        id: "package-inactive-past-first",
        group: GROUP,
        wrong: "only the first item's package must be active",
        breaks: &["PRE-PACKAGE", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| rules.skip_refusal(|_, cause| matches!(cause, Cause::PackageInactive(1..))),
    },
    Fault {
        id: "package-first-only",
        group: GROUP,
        wrong: "only the first item's package is checked",
        breaks: &["PRE-PACKAGE", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| rules.skip_refusal(|_, cause| cause.is_package() && cause.position() > Some(0)),
    },
    Fault {
        id: "package-first-unchecked",
        group: GROUP,
        wrong: "the first item's package is not checked",
        breaks: &["PRE-PACKAGE", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| rules.skip_refusal(|_, cause| cause.is_package() && cause.position() == Some(0)),
    },
    Fault {
        id: "package-last-unchecked",
        group: GROUP,
        wrong: "the last item's package is not checked",
        breaks: &["PRE-PACKAGE", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                cause.is_package() && cause.position().is_some_and(|at| at + 1 == sent_count(exchange))
            });
        },
    },
    Fault {
        id: "package-past-ten-unchecked",
        group: GROUP,
        wrong: "packages are checked up to the tenth item",
        breaks: &["PRE-PACKAGE", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| rules.skip_refusal(|_, cause| cause.is_package() && cause.position() >= Some(10)),
    },
    Fault {
        id: "package-bad-dropped",
        group: GROUP,
        wrong: "items of unknown packages are dropped, and the rest is bought",
        breaks: &["PRE-PACKAGE", "PRE-ATOMIC", "RESP-COUNT", "COUNT-RANGE", "RESP-TOTAL"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.item.package;
                let packages = &exchange.app.catalog().packages;
                if let Some(items) = items(exchange, order) {
                    let unknown =
                        |item: &Value| item[name].as_str().is_some_and(|id| !packages.contains_key(id));
                    items.retain(|item| !unknown(item));
                }
            });
        },
    },
    Fault {
        id: "package-unknown-not-found",
        group: GROUP,
        wrong: "an unknown package gets 404",
        breaks: &["PRE-PACKAGE", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.status(|cause| matches!(cause, Cause::PackageUnknown(_)), StatusCode::NOT_FOUND);
        },
    },
    Fault {
        id: "package-inactive-unprocessable",
        group: GROUP,
        wrong: "an inactive package gets 422",
        breaks: &["PRE-PACKAGE"],
        needs: &[],
        plant: |rules| {
            rules
                .status(|cause| matches!(cause, Cause::PackageInactive(_)), StatusCode::UNPROCESSABLE_ENTITY);
        },
    },
    Fault {
        id: "msisdn-empty-accepted",
        group: GROUP,
        wrong: "an empty number is accepted",
        breaks: &["PRE-MSISDN", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                matches!(cause, Cause::Msisdn(at) if sent_number(exchange, at).trim().is_empty())
            });
        },
    },
    Fault {
        id: "msisdn-letters-accepted",
        group: GROUP,
        wrong: "a number with letters is accepted",
        breaks: &["PRE-MSISDN", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                matches!(cause, Cause::Msisdn(at) if sent_number(exchange, at).contains(char::is_alphabetic))
            });
        },
    },
    Fault {
        id: "msisdn-short-accepted",
        group: GROUP,
        wrong: "a number of too few digits is accepted",
        breaks: &["PRE-MSISDN", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                let shortest = exchange.app.contract.msisdn.shortest_possible;
                matches!(cause, Cause::Msisdn(at) if is_digits(&sent_number(exchange, at), 1, shortest - 1))
            });
        },
    },
    Fault {
        id: "msisdn-long-accepted",
        group: GROUP,
        wrong: "a number of too many digits is accepted",
        breaks: &["PRE-MSISDN", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                let longest = exchange.app.contract.msisdn.longest_possible;
                matches!(cause, Cause::Msisdn(at) if is_digits(&sent_number(exchange, at), longest + 1, usize::MAX))
            });
        },
    },
    Fault {
        id: "msisdn-first-only",
        group: GROUP,
        wrong: "only the first item's number is checked",
        breaks: &["PRE-MSISDN", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| rules.skip_refusal(|_, cause| matches!(cause, Cause::Msisdn(1..))),
    },
    Fault {
        id: "msisdn-last-unchecked",
        group: GROUP,
        wrong: "the last item's number is not checked",
        breaks: &["PRE-MSISDN", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| {
            rules.skip_refusal(
                |exchange, cause| matches!(cause, Cause::Msisdn(at) if at + 1 == sent_count(exchange)),
            );
        },
    },
    Fault {
        id: "msisdn-past-ten-unchecked",
        group: GROUP,
        wrong: "numbers are checked up to the tenth item",
        breaks: &["PRE-MSISDN", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| rules.skip_refusal(|_, cause| matches!(cause, Cause::Msisdn(10..))),
    },
    Fault {
        id: "msisdn-bad-dropped",
        group: GROUP,
        wrong: "items of impossible numbers are dropped, and the rest is bought",
        breaks: &["PRE-MSISDN", "PRE-ATOMIC", "RESP-COUNT", "COUNT-RANGE", "RESP-TOTAL"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let contract = &exchange.app.contract;
                let bad = |item: &Value| {
                    let number = item[&contract.fields.item.msisdn].as_str();
                    number.is_some_and(|it| crate::msisdn::normalise(&contract.msisdn, it).is_none())
                };
                if let Some(items) = items(exchange, order) {
                    items.retain(|item| !bad(item));
                }
            });
        },
    },
    Fault {
        id: "msisdn-unprocessable",
        group: GROUP,
        wrong: "an impossible number gets 422",
        breaks: &["PRE-MSISDN"],
        needs: &[],
        plant: |rules| {
            rules.status(|cause| matches!(cause, Cause::Msisdn(_)), StatusCode::UNPROCESSABLE_ENTITY);
        },
    },
    Fault {
        id: "recipients-unchecked-for-second-buyer",
        group: GROUP,
        wrong: "the recipients of the second of the roles that may buy are not checked",
        breaks: &["PRE-PACKAGE", "PRE-MSISDN", "PRE-ATOMIC"],
        needs: &[Need::EachBuyer],
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| cause.position().is_some() && is_buyer(exchange, 1))
        },
    },
    Fault {
        id: "recipients-unchecked-in-full-orders",
        group: GROUP,
        wrong: "the recipients of an order of the most items are not checked",
        breaks: &["PRE-PACKAGE", "PRE-MSISDN", "PRE-ATOMIC"],
        needs: &[],
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                cause.position().is_some() && sent_count(exchange) == exchange.app.contract.limits.max_items
            });
        },
    },
];

fn is_digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
