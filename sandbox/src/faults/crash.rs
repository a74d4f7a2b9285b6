//! Crashes on unusual input.

use serde_json::Value;

use super::disputed::{DEEPEST, has_huge_number, has_lone_surrogate, has_lone_surrogate_under, is_deeper};
use super::fault::Fault;
use super::tools::{is_purchase, reset, sent};
use crate::exchange::Exchange;
use crate::rules::Rules;

const GROUP: &str = "crash";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "crash-deep-nesting",
        group: GROUP,
        wrong: "JSON nested deeper than a hundred levels breaks the connection off",
        breaks: &["STATUS-DOCUMENTED", "BODY-JSON"],
        needs: &[],
        plant: |rules| reset_on(rules, |exchange| is_deeper(exchange.call.body(), DEEPEST)),
    },
    Fault {
        id: "crash-deepest-nesting",
        group: GROUP,
        wrong: "JSON nested deeper than twenty thousand levels breaks the connection off",
        breaks: &["STATUS-DOCUMENTED", "BODY-JSON"],
        needs: &[],
        plant: |rules| reset_on(rules, |exchange| is_deeper(exchange.call.body(), 20_000)),
    },
    Fault {
        id: "crash-lone-surrogate",
        group: GROUP,
        wrong: "half of a surrogate pair gets 500",
        breaks: &["STATUS-DOCUMENTED", "BODY-JSON", "PRE-MSISDN"],
        needs: &[],
        plant: |rules| rules.crash_on(|exchange| has_lone_surrogate(exchange.call.body())),
    },
    Fault {
        id: "crash-lone-surrogate-in-number",
        group: GROUP,
        wrong: "half of a surrogate pair in a recipient's number gets 500, as from a store that can't write it",
        breaks: &["STATUS-DOCUMENTED", "BODY-JSON", "PRE-MSISDN"],
        needs: &[],
        plant: |rules| {
            rules.crash_on(|exchange| {
                let name = &exchange.app.contract.fields.item.msisdn;
                has_lone_surrogate_under(exchange.call.body(), name)
            });
        },
    },
    Fault {
        id: "crash-huge-number",
        group: GROUP,
        wrong: "a number that no float can hold gets 500",
        breaks: &["STATUS-DOCUMENTED", "BODY-JSON", "ITEM-MSISDN"],
        needs: &[],
        plant: |rules| rules.crash_on(|exchange| has_huge_number(exchange.call.body())),
    },
    Fault {
        id: "crash-broken-text",
        group: GROUP,
        wrong: "bytes that are no UTF-8 get 500",
        breaks: &["STATUS-DOCUMENTED", "BODY-JSON"],
        needs: &[],
        plant: |rules| rules.crash_on(|exchange| std::str::from_utf8(exchange.call.body()).is_err()),
    },
    Fault {
        id: "crash-byte-order-mark",
        group: GROUP,
        wrong: "a byte order mark before the JSON gets 500",
        breaks: &["STATUS-DOCUMENTED", "BODY-JSON"],
        needs: &[],
        plant: |rules| rules.crash_on(|exchange| exchange.call.body().starts_with(b"\xef\xbb\xbf")),
    },
    Fault {
        id: "crash-null-character",
        group: GROUP,
        wrong: "a null character in a text gets 500, as from a database that has no room for it",
        breaks: &["STATUS-DOCUMENTED", "PRE-MSISDN", "PRE-PACKAGE", "PRE-OPERATOR", "PRE-PRODUCT"],
        needs: &[],
        plant: |rules| rules.crash_on(|exchange| any_text(&sent(exchange), &|text| text.contains('\0'))),
    },
    Fault {
        id: "crash-long-text",
        group: GROUP,
        wrong: "a text above 255 characters gets 500",
        breaks: &["STATUS-DOCUMENTED", "PRE-MSISDN", "PRE-PACKAGE", "PRE-OPERATOR", "PRE-PRODUCT"],
        needs: &[],
        plant: |rules| rules.crash_on(|exchange| any_text(&sent(exchange), &|text| text.len() > 255)),
    },
    Fault {
        id: "crash-other-alphabets",
        group: GROUP,
        wrong: "letters or digits beyond ASCII break the connection off",
        breaks: &["STATUS-DOCUMENTED", "PRE-MSISDN", "PRE-PACKAGE", "PRE-OPERATOR", "PRE-PRODUCT"],
        needs: &[],
        plant: |rules| reset_on(rules, |exchange| any_text(&sent(exchange), &|text| !text.is_ascii())),
    },
    Fault {
        id: "crash-repeated-key",
        group: GROUP,
        wrong: "a field that stands twice in the body gets 500",
        breaks: &["STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.crash_on(|exchange| {
                let names = &exchange.app.contract.fields.order;
                let text = String::from_utf8_lossy(exchange.call.body());
                let twice = |name: &String| text.matches(&format!("\"{name}\"")).count() > 1;
                [&names.operator, &names.product, &names.items].into_iter().any(twice)
            });
        },
    },
    Fault {
        id: "crash-unknown-field",
        group: GROUP,
        wrong: "a field that the contract does not have gets 500",
        breaks: &["STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.crash_on(|exchange| {
                let names = &exchange.app.contract.fields.order;
                let known = [&names.operator, &names.product, &names.items];
                sent(exchange).as_object().is_some_and(|order| order.keys().any(|key| !known.contains(&key)))
            });
        },
    },
];

fn reset_on(rules: &mut Rules, such: fn(&Exchange) -> bool) {
    rules.instead(move |exchange| (is_purchase(exchange) && such(exchange)).then(|| reset(exchange)));
}

fn any_text(value: &Value, such: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => such(text),
        Value::Array(list) => list.iter().any(|it| any_text(it, such)),
        Value::Object(object) => object.values().any(|it| any_text(it, such)),
        _ => false,
    }
}
