//! Orders through the generated client: read back, listed page by page, private, retried, and kept after a restart.

use std::collections::BTreeSet;

use crate::common::{Setup, contract};
use generated::{BulkOrder, Error, Key, Money, NetConnect};
use sandbox::{Config, Freedom, Sandbox};
use serde_json::json;

fn client(url: &str, key: &str) -> NetConnect {
    NetConnect::builder().key(Key::new(key).unwrap()).base_url(url).build().unwrap()
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap()
}

/// Returns an order with this many items of the first product's cheapest package.
fn order(setup: &Setup, count: usize) -> BulkOrder {
    let product = text(&setup.operator(0)["products"][0]["productId"]);
    let order = BulkOrder::new(text(&setup.operator(0)["operatorId"]), product);
    (1..=count).fold(order, |order, at| order.to(format!("23320{at:07}"), text(setup.package(0))))
}

#[tokio::test]
async fn what_was_bought_is_found_everywhere() {
    let setup = Setup::new().await;
    let api = client(setup.sandbox.url(), &setup.account("SuperAgent", 10_000).await);
    let created = api.buy(&order(&setup, 3)).await.unwrap();
    assert_eq!(created.total_amount, Money::new(27));
    let (found, listed) =
        (api.order(&created.order_id).await.unwrap(), api.orders(None, None).await.unwrap());
    for order in [&found, &listed.orders[0]] {
        assert_eq!((&order.order_id, &order.short_reference), (&created.order_id, &created.short_reference));
        assert_eq!((order.amount, order.is_bulk_order), (Money::new(27), Some(true)));
    }
    assert_eq!((found.recipients().len(), listed.orders.len(), listed.is_done), (3, 1, true));
    let (wallet, profile) = (api.wallet().await.unwrap(), api.profile().await.unwrap());
    assert_eq!((wallet.available_balance, wallet.total_balance), (Money::new(9_973), Money::new(9_973)));
    assert_eq!((profile.available_balance, profile.id), (Some(wallet.total_balance), wallet.user_profile_id));
    let products = api.products(text(&setup.operator(1)["operatorId"])).await.unwrap();
    assert_eq!(products.len(), 3);
    assert!(products.iter().all(|product| product.operator_id == text(&setup.operator(1)["operatorId"])));
}

#[tokio::test]
async fn pages_show_every_order_once_while_new_ones_arrive() {
    let setup = Setup::new().await;
    let api = client(setup.sandbox.url(), &setup.account("Agent", 10_000).await);
    let mut wanted = Vec::new();
    for _ in 0..25 {
        wanted.push(api.buy(&order(&setup, 2)).await.unwrap().order_id);
    }
    wanted.reverse();
    assert_eq!(api.orders(None, None).await.unwrap().orders.len(), 20);
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = api.orders(Some(7), cursor.as_deref()).await.unwrap();
        cursor = page.next();
        seen.extend(page.orders.into_iter().map(|order| order.order_id));
        if cursor.is_none() {
            break;
        }
        api.buy(&order(&setup, 2)).await.unwrap();
    }
    assert_eq!(seen, wanted);
}

#[tokio::test]
async fn orders_are_private() {
    let setup = Setup::new().await;
    let (one, two) = (setup.account("Agent", 100).await, setup.account("Agent", 100).await);
    let (one, two) = (client(setup.sandbox.url(), &one), client(setup.sandbox.url(), &two));
    let created = one.buy(&order(&setup, 2)).await.unwrap();
    for (api, id) in [(&two, created.order_id.as_str()), (&one, "unknown")] {
        let Err(Error::NotFound(refusal)) = api.order(id).await else { panic!("found") };
        assert_eq!((refusal.status, refusal.code.as_str()), (404, "ORDER_NOT_FOUND"));
        assert!(matches!(api.retry(id, 0).await, Err(Error::NotFound(_))));
    }
    assert!(two.orders(None, None).await.unwrap().orders.is_empty());
}

#[tokio::test]
async fn the_list_can_be_asked_for_one_state() {
    let setup = Setup::new().await;
    let key = setup.account("Agent", 100).await;
    let id = setup.buy(&key, &setup.order(&[0, 0])).await.json["data"]["orderId"].clone();
    setup.ended(&key, text(&id)).await;
    for (state, count) in [("completed", 1), ("COMPLETED", 1), ("failed", 0), ("reversed", 0)] {
        let list = setup.get(&format!("/orders?state={state}"), &key).await;
        assert_eq!(list.json["data"]["orders"].as_array().unwrap().len(), count, "{state}");
    }
}

