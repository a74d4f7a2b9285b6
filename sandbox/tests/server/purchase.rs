//! The purchase on a correct server: each documented answer, and its effect on the wallet.

use crate::common::{Setup, pesewas};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn an_order_is_created_paid_and_processed() {
    let setup = Setup::new().await;
    let key = setup.account("Agent", 10_000).await;
    let reply = setup.buy(&key, &setup.order(&[0, 1, 2])).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.headers["content-type"], "application/json; charset=utf-8");
    let data = &reply.json["data"];
    assert_eq!(data["message"], "Bulk order created with 3 recipients. Processing...");
    assert_eq!((pesewas(&data["totalAmount"]), &data["recipientCount"]), (355, &json!(3)));
    assert!(data["orderId"].as_str().unwrap().starts_with("kr7"));
    assert_eq!(data["shortReference"].as_str().unwrap().len(), 6);
    assert_eq!(data.get("status"), None);
    assert_eq!(setup.wallet(&key).await, (9_645, 0, 9_645));

    let order = setup.ended(&key, data["orderId"].as_str().unwrap()).await;
    assert_eq!((&order["state"], pesewas(&order["amount"])), (&json!("completed"), 355));
    assert_eq!(order["shortReference"], data["shortReference"]);
    let states = order["recipients"].as_array().unwrap().iter().map(|it| it["state"].clone());
    assert_eq!(states.collect::<Vec<_>>(), vec![json!("completed"); 3]);
}

#[tokio::test]
async fn each_role_pays_its_price_and_others_may_not_buy() {
    let setup = Setup::new().await;
    for (role, status, charged) in
        [("Agent", 200, 545), ("SuperAgent", 200, 522), ("Customer", 403, 0), ("Staff", 403, 0)]
    {
        let key = setup.account(role, 1_000).await;
        let reply = setup.buy(&key, &setup.order(&[1, 3])).await;
        assert_eq!(reply.status, status, "{role}: {}", reply.text);
        assert_eq!(1_000 - setup.balance(&key).await, charged, "{role}");
        let package = setup.get(&format!("/packages/{}", setup.package(3).as_str().unwrap()), &key).await;
        let price = if role == "SuperAgent" { 417 } else { 435 };
        assert_eq!(pesewas(&package.json["data"]["price"]), price, "{role}");
    }
}

#[tokio::test]
async fn counts_from_least_to_most_are_accepted() {
    let setup = Setup::new().await;
    let key = setup.account("Agent", 100_000).await;
    for count in [0, 1, 2, 3, 13, 19, 20, 21, 22, 258] {
        let reply = setup.buy(&key, &setup.order(&vec![0; count])).await;
        let wanted = if (2..=20).contains(&count) { 200 } else { 422 };
        assert_eq!(reply.status, wanted, "{count}: {}", reply.text);
    }
    assert_eq!(setup.balance(&key).await, 100_000 - 10 * (2 + 3 + 13 + 19 + 20));
}

#[tokio::test]
async fn the_last_pesewa_decides() {
    let setup = Setup::new().await;
    for (balance, status) in [(355, 200), (354, 402), (356, 200), (0, 402)] {
        let key = setup.account("Agent", balance).await;
        let reply = setup.buy(&key, &setup.order(&[0, 1, 2])).await;
        assert_eq!(reply.status, status, "{balance}");
        assert_eq!(setup.balance(&key).await, if status == 200 { balance - 355 } else { balance });
    }
}

#[tokio::test]
async fn keys_that_are_not_quite_right() {
    let setup = Setup::new().await;
    let key = setup.account("Agent", 1_000).await;
    let revoked = setup.state("account", json!({"role": "Agent", "balance": 10, "revoked": true})).await;
    let order = setup.order(&[0, 0]).to_string();
    let path = "/api/v1/data-bundles/buy-bulk";
    let swapped: String = key
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    let revoked = revoked["apiKey"].as_str().unwrap().to_owned();
    for wrong in [
        "",
        "netconnect_test_",
        "netconnect_live_x",
        &format!("{key}x"),
        &key[..key.len() - 1],
        &key.to_lowercase(),
        &swapped,
        &revoked,
    ] {
        let reply = setup.send(Method::POST, path, Some(wrong), Some(order.clone())).await;
        assert_eq!(reply.error(), (401, "UNAUTHORIZED"), "{wrong}");
        assert!(wrong.len() < 20 || !reply.text.contains(wrong));
    }
    assert_eq!(
        setup.send(Method::POST, path, None, Some(order.clone())).await.error(),
        (401, "UNAUTHORIZED")
    );
    for route in [
        "/profile",
        "/wallet-balance",
        "/orders",
        "/orders/x",
        "/orders/x/status",
        "/packages/x",
        "/operators/x/products",
    ] {
        assert_eq!(setup.get(route, &revoked).await.error(), (401, "UNAUTHORIZED"), "{route}");
    }
    let second =
        setup.state("key", json!({"profileId": setup.get("/profile", &key).await.json["data"]["_id"]})).await;
    assert_eq!(setup.buy_raw(second["apiKey"].as_str().unwrap(), order).await.status, 200);
    assert_eq!(setup.balance(&key).await, 980);
}

