//! Faults with words that mean something to a program behind the server: names of prototypes, query operators, quotes,
//! wildcards.

use serde_json::Value;
use spec::OperationId;

use super::fault::{Fault, Need, ids};
use super::tools::{
    NOT_CREATED, crash, is_purchase, items, memory, sent, sent_count, sent_field, sent_number, slot,
};
use crate::answer::Cause;
use crate::exchange::Exchange;
use crate::json::Json;

const GROUP: &str = "words";
const NEEDS: &[Need] = &[Need::Variation];
const CRASH: &[&str] = &["STATUS-DOCUMENTED", "PRE-PACKAGE", "PRE-OPERATOR", "PRE-PRODUCT", "PRE-MSISDN"];

/// The properties that every JavaScript object inherits.
const INHERITED: [&str; 5] = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "words-inherited-package-crash",
        group: GROUP,
        wrong: "a package called like a part of every object gets 500",
        breaks: CRASH,
        needs: NEEDS,
        plant: |rules| {
            rules.crash_on(|exchange| sent_packages(exchange).any(|it| INHERITED.contains(&it.as_str())))
        },
    },
    Fault {
        id: "words-inherited-operator-known",
        group: GROUP,
        wrong: "an operator called like a part of every object is taken for a known one",
        breaks: &["PRE-OPERATOR"],
        needs: NEEDS,
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                let name = &exchange.app.contract.fields.order.operator;
                let sent = sent_field(exchange, name);
                cause == Cause::OperatorUnknown && sent.as_str().is_some_and(|it| INHERITED.contains(&it))
            });
        },
    },
    Fault {
        id: "words-wildcard-package",
        group: GROUP,
        wrong: "a package called % is taken for the first that there is",
        breaks: &["PRE-PACKAGE"],
        needs: NEEDS,
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let fields = &exchange.app.contract.fields;
                let product = order.get(&fields.order.product).and_then(Value::as_str).unwrap_or_default();
                let catalog = exchange.app.catalog();
                let product = catalog.product(product);
                let first = product.and_then(|(_, it)| it.packages.first()).map(|it| it.id.clone());
                for item in items(exchange, order).into_iter().flatten() {
                    let package = item.get_mut(&fields.item.package).filter(|it| it.as_str() == Some("%"));
                    if let (Some(package), Some(first)) = (package, &first) {
                        *package = first.clone().into();
                    }
                }
            });
        },
    },
    Fault {
        id: "words-query-for-operator",
        group: GROUP,
        wrong: "an operator of a query (`{\"$ne\": null}`) matches any operator",
        breaks: &["BODY-OPERATOR"],
        needs: NEEDS,
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let names = &exchange.app.contract.fields.order;
                let product = order.get(&names.product).and_then(Value::as_str).unwrap_or_default();
                let catalog = exchange.app.catalog();
                let seller = catalog.product(product).map(|(operator, _)| operator.id.clone());
                let query = |it: &&mut Value| {
                    it.as_object().is_some_and(|it| it.keys().any(|key| key.starts_with('$')))
                };
                if let (Some(operator), Some(seller)) = (order.get_mut(&names.operator).filter(query), seller)
                {
                    *operator = seller.into();
                }
            });
        },
    },
    Fault {
        id: "words-quote-in-package-crash",
        group: GROUP,
        wrong: "a quote in a package's id gets 500, as from a query that it breaks",
        breaks: CRASH,
        needs: NEEDS,
        plant: |rules| rules.crash_on(|exchange| sent_packages(exchange).any(|it| it.contains('\''))),
    },
    Fault {
        id: "words-template-in-number-crash",
        group: GROUP,
        wrong: "the mark of a template in a number gets 500",
        breaks: CRASH,
        needs: NEEDS,
        plant: |rules| {
            rules.crash_on(|exchange| {
                (0..sent_count(exchange)).any(|at| sent_number(exchange, at).contains("{{"))
            });
        },
    },
    Fault {
        id: "words-quote-in-order-id-crash",
        group: GROUP,
        wrong: "a quote in the id of an order that is read gets 500",
        breaks: &["STATUS-DOCUMENTED", "ORDER-PRIVATE"],
        needs: &[Need::Order, Need::Variation],
        plant: |rules| {
            rules.instead(|exchange| {
                let reads = exchange.is(OperationId::Order) || exchange.is(OperationId::OrderStatus);
                (reads && exchange.call.param(0).contains('\'')).then(|| crash(exchange))
            });
        },
    },
    Fault {
        id: "words-polluted-for-good",
        group: GROUP,
        wrong: "after a field called constructor the account's orders get 500",
        breaks: ids![
            NOT_CREATED,
            "BODY-JSON",
            "PRE-PACKAGE",
            "PRE-OPERATOR",
            "PRE-MSISDN",
            "PRE-PRODUCT",
            "COUNT-LOW",
            "COUNT-HIGH",
            "BALANCE-SHORT",
            "BODY-OPERATOR",
            "BODY-PRODUCT",
            "BODY-ITEMS"
        ],
        needs: &[Need::Sequence, Need::Variation],
        plant: |rules| {
            rules.instead(|exchange| {
                let account = exchange.account.as_ref().filter(|_| is_purchase(exchange))?;
                memory(&exchange.app).contains_key(&slot(account, "polluted")).then(|| crash(exchange))
            });
            rules.rewrite(|exchange, _| {
                if let Some(account) = exchange.account.as_ref().filter(|_| is_purchase(exchange))
                    && sent(exchange).get("constructor").is_some()
                {
                    memory(&exchange.app).insert(slot(account, "polluted"), Json::Null);
                }
            });
        },
    },
];

/// Returns the package ids that were sent.
fn sent_packages(exchange: &Exchange) -> impl Iterator<Item = String> {
    let fields = &exchange.app.contract.fields;
    let items = sent_field(exchange, &fields.order.items);
    let packages: Vec<String> = items
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item.get(&fields.item.package)?.as_str().map(str::to_owned))
        .collect();
    packages.into_iter()
}
