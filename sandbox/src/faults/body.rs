//! Faults with bodies that are not JSON or not an object, and with the top-level fields.

use axum::http::StatusCode;
use serde_json::Value;

use super::fault::Fault;
use super::tools::{is_purchase, sent, silence};
use crate::answer::{Cause, Field};
use crate::api::reading::strict;
use crate::exchange::Exchange;

const GROUP: &str = "body";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "body-empty-crash",
        group: GROUP,
        wrong: "an empty body gets 500",
        breaks: &["BODY-JSON", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| rules.crash_on(|exchange| exchange.call.body().is_empty()),
    },
    Fault {
        id: "body-empty-unanswered",
        group: GROUP,
        wrong: "an empty body gets no answer",
        breaks: &["BODY-JSON", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.instead(|exchange| {
                (is_purchase(exchange) && exchange.call.length() == 0).then(|| silence(exchange))
            });
        },
    },
    Fault {
        // tidy: private-word: a published id
        id: "body-truncated-mended",
        group: GROUP,
        wrong: "brackets that a truncated body lacks are supplied",
        breaks: &["BODY-JSON"],
        needs: &[],
        plant: |rules| {
            rules.steps.decode = |_, bytes| {
                strict(bytes).or_else(|cause| {
                    let endings = ["}", "]}", "}]}", "\"}]}"];
                    endings.iter().find_map(|end| strict(&[bytes, end.as_bytes()].concat()).ok()).ok_or(cause)
                })
            };
        },
    },
    Fault {
        id: "body-not-json-crash",
        group: GROUP,
        wrong: "a body that is no JSON gets 500",
        breaks: &["BODY-JSON", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| rules.status(|cause| cause == Cause::Json, StatusCode::INTERNAL_SERVER_ERROR),
    },
    Fault {
        id: "body-not-json-unprocessable",
        group: GROUP,
        wrong: "a body that is no JSON gets 422",
        breaks: &["BODY-JSON"],
        needs: &[],
        plant: |rules| rules.status(|cause| cause == Cause::Json, StatusCode::UNPROCESSABLE_ENTITY),
    },
    Fault {
        id: "body-list-unwrapped",
        group: GROUP,
        wrong: "an order in a list is taken out of it",
        breaks: &["BODY-OBJECT"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|_, value| {
                if let Value::Array(list) = value
                    && list.len() == 1
                {
                    *value = list.remove(0);
                }
            });
        },
    },
    Fault {
        id: "body-values-in-place",
        group: GROUP,
        wrong: "a list of the order's values is read as the order, as some decoders of structures do",
        breaks: &["BODY-OBJECT"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|exchange, value| {
                let names = &exchange.app.contract.fields.order;
                if let Value::Array(list) = value
                    && list.len() == 3
                {
                    let names = [&names.operator, &names.product, &names.items];
                    *value = names.into_iter().cloned().zip(list.drain(..)).collect();
                }
            });
        },
    },
    Fault {
        id: "body-text-unwrapped",
        group: GROUP,
        wrong: "an order written as a JSON string is read",
        breaks: &["BODY-OBJECT"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|_, value| {
                if let Some(inner) = value.as_str().and_then(|text| serde_json::from_str(text).ok()) {
                    *value = inner;
                }
            });
        },
    },
    Fault {
        id: "body-null-crash",
        group: GROUP,
        wrong: "a body of null gets 500",
        breaks: &["BODY-OBJECT", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| rules.crash_on(|exchange| exchange.call.body().trim_ascii() == b"null"),
    },
    Fault {
        id: "body-not-object-unprocessable",
        group: GROUP,
        wrong: "JSON that is no object gets 422",
        breaks: &["BODY-OBJECT"],
        needs: &[],
        plant: |rules| rules.status(|cause| cause == Cause::Object, StatusCode::UNPROCESSABLE_ENTITY),
    },
    Fault {
        id: "operator-absent-guessed",
        group: GROUP,
        wrong: "an absent operator is guessed from the product",
        breaks: &["BODY-OPERATOR"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.order.operator;
                if order.get(name).is_none() {
                    put(order, name, seller(exchange, order));
                }
            });
        },
    },
    Fault {
        id: "operator-null-guessed",
        group: GROUP,
        wrong: "an operator of null is guessed from the product",
        breaks: &["BODY-OPERATOR"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.order.operator;
                if order.get(name).is_some_and(Value::is_null) {
                    put(order, name, seller(exchange, order));
                }
            });
        },
    },
    Fault {
        id: "operator-number-crash",
        group: GROUP,
        wrong: "an operator that is a number gets 500",
        breaks: &["BODY-OPERATOR", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.crash_on(|exchange| {
                sent(exchange)[&exchange.app.contract.fields.order.operator].is_number()
            });
        },
    },
    Fault {
        id: "product-absent-guessed",
        group: GROUP,
        wrong: "an absent product is guessed from the first package",
        breaks: &["BODY-PRODUCT"],
        needs: &[],
        plant: |rules| {
            rules.edit_order(|exchange, order| {
                let name = &exchange.app.contract.fields.order.product;
                if order.get(name).is_none() {
                    put(order, name, product_line(exchange, order));
                }
            });
        },
    },
    Fault {
        id: "product-null-crash",
        group: GROUP,
        wrong: "a product of null gets 500",
        breaks: &["BODY-PRODUCT", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.crash_on(|exchange| {
                sent(exchange).get(&exchange.app.contract.fields.order.product).is_some_and(Value::is_null)
            });
        },
    },
    Fault {
        id: "product-not-text-not-found",
        group: GROUP,
        wrong: "a product that is missing or no text gets 404",
        breaks: &["BODY-PRODUCT", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| rules.status(|cause| cause == Cause::Field(Field::Product), StatusCode::NOT_FOUND),
    },
];

fn put(order: &mut Value, name: &str, value: Option<String>) {
    if let (Some(object), Some(value)) = (order.as_object_mut(), value) {
        object.insert(name.to_owned(), value.into());
    }
}

/// Returns the operator that sells the product of an order.
fn seller(exchange: &Exchange, order: &Value) -> Option<String> {
    let product = order.get(&exchange.app.contract.fields.order.product)?.as_str()?;
    exchange.app.catalog().product(product).map(|(operator, _)| operator.id.clone())
}

/// Returns the product of an order's first package.
fn product_line(exchange: &Exchange, order: &Value) -> Option<String> {
    let fields = &exchange.app.contract.fields;
    let package = order.get(&fields.order.items)?.get(0)?.get(&fields.item.package)?.as_str()?;
    exchange.app.catalog().packages.get(package).map(|package| package.product.clone())
}
