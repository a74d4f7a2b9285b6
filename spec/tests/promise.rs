//! The table of promised fields: complete, and with no consequence that no page stands behind.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Draft;
use serde_json::{Value, json};
use spec::{Consequence, Contract, Meaning, OperationId, Quote, Source};

const OPENAPI: (&str, &str) = ("openapi.yaml", include_str!("../openapi.yaml"));
const REQUIREMENTS: (&str, &str) = ("requirements.yaml", include_str!("../requirements.yaml"));
const FIELDS: &str = include_str!("../fields.yaml");

fn contract() -> Contract {
    spec::embedded().expect("the committed contract loads")
}

fn with_table(fields: &str) -> Result<Contract, spec::Problems> {
    spec::from_all(OPENAPI, REQUIREMENTS, ("fields.yaml", fields))
}

/// Components that the answers of the document refer to, with their properties.
fn answered(contract: &Contract) -> BTreeMap<String, Value> {
    let document = contract.document();
    let mut found = BTreeMap::new();
    let mut queue: Vec<String> = OperationId::ALL
        .into_iter()
        .flat_map(|id| contract.operation(id).responses.iter().map(|response| response.schema.clone()))
        .collect();
    while let Some(reference) = queue.pop() {
        let (_, name) = reference.rsplit_once('/').expect("a reference to a component");
        let schema = &document["components"]["schemas"][name];
        if found.insert(name.to_owned(), schema.clone()).is_none() {
            let text = schema.to_string();
            let inner = text.split("\"$ref\":\"").skip(1).filter_map(|it| it.split('"').next());
            queue.extend(inner.map(str::to_owned));
        }
    }
    found.retain(|_, schema| schema.get("properties").is_some());
    found
}

#[test]
fn every_field_of_every_answer_has_its_row_and_no_row_is_idle() {
    let contract = contract();
    let answered = answered(&contract);
    let fields: BTreeSet<(&str, &str)> = answered
        .iter()
        .flat_map(|(schema, it)| {
            it["properties"].as_object().unwrap().keys().map(|field| (schema.as_str(), field.as_str()))
        })
        .collect();
    let rows: BTreeSet<(&str, &str)> =
        contract.promises().rows().map(|(schema, field, _)| (schema, field)).collect();
    assert_eq!(fields.difference(&rows).collect::<Vec<_>>(), [&("", ""); 0], "fields without a row");
    assert_eq!(rows.difference(&fields).collect::<Vec<_>>(), [&("", ""); 0], "rows without a field");
}

#[test]
fn nothing_follows_from_what_no_page_says() {
    let contract = contract();
    for (schema, field, promise) in contract.promises().rows() {
        let consequence = promise.gravest() > Consequence::Nothing;
        assert_eq!(consequence, promise.sentence.is_some(), "{schema}.{field}: {promise:?}");
    }
    // A table that says otherwise is refused, with the row's line: there is no sentence, or it does not name the field.
    for (row, louder) in
        [("index: nothing", "index: warning"), ("recipients: nothing", "recipients: failure")]
    {
        let refused = with_table(&FIELDS.replace(row, louder)).unwrap_err().to_string();
        let field = row.split(':').next().unwrap();
        assert!(
            refused.contains(&format!("/fields/{field}): no sentence that names it stands behind it")),
            "{refused}"
        );
    }
    let misnamed = FIELDS.replace("only: [listOrders]", "only: [listOrder]");
    assert!(with_table(&misnamed).unwrap_err().to_string().contains("`listOrder` is no operation"));
}

#[test]
fn the_document_requires_what_the_pages_promise_and_what_we_shaped_never_fails() {
    let contract = contract();
    let promises: BTreeMap<(&str, &str), Consequence> =
        contract.promises().rows().map(|(schema, field, it)| ((schema, field), it.absence)).collect();
    for (schema, it) in &answered(&contract) {
        for (field, property) in it["properties"].as_object().unwrap() {
            let promise = promises[&(schema.as_str(), field.as_str())];
            let required = it["required"].as_array().into_iter().flatten().any(|name| name == field);
            assert!(!required || promise == Consequence::Failure, "{schema}.{field} is required");
            let shaped = [it, property].iter().any(|it| it["x-stability"] == "provisional");
            assert!(!shaped || promise == Consequence::Nothing, "{schema}.{field} is provisional");
        }
    }
}

