//! Orders in forms that a conforming server may show.

use serde_json::{Value, json};

/// Returns an order with further or other fields.
pub(crate) fn read_as(more: Value) -> Value {
    let mut order = json!({"orderId": "kr7", "state": "completed", "shortReference": "514220", "amount": 25.5,
        "currency": "GHS", "errorMessage": null, "createdAt": 1_763_900_000_000_u64, "submittedAt": 1_763_900_000_100_u64,
        "completedAt": 1_763_900_004_200_u64});
    order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    order
}

/// Returns the forms in which a conforming server may show an order, each with the number of recipients that can be
/// recognised.
pub(crate) fn liberties() -> Vec<(&'static str, Value, usize)> {
    let entry = |number: &str| json!({"beneficiaryMsisdn": number, "packageId": "q34", "amount": 12.75, "state": "completed"});
    let two = json!([entry("233201234567"), entry("233209876543")]);
    let numbered = |key: &str| json!([{key: "233201234567", "status": "COMPLETED"}, {key: "233209876543", "status": "COMPLETED"}]);
    vec![
        ("without the position of a recipient", read_as(json!({"recipients": two})), 2),
        ("states in capitals", read_as(json!({"state": "COMPLETED", "recipients": numbered("msisdn")})), 2),
        ("recipients under another name", read_as(json!({"bulkItems": numbered("phoneNumber")})), 2),
        ("recipients within another object", read_as(json!({"bulk": {"size": 2, "entries": two}})), 2),
        (
            "recipients by their number",
            read_as(json!({"progress": {"233201234567": "completed", "233209876543": "completed"}})),
            2,
        ),
        (
            "a position that is a text",
            read_as(json!({"recipients": [{"index": "first", "to": "233201234567"}]})),
            1,
        ),
        (
            "positions and amounts as decimals",
            read_as(json!({"recipients": [{"index": 0.0, "msisdn": "233201234567", "amount": 13.0}]})),
            1,
        ),
        ("no recipients", read_as(json!({})), 0),
        ("recipients that are null", read_as(json!({"recipients": null})), 0),
        ("recipients that are a count", read_as(json!({"recipients": 2})), 0),
        ("recipients that are texts of another kind", read_as(json!({"recipients": ["first", "second"]})), 0),
        (
            "nothing reached yet",
            read_as(json!({"submittedAt": null, "completedAt": null, "createdAt": null, "currency": null})),
            0,
        ),
        (
            "times as texts",
            read_as(json!({"createdAt": "2026-11-28T15:00:00Z", "completedAt": "2026-11-28 15:00"})),
            0,
        ),
        ("an error that is an object", read_as(json!({"errorMessage": {"text": "none"}})), 0),
        ("a bulk mark that is a number", read_as(json!({"isBulkOrder": 1})), 0),
        (
            "only what is promised",
            json!({"orderId": "kr7", "state": "Completed", "shortReference": "514220", "amount": 25.50}),
            0,
        ),
        ("an amount as an integer", read_as(json!({"amount": 25})), 0),
        ("further fields", read_as(json!({"_id": "kr7", "meta": {"a": [1]}, "links": [{"rel": "self"}]})), 0),
    ]
}