/// A failed recipient, and what it costs to retry it.
#[expect(
    clippy::cognitive_complexity,
    reason = "each assertion counts as branches; it reads from top to bottom"
)]
async fn retried(freedoms: &[Freedom], after_failure: i64, after_retry: i64) {
    let setup = Setup::with(freedoms).await;
    let key = setup.account("Agent", 1_000).await;
    setup.state("recipient", json!({"beneficiaryMsisdn": "0200000002", "outcome": "failed"})).await;
    let id = setup.buy(&key, &setup.order(&[1, 2, 3])).await.json["data"]["orderId"].clone();
    let states = |order: &serde_json::Value| {
        let states = order["recipients"].as_array().unwrap().iter();
        states.map(|it| text(&it["state"]).to_lowercase()).collect::<Vec<_>>()
    };
    let order = setup.ended(&key, text(&id)).await;
    assert_eq!(states(&order), ["completed", "failed", "completed"]);
    assert_eq!(
        (&order["state"], &order["errorMessage"]),
        (&json!("completed"), &json!("1 of 3 recipients failed"))
    );
    assert_eq!(setup.balance(&key).await, after_failure);

    assert_eq!(setup.retry(&key, text(&id), "0").await.error(), (409, "RETRY_FAILED"));
    for index in ["3", "-1", "x", "99999999999999999999"] {
        assert_eq!(setup.retry(&key, text(&id), index).await.error(), (400, "INVALID_REQUEST"), "{index}");
    }
    let reply = setup.retry(&key, text(&id), "1").await;
    assert_eq!((reply.status, text(&reply.json["data"]["recipients"][0]["state"])), (200, "completed"));
    let order = setup.ended(&key, text(&id)).await;
    assert_eq!(states(&order), ["completed", "completed", "completed"]);
    assert_eq!(setup.balance(&key).await, after_retry);
    assert_eq!(setup.retry(&key, text(&id), "1").await.error(), (409, "RETRY_FAILED"));
}

#[tokio::test]
async fn a_failed_recipient_is_retried_without_a_second_debit() {
    retried(&[], 220, 220).await;
}

#[tokio::test]
async fn a_refunded_recipient_is_paid_for_again() {
    retried(&[Freedom::RefundFailed], 455, 220).await;
    retried(&[Freedom::RefundFailed, Freedom::Hold], 455, 220).await;
}

#[tokio::test]
async fn a_refund_that_was_spent_can_not_pay_a_retry() {
    let setup = Setup::with(&[Freedom::RefundFailed]).await;
    let key = setup.account("Agent", 20).await;
    setup.state("recipient", json!({"beneficiaryMsisdn": "233200000001", "outcome": "failed"})).await;
    setup.state("recipient", json!({"beneficiaryMsisdn": "233200000002", "outcome": "failed"})).await;
    let id = setup.buy(&key, &setup.order(&[0, 0])).await.json["data"]["orderId"].clone();
    let order = setup.ended(&key, text(&id)).await;
    assert_eq!((&order["state"], setup.balance(&key).await), (&json!("failed"), 20));
    assert_eq!(setup.buy(&key, &setup.order(&[0, 0])).await.status, 200);
    assert_eq!(setup.retry(&key, text(&id), "0").await.error(), (402, "RETRY_FAILED"));
}

#[tokio::test]
async fn a_file_keeps_orders_accounts_and_running_numbers() {
    let file = tempfile::tempdir().unwrap();
    let config = || {
        let mut config = Config::new(contract());
        config.db = Some(file.path().join("sandbox.db"));
        config
    };
    let mut ids = BTreeSet::new();
    let mut keys: BTreeSet<String> = BTreeSet::new();
    let mut first: Option<(String, String, Vec<String>)> = None;
    for round in 1..=3 {
        let setup = Setup::of(config()).await;
        let demo = setup.sandbox.demo().accounts[0].key.expose().to_owned();
        let key = setup.account("Agent", 100).await;
        assert!(keys.insert(key.clone()));
        for key in [&key, &demo] {
            assert!(
                ids.insert(client(setup.sandbox.url(), key).buy(&order(&setup, 2)).await.unwrap().order_id)
            );
        }
        let api = client(setup.sandbox.url(), &demo);
        let listed = api.orders(None, None).await.unwrap().orders;
        assert_eq!((listed.len(), setup.balance(&demo).await), (round, 10_000_000 - 20 * round as i64));
        if let Some((key, id, packages)) = &first {
            let kept = client(setup.sandbox.url(), key).order(id).await.unwrap();
            assert_eq!(
                kept.recipients().into_iter().map(|it| it.package.unwrap()).collect::<Vec<_>>(),
                *packages
            );
            assert_eq!(setup.balance(key).await, 80);
        } else {
            let api = client(setup.sandbox.url(), &key);
            let id = api.orders(None, None).await.unwrap().orders[0].order_id.clone();
            let packages = api.order(&id).await.unwrap().recipients().into_iter();
            first = Some((key, id, packages.map(|it| it.package.unwrap()).collect()));
        }
        setup.sandbox.stop().await;
    }
}