/// Every quote of the table and of the catalogue stands word for word on its page.
#[test]
fn every_quote_stands_on_its_page() {
    let contract = contract();
    let requirements = contract.catalogue.requirements.iter().flat_map(|it| it.quotes.iter().flatten());
    let rows: Vec<&Quote> = contract.promises().rows().filter_map(|(.., it)| it.sentence).collect();
    let codes = contract.promises().codes().values().map(|it| &it.says);
    let lost: Vec<&Quote> =
        requirements.chain(rows).chain(codes).filter(|quote| quote.address().is_none()).collect();
    assert!(lost.is_empty(), "not on their pages: {lost:#?}");
}

#[test]
fn a_promise_is_found_by_operation_and_place() {
    let contract = contract();
    let promise = |operation, pointer: &str| contract.promise(operation, pointer);
    let id = promise(OperationId::BuyBulk, "/data/orderId");
    assert_eq!((id.absence, id.other_type), (Consequence::Failure, Consequence::Failure));
    assert_eq!(id.sentence.unwrap().source, Source::Page);
    assert_eq!(id.sentence.unwrap().address(), Some(("spec/pages/buy-bulk.txt", 40)));
    // An error of the same operation, and a list in a list.
    assert_eq!(promise(OperationId::BuyBulk, "/error/code").other_type, Consequence::Failure);
    assert_eq!(promise(OperationId::Orders, "/data/orders/7/state").absence, Consequence::Failure);
    assert_eq!(promise(OperationId::Orders, "/data/orders/0").other_type, Consequence::Failure);
    assert_eq!(promise(OperationId::Products, "/data/3/status").other_type, Consequence::Failure);
    // Shaped by us, not in the document at all, and of an operation that no page has.
    assert_eq!(promise(OperationId::OrderStatus, "/data/recipients/0/index"), spec::Promise::default());
    assert_eq!(promise(OperationId::Profile, "/data/availableBalance"), spec::Promise::default());
    assert_eq!(promise(OperationId::Wallet, "/data/overdraft"), spec::Promise::default());
    assert_eq!(promise(OperationId::Retry, "/data/orderId"), spec::Promise::default());
}

fn misses(schema: &Value, answer: &Value) -> Vec<String> {
    let validator = jsonschema::options().with_draft(Draft::Draft4).build(schema).expect("a schema");
    validator.iter_errors(answer).map(|error| error.instance_path().to_string()).collect()
}

#[test]
fn a_schema_of_promises_takes_what_a_conforming_server_may_send() {
    let contract = contract();
    let schema = |id, least| contract.promised_schema(id, 200, least).unwrap();
    let fails = |id, answer: &Value| misses(&schema(id, Consequence::Failure), answer);
    let warns = |id, answer: &Value| misses(&schema(id, Consequence::Warning), answer);
    let mut order = json!({"success": true, "data": {"orderId": "kr7", "state": "PROCESSING", "shortReference": "5",
        "amount": 37.5, "currency": "GHS", "createdAt": "2026-11-28T15:00:00Z", "submittedAt": null, "completedAt": null,
        "errorMessage": {"why": "none"}, "recipients": {"233201234567": "pending"}, "more": []}});
    assert_eq!(fails(OperationId::OrderStatus, &order), [""; 0]);
    assert_eq!(warns(OperationId::OrderStatus, &order), [""; 0]);
    order["data"]["amount"] = json!("37.50");
    assert_eq!(fails(OperationId::OrderStatus, &order), [""; 0]);
    assert_eq!(warns(OperationId::OrderStatus, &order), ["/data/amount"]);
    order["data"]["state"] = json!(2);
    order["data"]["amount"] = Value::Null;
    assert_eq!(
        fails(OperationId::OrderStatus, &order),
        ["/data/state", "/data/amount"],
        "null is as good as absent"
    );
    // Nothing is promised of an operation that no page has, not even the envelope.
    assert_eq!(fails(OperationId::Retry, &json!({"ok": 1})), [""; 0]);
}

