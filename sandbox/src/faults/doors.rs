//! Other routes to the purchase: paths that a lenient router treats alike, other methods, and keys in other places.

use axum::http::StatusCode;
use axum::http::request::Parts;
use spec::{Contract, OperationId, Pesewas};

use super::fault::{Fault, Need};
use super::tools::{WRONG_DEBIT, crash, pay, pay_charge};
use crate::answer::Cause;
use crate::exchange::Exchange;
use crate::keys::authenticate;
use crate::rules::Rules;

const GROUP: &str = "doors";
const NEEDS: &[Need] = &[Need::Variation];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "doors-slash-any-role",
        group: GROUP,
        wrong: "with a slash behind its path the purchase is open to every role",
        breaks: &["ROLE-OTHER", "PROFILE-CONSISTENT"],
        needs: &[Need::OtherRole, Need::Variation],
        plant: |rules| {
            door(rules, |contract, parts| {
                is_post(parts) && parts.uri.path().strip_suffix('/') == Some(&contract.buy().path)
            });
            rules.skip_refusal(|exchange, cause| cause == Cause::Role && exchange.call.path.ends_with('/'));
        },
    },
    Fault {
        id: "doors-letter-case-any-balance",
        group: GROUP,
        wrong: "with its path in other letter case the purchase does not look at the balance",
        breaks: &["BALANCE-SHORT"],
        needs: &[Need::Balance, Need::Variation],
        plant: |rules| {
            door(rules, |contract, parts| {
                is_post(parts) && parts.uri.path().eq_ignore_ascii_case(&contract.buy().path)
            });
            rules.steps.debit =
                |connection, purchase, now| pay(connection, purchase, purchase.charge, purchase.total, now);
            rules.steps.charge = |exchange, _, total| if is_door(exchange) { Pesewas::ZERO } else { total };
        },
    },
    Fault {
        id: "doors-double-slash-any-count",
        group: GROUP,
        wrong: "with a slash more in its path the purchase takes any number of items",
        breaks: &["COUNT-HIGH", "COUNT-LOW"],
        needs: NEEDS,
        plant: |rules| {
            door(rules, |contract, parts| {
                is_post(parts) && parts.uri.path().replace("//", "/") == contract.buy().path
            });
            rules.skip_refusal(|exchange, cause| matches!(cause, Cause::Count(_)) && is_door(exchange));
        },
    },
    Fault {
        id: "doors-encoded-unvalidated",
        group: GROUP,
        wrong: "with an encoded letter in its path the purchase does not look at packages",
        breaks: &["PRE-PACKAGE"],
        needs: NEEDS,
        plant: |rules| {
            door(rules, |contract, parts| {
                let path = percent_encoding::percent_decode_str(parts.uri.path()).decode_utf8_lossy();
                is_post(parts) && parts.uri.path().contains('%') && path == contract.buy().path
            });
            rules.skip_refusal(|exchange, cause| cause.is_package() && is_door(exchange));
        },
    },
    Fault {
        id: "doors-put-unpaid",
        group: GROUP,
        wrong: "PUT makes a purchase that nobody pays for",
        breaks: WRONG_DEBIT,
        needs: &[Need::Balance, Need::Variation],
        plant: |rules| {
            door(rules, |contract, parts| parts.method == "PUT" && parts.uri.path() == contract.buy().path);
            rules.steps.debit = pay_charge;
            rules.steps.charge = |exchange, _, total| if is_door(exchange) { Pesewas::ZERO } else { total };
        },
    },
    Fault {
        id: "doors-patch-charged-and-refused",
        group: GROUP,
        wrong: "PATCH is refused as a method, once the order is paid for",
        breaks: &["MONEY-REJECT"],
        needs: &[Need::Balance, Need::Variation],
        plant: |rules| {
            door(rules, |contract, parts| parts.method == "PATCH" && parts.uri.path() == contract.buy().path);
            rules.rewrite(|exchange, answer| {
                if is_door(exchange) && answer.cause.is_none() {
                    answer.status = StatusCode::METHOD_NOT_ALLOWED.as_u16();
                    answer.bytes = Some(Vec::new());
                }
            });
        },
    },
    Fault {
        id: "doors-overridden-method-any-role",
        group: GROUP,
        wrong: "a method that a header overrides is a purchase for every role",
        breaks: &["ROLE-OTHER", "PROFILE-CONSISTENT"],
        needs: &[Need::OtherRole, Need::Variation],
        plant: |rules| {
            door(rules, |contract, parts| {
                parts.headers.contains_key("x-http-method-override")
                    && parts.uri.path() == contract.buy().path
            });
            rules.skip_refusal(|exchange, cause| cause == Cause::Role && is_door(exchange));
        },
    },
    Fault {
        id: "doors-key-in-query",
        group: GROUP,
        wrong: "a key in the query is as good as one in the header",
        breaks: &["AUTH-MISSING"],
        needs: NEEDS,
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                let query =
                    || call.query.iter().find(|(name, _)| name.eq_ignore_ascii_case(&contract.key.header));
                authenticate(contract, keys, call).or_else(|cause| {
                    let known = query().and_then(|(_, key)| keys.get(key)).filter(|(_, revoked)| !revoked);
                    known.map(|(account, _)| account.clone()).ok_or(cause)
                })
            };
        },
    },
    Fault {
        id: "doors-query-crash",
        group: GROUP,
        wrong: "a query behind the path of the purchase gets 500",
        breaks: &["STATUS-DOCUMENTED"],
        needs: NEEDS,
        plant: |rules| {
            rules.instead(|exchange| {
                (exchange.is(OperationId::BuyBulk) && !exchange.call.query.is_empty())
                    .then(|| crash(exchange))
            });
        },
    },
];

fn door(rules: &mut Rules, is_door: fn(&Contract, &Parts) -> bool) {
    rules.hooks.doors.push(Box::new(is_door));
}

fn is_post(parts: &Parts) -> bool {
    parts.method == "POST"
}

/// Returns true if the purchase was requested by another path or method than the documented one.
fn is_door(exchange: &Exchange) -> bool {
    let buy = exchange.app.contract.buy();
    exchange.is(OperationId::BuyBulk)
        && (exchange.call.path != buy.path || exchange.call.method != *buy.method)
}
