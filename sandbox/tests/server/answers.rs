//! The answers to each scenario, byte for byte except for times: a change of any of them shows in review.

use crate::common::{Reply, Setup};
use reqwest::Method;
use sandbox::Freedom;
use serde_json::{Value, json};

fn show(out: &mut String, what: &str, reply: &Reply) {
    let mut json = reply.json.clone();
    hide_times(&mut json);
    out.push_str(&format!("{what}\n{} {}\n\n", reply.status, serde_json::to_string_pretty(&json).unwrap()));
}

fn hide_times(value: &mut Value) {
    match value {
        Value::Number(number) if number.as_i64().is_some_and(|it| it > 1_000_000_000_000) => {
            *value = json!("a time")
        }
        Value::Array(list) => list.iter_mut().for_each(hide_times),
        Value::Object(object) => object.values_mut().for_each(hide_times),
        _ => {}
    }
}

#[tokio::test]
async fn purchases() {
    let setup = Setup::new().await;
    let (rich, poor) = (setup.account("Agent", 10_000).await, setup.account("SuperAgent", 1).await);
    let staff = setup.account("Staff", 10_000).await;
    let order = setup.order(&[0, 3, 1]);
    let changed = |place: &str, value: Value| {
        let mut order = order.clone();
        *order.pointer_mut(place).unwrap() = value;
        order.to_string()
    };
    let inactive = setup.package(4).clone();
    let scenarios = [
        ("created", rich.as_str(), order.to_string()),
        ("no such key", "netconnect_test_nobody", order.to_string()),
        ("role", &staff, order.to_string()),
        ("no JSON", &rich, "{".into()),
        ("no object", &rich, "[]".into()),
        ("operator missing", &rich, changed("/operatorId", json!(null))),
        ("number missing", &rich, changed("/items/1/beneficiaryMsisdn", json!(7))),
        ("count", &rich, setup.order(&[0]).to_string()),
        ("operator unknown", &rich, changed("/operatorId", json!("nobody"))),
        (
            "product of another",
            &rich,
            changed("/productId", setup.operator(1)["products"][0]["productId"].clone()),
        ),
        ("package unknown", &rich, changed("/items/2/packageId", json!("nothing"))),
        ("package inactive", &rich, changed("/items/0/packageId", inactive)),
        ("number impossible", &rich, changed("/items/0/beneficiaryMsisdn", json!("12"))),
        ("balance", &poor, order.to_string()),
    ];
    let mut out = String::new();
    for (what, key, body) in scenarios {
        show(&mut out, what, &setup.buy_raw(key, body).await);
    }
    let later = Setup::with(&[Freedom::LaterRevision]).await;
    let key = later.account("Agent", 1_000).await;
    show(&mut out, "created, later revision", &later.buy(&key, &order).await);
    insta::assert_snapshot!(out);
}

#[tokio::test]
async fn reads() {
    let setup = Setup::new().await;
    let key = setup.account("SuperAgent", 10_000).await;
    setup.state("recipient", json!({"beneficiaryMsisdn": "233200000002", "outcome": "failed"})).await;
    let bought = setup.buy(&key, &setup.order(&[0, 3])).await;
    let id = bought.json["data"]["orderId"].as_str().unwrap().to_owned();
    setup.ended(&key, &id).await;
    let mut out = String::new();
    let package = format!("/packages/{}", setup.package(4).as_str().unwrap());
    let products = format!("/operators/{}/products", setup.operator(1)["operatorId"].as_str().unwrap());
    for path in
        ["/profile", "/wallet-balance", &format!("/orders/{id}"), "/orders?limit=1", &package, &products]
    {
        show(&mut out, path, &setup.get(path, &key).await);
    }
    for path in ["/packages/x", "/operators/x/products", "/orders/x/status", "/orders?limit=0", "/elsewhere"]
    {
        show(&mut out, path, &setup.get(path, &key).await);
    }
    show(&mut out, "retry of a completed one", &setup.retry(&key, &id, "0").await);
    show(&mut out, "wrong method", &setup.send(Method::DELETE, "/api/v1/orders", Some(&key), None).await);
    insta::assert_snapshot!(out);
}

#[tokio::test]
async fn what_is_printed_at_start() {
    insta::assert_snapshot!(Setup::new().await.sandbox.demo());
}
