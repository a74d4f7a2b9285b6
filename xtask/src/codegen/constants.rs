//! Generates `contract.rs`: the limits, names and statuses that a partner's client checks before it sends, as
//! constants.
//!
//! The alternative, reading the embedded YAML when a client starts, would make every partner's program parse the whole
//! spec for a few values.

use std::fmt::Write as _;

use spec::{Contract, OperationId};

/// Generates the source of `contract.rs`.
pub(super) fn generate(contract: &Contract) -> String {
    let mut out = String::from("use spec::{Meaning, OperationId};\n");
    let groups =
        [about(contract), orders(contract), numbers(contract), states(contract), recipients(contract)];
    for (doc, code) in groups.into_iter().flatten() {
        _ = writeln!(out, "\n/// {doc}\n{code}");
    }
    out
}

/// A line of documentation, and the item below it.
type Item = (&'static str, String);

fn text(name: &str, value: &str) -> String {
    format!("pub const {name}: &str = {value:?};")
}

/// Constants for the document itself, the keys and the limits.
fn about(contract: &Contract) -> Vec<Item> {
    let production = contract.servers.iter().find(|server| server.production);
    let limit = contract.operation(OperationId::Orders).query.get("limit").map_or("", String::as_str);
    vec![
        ("Revision of the contract.", text("REVISION", &contract.revision)),
        (
            "Where accepted orders cost real money, if the document names such a host.",
            format!("pub const PRODUCTION_URL: Option<&str> = {:?};", production.map(|it| &it.url)),
        ),
        (
            "Header that carries the key; the case of its letters does not matter.",
            text("KEY_HEADER", &contract.key.header.to_ascii_lowercase()),
        ),
        (
            "What keys start with that spend no real money.",
            text("TEST_KEY_PREFIX", &contract.key.test_prefix),
        ),
        ("What keys start with that do.", text("LIVE_KEY_PREFIX", &contract.key.live_prefix)),
        ("Fewest items of an order.", format!("pub const MIN_ITEMS: usize = {};", contract.limits.min_items)),
        ("Most items of an order.", format!("pub const MAX_ITEMS: usize = {};", contract.limits.max_items)),
        ("Name of the parameter that sizes a page of the order list.", text("LIMIT", limit)),
        ("Largest page of the order list.", format!("pub const MAX_PAGE: u32 = {};", contract.page_limits.0)),
        ("Currency of all amounts.", text("CURRENCY", &contract.currency)),
    ]
}

/// Constants for the field names of an order.
fn orders(contract: &Contract) -> Vec<Item> {
    let fields = &contract.fields;
    vec![
        ("Name of the operator of an order.", text("OPERATOR", &fields.order.operator)),
        ("Name of the product of an order.", text("PRODUCT", &fields.order.product)),
        ("Name of the id of an order.", text("ORDER", &fields.summary.order_id)),
        ("Name of the items of an order.", text("ITEMS", &fields.order.items)),
        ("Name of the package of an item.", text("PACKAGE", &fields.item.package)),
        ("Name of the phone number of an item.", text("MSISDN", &fields.item.msisdn)),
    ]
}

/// Constants for the format of a phone number.
fn numbers(contract: &Contract) -> Vec<Item> {
    vec![
        ("Country code of a phone number.", text("COUNTRY_CODE", &contract.msisdn.country_code)),
        (
            "Digits of a phone number after the country code.",
            format!("pub const NATIONAL_DIGITS: usize = {};", contract.msisdn.national_digits),
        ),
        (
            "What a local number starts with in place of the country code.",
            text("TRUNK_PREFIX", &contract.msisdn.trunk_prefix),
        ),
    ]
}

/// Constants for the states of an order.
fn states(contract: &Contract) -> Vec<Item> {
    let states = |wanted: &dyn Fn(&str) -> bool| {
        let kept: Vec<&str> =
            contract.states.next.keys().map(String::as_str).filter(|state| wanted(state)).collect();
        format!("&[&str] = &{kept:?};")
    };
    let under_way = |state: &str| contract.states.is_under_way(state);
    let failed = |state: &str| !under_way(state) && contract.states.delivered.as_deref() != Some(state);
    vec![
        (
            "States of an order, in lower case, in which it still moves by itself.",
            format!("pub const UNDER_WAY: {}", states(&under_way)),
        ),
        (
            "States of an order, in lower case, in which it has ended without being delivered.",
            format!("pub const FAILED: {}", states(&failed)),
        ),
        ("States of an order, in lower case.", format!("pub const STATES: {}", states(&|_| true))),
    ]
}

/// Constants for the field names of a recipient, and functions for what an operation does and answers.
fn recipients(contract: &Contract) -> Vec<Item> {
    let recipient = &contract.fields.recipient;
    let purchases =
        OperationId::ALL.into_iter().filter(|id| contract.operation(*id).purchase).collect::<Vec<_>>();
    vec![
        (
            "Name under which our sandbox has the recipients of an order; no page gives them one.",
            text("RECIPIENTS", &contract.fields.order_read.recipients),
        ),
        ("There, the position of a recipient.", text("RECIPIENT_INDEX", &recipient.index)),
        ("There, the state of a recipient.", text("RECIPIENT_STATE", &recipient.state)),
        ("There, what a recipient cost.", text("RECIPIENT_AMOUNT", &recipient.amount)),
        ("There, why a recipient failed.", text("RECIPIENT_ERROR", &recipient.error)),
        (
            "Whether an operation spends money, so that an answer that got lost leaves open whether it did.",
            format!(
                "pub const fn is_purchase(operation: OperationId) -> bool {{\n    matches!(operation, {})\n}}",
                purchases.iter().map(|id| format!("OperationId::{id:?}")).collect::<Vec<_>>().join(" | ")
            ),
        ),
        ("What a documented status of an operation stands for.", meanings(contract)),
    ]
}

fn meanings(contract: &Contract) -> String {
    let mut code = String::from(
        "pub const fn meaning(operation: OperationId, status: u16) -> Option<Meaning> {\n    Some(match (operation, status) {\n",
    );
    for id in OperationId::ALL {
        for response in &contract.operation(id).responses {
            _ = writeln!(
                code,
                "        (OperationId::{id:?}, {}) => Meaning::{:?},",
                response.status, response.meaning
            );
        }
    }
    code + "        _ => return None,\n    })\n}"
}
