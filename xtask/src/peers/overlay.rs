//! The published document, restricted to ids that exist.
//!
//! OpenAPI can't express which ids a server knows, so a generator of requests would only ever be refused. Here every id
//! of a request is one of the sandbox, every phone number has the documented form, and nothing else is changed.

use serde_json::{Value, json};

use super::setup::Setup;

/// Returns the published document, restricted to what the sandbox has.
pub(super) fn narrowed(setup: &Setup) -> Value {
    let contract = &setup.contract;
    let (order, item, msisdn) = (&contract.fields.order, &contract.fields.item, &contract.msisdn);
    let mut document = contract.document().clone();
    let mut property = |schema: &str, name: &str, keyword: &str, value: Value| {
        if let Some(node) = document.pointer_mut(&format!("/components/schemas/{schema}/properties/{name}")) {
            node[keyword] = value;
        }
    };
    property("BuyBulkRequest", &order.operator, "enum", json!([setup.operator]));
    property("BuyBulkRequest", &order.product, "enum", json!([setup.product]));
    property("BulkItem", &item.package, "enum", json!(setup.packages));
    let rest = msisdn.national_digits - msisdn.sample_prefix.len();
    let pattern = format!("^{}{}[0-9]{{{rest}}}$", msisdn.country_code, msisdn.sample_prefix);
    property("BulkItem", &item.msisdn, "pattern", json!(pattern));
    let items = setup.numbers().map(|number| json!({&item.package: setup.package(), &item.msisdn: number}));
    let example =
        json!({&order.operator: setup.operator, &order.product: setup.product, &order.items: items});
    let body = format!("{}/requestBody/content/application~1json/example", contract.buy().pointer);
    if let Some(node) = document.pointer_mut(&body) {
        *node = example;
    }
    parameters(&mut document, setup);
    document
}

/// Restricts each parameter by its `x-field`, at any depth.
fn parameters(node: &mut Value, setup: &Setup) {
    if let Value::Object(object) = node {
        let schema = match object.get("x-field").and_then(Value::as_str) {
            Some("operatorId") => Some(("enum", json!([setup.operator]))),
            Some("packageId") => Some(("enum", json!(setup.packages))),
            Some("orderId") => Some(("enum", json!([setup.order]))),
            // The order of the sandbox has two recipients.
            Some("recipientIndex") => Some(("maximum", json!(1))),
            // The document describes where a cursor comes from, but no schema can express it; an empty cursor means the
            // first page.
            Some("cursor") => Some(("enum", json!(["", setup.cursor]))),
            // Any other state is refused. The document has no list, since both letter cases are accepted.
            Some("state") => {
                let states = setup.contract.states.next.keys();
                let cases = states.flat_map(|state| [state.clone(), state.to_ascii_uppercase()]);
                Some(("enum", json!(cases.collect::<Vec<_>>())))
            }
            _ => None,
        };
        if let (true, Some((keyword, value)), Some(Value::Object(own))) =
            (object.contains_key("in"), schema, object.get_mut("schema"))
        {
            own.insert(keyword.to_owned(), value);
        }
        object.values_mut().for_each(|child| parameters(child, setup));
    } else if let Value::Array(list) = node {
        list.iter_mut().for_each(|child| parameters(child, setup));
    }
}