#[tokio::test]
async fn bodies_that_are_no_orders() {
    let setup = Setup::new().await;
    let key = setup.account("Agent", 1_000).await;
    let good = setup.order(&[0, 0]).to_string();
    for text in [
        "",
        "{",
        "nul",
        "{\"a\":}",
        &good[..good.len() - 1],
        &format!("{good}x"),
        &format!("\u{feff}{good}"),
        "{\"a\":\"\\ud800\"}",
        "[1e999]",
        &"[".repeat(100_000),
    ] {
        assert_eq!(
            setup.buy_raw(&key, text).await.error(),
            (400, "INVALID_JSON"),
            "{}",
            &text[..text.len().min(40)]
        );
    }
    for text in ["null", "[]", "1", "true", "\"order\"", &format!("[{good}]")] {
        assert_eq!(setup.buy_raw(&key, text).await.error(), (400, "BUY_DATA_BULK_FAILED"), "{text}");
    }
    assert_eq!(setup.buy_raw(&key, " ".repeat(2 << 20)).await.status, 413);
    assert_eq!(setup.balance(&key).await, 1_000);
}

#[tokio::test]
async fn fields_that_are_wrong_at_any_place() {
    let setup = Setup::new().await;
    let key = setup.account("Agent", 10_000).await;
    let order = setup.order(&[0; 12]);
    let other_product = setup.operator(0)["products"][1]["packages"][0]["packageId"].clone();
    let mut wrong: Vec<(String, Value)> = Vec::new();
    for value in [Value::Null, json!(1), json!(true), json!([]), json!({}), json!(""), json!("unknown\u{0}é")]
    {
        for field in ["/operatorId", "/productId", "/items"] {
            wrong.push((field.into(), value.clone()));
        }
        for at in [0, 5, 11] {
            wrong.push((format!("/items/{at}"), value.clone()));
            wrong.push((format!("/items/{at}/packageId"), value.clone()));
            wrong.push((format!("/items/{at}/beneficiaryMsisdn"), value.clone()));
        }
    }
    for at in [0, 5, 11] {
        wrong.push((format!("/items/{at}/packageId"), setup.package(4).clone()));
        wrong.push((format!("/items/{at}/packageId"), other_product.clone()));
        for number in ["233", "2332012345678901", "abcdefghijkl", "٢٣٣٢٠١٢٣٤٥٦٧"] {
            wrong.push((format!("/items/{at}/beneficiaryMsisdn"), json!(number)));
        }
    }
    wrong.push(("/operatorId".into(), setup.operator(1)["operatorId"].clone()));
    wrong.push(("/productId".into(), setup.operator(1)["products"][0]["productId"].clone()));
    wrong.push(("/productId".into(), setup.operator(1)["products"][2]["productId"].clone()));
    for (place, value) in wrong {
        let mut order = order.clone();
        *order.pointer_mut(&place).unwrap() = value.clone();
        // An empty list of items has the right type and a wrong count.
        let wanted = if place == "/items" && value == json!([]) { 422 } else { 400 };
        let reply = setup.buy(&key, &order).await;
        assert_eq!(reply.error(), (wanted, "BUY_DATA_BULK_FAILED"), "{place} {value}");
    }
    assert_eq!(setup.balance(&key).await, 10_000);
    let list = setup.get("/orders", &key).await;
    assert_eq!(list.json["data"], json!({"orders": [], "isDone": true, "continueCursor": ""}));
}

#[tokio::test]
async fn what_is_open_is_taken_generously() {
    let setup = Setup::new().await;
    let key = setup.account("Agent", 10_000).await;
    let mut order = setup.order(&[0, 0, 0]);
    order["extra"] = json!({"deep": [1, 2.5, null]});
    order["items"][0]["note"] = json!("x");
    order["items"][0]["beneficiaryMsisdn"] = json!("0201234567");
    order["items"][1]["beneficiaryMsisdn"] = json!("+233 20 123 4567");
    let url = format!("{}/api/v1/data-bundles/buy-bulk", setup.sandbox.url());
    let send = || setup.client.post(&url).header("x-api-key", &key).body(order.to_string());
    assert_eq!(send().send().await.unwrap().status(), 200);
    assert_eq!(send().header("content-type", "text/plain").send().await.unwrap().status(), 200);
    let orders = setup.get("/orders", &key).await;
    let id = orders.json["data"]["orders"][0]["orderId"].as_str().unwrap().to_owned();
    let read = setup.get(&format!("/orders/{id}"), &key).await;
    assert_eq!(read.json["data"]["recipients"][0]["beneficiaryMsisdn"], "233201234567");
    assert_eq!(read.json["data"]["recipients"][1]["beneficiaryMsisdn"], "233201234567");
}

#[tokio::test]
async fn what_is_not_there_and_what_can_not_be_done() {
    let setup = Setup::new().await;
    let key = setup.account("Agent", 1).await;
    assert_eq!(setup.get("/nothing", &key).await.error(), (404, "NOT_FOUND"));
    assert_eq!(setup.get("/data-bundles/buy-bulk", &key).await.error(), (405, "METHOD_NOT_ALLOWED"));
    assert_eq!(setup.get("/packages/x", &key).await.error(), (404, "PACKAGE_NOT_FOUND"));
    assert_eq!(setup.get("/operators/x/products", &key).await.error(), (404, "OPERATOR_NOT_FOUND"));
    assert_eq!(setup.get("/orders/x", &key).await.error(), (404, "ORDER_NOT_FOUND"));
    assert_eq!(setup.retry(&key, "x", "0").await.error(), (404, "ORDER_NOT_FOUND"));
    for query in ["limit=0", "limit=101", "limit=x", "limit=", "cursor=x", "state=done"] {
        assert_eq!(
            setup.get(&format!("/orders?{query}"), &key).await.error(),
            (400, "INVALID_REQUEST"),
            "{query}"
        );
    }
}