#[test]
fn a_purchase_is_held_to_its_fields_and_their_types() {
    let contract = contract();
    let schema = contract.promised_schema(OperationId::BuyBulk, 200, Consequence::Failure).unwrap();
    let answer = json!({"success": true, "data": {"success": true, "message": "m", "orderId": "kr7",
        "shortReference": "5", "totalAmount": 38.0, "recipientCount": 3.0, "status": null}});
    assert_eq!(misses(&schema, &answer), [""; 0]);
    for (field, wrong) in [
        ("orderId", json!(7)),
        ("totalAmount", json!("38.00")),
        ("recipientCount", json!(2.5)),
        ("success", json!(false)),
        ("walletBalanceAfter", json!("62.50")),
    ] {
        let mut answer = answer.clone();
        answer["data"][field] = wrong;
        assert_eq!(misses(&schema, &answer), [format!("/data/{field}")]);
    }
    let mut absent = answer;
    absent["data"].as_object_mut().unwrap().remove("shortReference");
    assert_eq!(misses(&schema, &absent), ["/data"]);
}

#[test]
fn only_a_contradiction_is_held_against_a_code() {
    let contract = contract();
    let promises = contract.promises();
    let contradicted = |code, meaning, parses| promises.contradicted(code, meaning, parses).is_some();
    for (code, meaning) in [
        ("FORBIDDEN", Meaning::Forbidden),
        ("NOT_FOUND", Meaning::NotFound),
        ("BUY_DATA_BULK_FAILED", Meaning::Invalid),
        ("UNAUTHORIZED", Meaning::Unauthorized),
    ] {
        assert!(!contradicted(code, Some(meaning), true), "{code} with {meaning:?}");
    }
    assert!(!contradicted("INVALID_JSON", Some(Meaning::Invalid), false));
    assert!(!contradicted("PAYLOAD_TOO_LARGE", None, true));
    assert!(contradicted("INVALID_JSON", Some(Meaning::Invalid), true), "the body parses");
    assert!(contradicted("UNAUTHORIZED", Some(Meaning::Forbidden), true), "outside its meaning");
    assert!(contradicted("UNAUTHORIZED", None, true), "with a status that nobody documents");
    assert!(contradicted("FORBIDDEN", Some(Meaning::Unauthorized), true), "that meaning has one code");
    assert_eq!(promises.sole_code(Meaning::Unauthorized).unwrap().0, "UNAUTHORIZED");
}

/// What a requirement says without a sentence can't fail, and the order of a report is that of severities.
#[test]
fn severities_and_quotes_are_read() {
    let contract = contract();
    let catalogue = &contract.catalogue;
    assert!(catalogue.requirements.iter().all(spec::Requirement::can_fail));
    let silent = REQUIREMENTS.1.replacen(
        "    quotes:\n      - page: 'POST /api/v1/data-bundles/buy-bulk'\n      - page: '-H \"Content-Type: application/json\"'\n",
        "    quotes: []\n",
        1,
    );
    let silent = spec::from_texts(OPENAPI, ("requirements.yaml", &silent)).unwrap();
    assert!(!silent.catalogue.requirement("ROUTE-POST").unwrap().can_fail());
    assert_eq!(catalogue.severity("AMB-HELD"), spec::Severity::Detail);
    let mut by_severity: Vec<(spec::Severity, &str)> =
        catalogue.requirements.iter().map(|it| (it.severity, it.id.as_str())).collect();
    by_severity.sort();
    insta::assert_debug_snapshot!(by_severity);
}

/// The sentence about `isBulkOrder` is about the list, and that about `amount` is not.
#[test]
fn a_promise_binds_the_operations_that_its_sentence_is_about() {
    let contract = contract();
    for (operation, pointer, absence) in [
        (OperationId::OrderStatus, "/data/amount", Consequence::Failure),
        (OperationId::Orders, "/data/orders/7/amount", Consequence::Nothing),
        (OperationId::Orders, "/data/orders/0/isBulkOrder", Consequence::Failure),
        (OperationId::OrderStatus, "/data/isBulkOrder", Consequence::Nothing),
    ] {
        assert_eq!(contract.promise(operation, pointer).absence, absence, "{pointer}");
    }
}
