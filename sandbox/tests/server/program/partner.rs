//! The use by a partner: start, buy, see a failure, retry, be throttled, lose an answer, find the order again.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::Program;
use crate::common::pesewas;

/// Waits until an order and all its recipients have ended, and returns it.
async fn ended(program: &Program, key: &str, id: &str) -> Value {
    loop {
        let order = program.get(&format!("/orders/{id}/status"), key).await.json["data"].clone();
        let recipients = order["recipients"].as_array().unwrap().iter().map(|it| &it["state"]);
        let moving = |state: &Value| state == "pending" || state == "processing";
        if !recipients.chain([&order["state"]]).any(moving) {
            return order;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn states(order: &Value) -> Vec<&str> {
    order["recipients"].as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap()).collect()
}

async fn balance(program: &Program, key: &str) -> i64 {
    pesewas(&program.get("/wallet-balance", key).await.json["data"]["availableBalance"])
}

#[tokio::test]
async fn a_partners_day() {
    let program = Program::start(&["--speed", "100"]).await;
    let key = program.key("Agent");
    let opening = balance(&program, &key).await;

    // The test numbers are documented, and one of them fails.
    let order = program.order(&["0201234567", "0500000013"]);
    let bought = program.buy(&key, &order, &[]).await.unwrap();
    assert_eq!(bought.status, 200, "{}", bought.text);
    let id = bought.json["data"]["orderId"].as_str().unwrap().to_owned();
    let order_seen = ended(&program, &key, &id).await;
    assert_eq!(states(&order_seen), ["completed", "failed"]);
    assert_eq!(order_seen["recipients"][1]["errorMessage"], "The bundle is not available for this number");

    // The failed recipient is retried alone and succeeds; nothing is paid twice.
    let retry = format!("/api/v1/orders/{id}/recipients/1/retry");
    let retried = program.send(Method::POST, &retry, &[("x-api-key", &key)], None).await.unwrap();
    assert_eq!(retried.status, 200, "{}", retried.text);
    assert_eq!(states(&ended(&program, &key, &id).await), ["completed", "completed"]);
    assert_eq!(balance(&program, &key).await, opening - 20);

    // A throttled request, with the time to wait.
    let throttled = program.buy(&key, &order, &[("x-sandbox", "throttle")]).await.unwrap();
    assert_eq!((throttled.status, throttled.headers["retry-after"].to_str().unwrap()), (429, "1"));
    let outage = program.buy(&key, &order, &[("x-sandbox", "status=503, slow=10ms")]).await.unwrap();
    assert_eq!(outage.status, 503);
    assert_eq!(balance(&program, &key).await, opening - 20);

    // An answer is lost, so the money may have moved. The list shows that it has, and for which order.
    assert!(program.buy(&key, &order, &[("x-sandbox", "drop")]).await.is_none());
    assert_eq!(balance(&program, &key).await, opening - 40);
    let list = program.get("/orders?limit=1", &key).await.json["data"]["orders"].clone();
    let lost = list[0]["orderId"].as_str().unwrap();
    assert_ne!(lost, id);
    assert_eq!(states(&ended(&program, &key, lost).await).len(), 2);
    // A request that never arrived has no effect.
    assert!(program.buy(&key, &order, &[("x-sandbox", "drop=before")]).await.is_none());
    let broken = program.buy(&key, &order, &[("x-sandbox", "malformed")]).await.unwrap();
    assert!(broken.status == 200 && broken.json.is_null() && broken.text.starts_with("{\"success\":true"));
    assert_eq!(balance(&program, &key).await, opening - 60);

    // An unknown directive is refused with an explanation.
    let wrong = program.buy(&key, &order, &[("x-sandbox", "explode")]).await.unwrap();
    assert!(wrong.status == 400 && wrong.text.contains("`explode` is none of"), "{}", wrong.text);
    assert_eq!(balance(&program, &key).await, opening - 60);
}

#[tokio::test]
async fn numbers_to_test_with_meet_their_fates() {
    let program = Program::start(&["--speed", "1000"]).await;
    let key = program.key("SuperAgent");
    let opening = balance(&program, &key).await;
    let bought = async |numbers: &[&str]| {
        let bought = program.buy(&key, &program.order(numbers), &[]).await.unwrap();
        bought.json["data"]["orderId"].as_str().unwrap().to_owned()
    };
    let id = bought(&["0500000000", "0500000000"]).await;
    let order = program.get(&format!("/orders/{id}"), &key).await.json["data"].clone();
    assert_eq!((order["state"].as_str(), states(&order)), (Some("completed"), vec!["completed"; 2]));
    // The order is reversed as a whole, and refunded.
    let id = bought(&["0500000030", "0500000030"]).await;
    let order = ended(&program, &key, &id).await;
    assert_eq!((order["state"].as_str(), states(&order)), (Some("reversed"), vec!["reversed"; 2]));
    assert_eq!(balance(&program, &key).await, opening - 18);
    // The order failed as a whole; after both were retried, its state is that of its recipients.
    let id = bought(&["0500000010", "0500000020"]).await;
    let order = ended(&program, &key, &id).await;
    assert_eq!(
        (order["state"].as_str(), order["errorMessage"].as_str()),
        (Some("failed"), Some("2 of 2 recipients failed"))
    );
    for index in 0..2 {
        let retry = format!("/api/v1/orders/{id}/recipients/{index}/retry");
        assert_eq!(
            program.send(Method::POST, &retry, &[("x-api-key", &key)], None).await.unwrap().status,
            200
        );
        ended(&program, &key, &id).await;
    }
    let order = ended(&program, &key, &id).await;
    assert_eq!((order["state"].as_str(), states(&order)), (Some("completed"), vec!["completed", "failed"]));
    assert_eq!(order["errorMessage"], "1 of 2 recipients failed");
    let failed = program.get("/orders?state=failed", &key).await.json["data"]["orders"].clone();
    assert_eq!(failed, json!([]));
    // This recipient never changes its state, however long one waits.
    let id = bought(&["0500000002", "0201234567"]).await;
    let order = loop {
        let order = program.get(&format!("/orders/{id}"), &key).await.json["data"].clone();
        if states(&order)[1] == "completed" {
            break order;
        }
    };
    assert_eq!((order["state"].as_str(), states(&order)[0]), (Some("processing"), "processing"));
    // A strict sandbox has no test numbers, and ignores the header.
    let strict = Program::start(&["--speed", "1000", "--strict"]).await;
    let key = strict.key("Agent");
    let order = strict.order(&["0500000010", "0500000030"]);
    let bought = strict.buy(&key, &order, &[("x-sandbox", "throttle")]).await.unwrap();
    assert_eq!(bought.status, 200);
    let id = bought.json["data"]["orderId"].as_str().unwrap().to_owned();
    assert_eq!(states(&ended(&strict, &key, &id).await), ["completed", "completed"]);
}