#[tokio::test]
async fn a_sandbox_that_can_not_start_says_why() {
    let running = Sandbox::start(Config::new(contract())).await.unwrap();
    let mut config = Config::new(contract());
    config.addr = running.url().trim_start_matches("http://").parse().unwrap();
    let error = Sandbox::start(config.clone()).await.unwrap_err().to_string();
    assert!(error.contains("something else listens there, so name another --port"), "{error}");

    config.addr.set_port(0);
    config.db = Some("/nowhere/at/all.db".into());
    let error = Sandbox::start(config.clone()).await.unwrap_err().to_string();
    assert!(error.starts_with("can't use the database /nowhere/at/all.db"), "{error}");

    config.db = None;
    config.behaviour.freedoms = [Freedom::CountFirst, Freedom::WalletFirst].into();
    let error = Sandbox::start(config).await.unwrap_err().to_string();
    assert_eq!(error, "the freedoms `count-first` and `wallet-first` exclude each other; take one");
}

#[tokio::test]
async fn provider_states_that_are_wrong_are_explained() {
    let setup = Setup::new().await;
    let send = |body: serde_json::Value| {
        let (client, url) = (setup.client.clone(), format!("{}/_states", setup.sandbox.url()));
        async move {
            let response = client
                .post(url)
                .header("content-type", "application/json")
                .body(body.to_string())
                .send()
                .await
                .unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        }
    };
    for state in ["account", "key", "catalog", "recipient"] {
        assert_eq!(send(json!({"state": state, "action": "teardown"})).await, (200, "{}".into()));
    }
    let (status, made) = send(json!({"state": "account", "params": {"role": "Agent", "balance": 1}})).await;
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let profile = made["profileId"].clone();
    let (_, second) = send(json!({"state": "key", "params": {"profileId": profile}})).await;
    let second: serde_json::Value = serde_json::from_str(&second).unwrap();
    let reads = async |key: &serde_json::Value| {
        let wallet = format!("{}/api/v1/wallet-balance", setup.sandbox.url());
        setup.client.get(wallet).header("X-API-KEY", text(key)).send().await.unwrap().status().as_u16()
    };
    assert_eq!((status, reads(&made["apiKey"]).await, reads(&second["apiKey"]).await), (200, 200, 200));
    let torn = json!({"profileId": profile, "apiKey": second["apiKey"]});
    send(json!({"state": "key", "action": "teardown", "params": torn})).await;
    assert_eq!((reads(&made["apiKey"]).await, reads(&second["apiKey"]).await), (200, 401));
    let torn = json!({"role": "Agent", "balance": 1, "profileId": profile});
    send(json!({"state": "account", "action": "teardown", "params": torn})).await;
    assert_eq!(reads(&made["apiKey"]).await, 401);
    for (body, says) in [
        (
            json!({"state": "weather"}),
            "unknown state `weather`; the states are account, key, catalog, recipient, top-up, revoke, package, \
             provoke, reset",
        ),
        (json!({"state": "account", "params": {"role": "Boss", "balance": 1}}), "`Boss` is not a role"),
        (
            json!({"state": "account", "params": {"role": "Agent", "balance": 0.001}}),
            "not a whole number of pesewas",
        ),
        (json!({"state": "key", "params": {"profileId": "x"}}), "no profile `x`"),
        (json!([]), "not a provider-state request"),
    ] {
        let (status, text) = send(body).await;
        assert!(status == 501 && text.contains(says), "{status} {text}");
    }
    let plain = Sandbox::start(Config::new(contract())).await.unwrap();
    let closed = setup.client.post(format!("{}/_states", plain.url())).body("{}").send().await.unwrap();
    assert_eq!(closed.status(), 404);
}
