//! Each freedom does what it says, and nothing that the contract forbids.

mod bodies;
mod codes;
mod http;
mod service;
mod shown;

use crate::common::{Setup, pesewas};
use crate::script::Script;
use futures::StreamExt as _;
use reqwest::Method;
use sandbox::{Behaviour, Freedom};
use serde_json::{Value, json};

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Returns the status of a purchase: by a role with this balance, with this many items and these wrong values.
async fn status(setup: &Setup, role: &str, balance: i64, count: usize, wrong: &[(&str, Value)]) -> u16 {
    let key = setup.account(role, balance).await;
    let mut order = setup.order(&vec![0; count]);
    for (place, value) in wrong {
        *order.pointer_mut(place).unwrap() = value.clone();
    }
    let reply = setup.buy(&key, &order).await;
    let unchanged = if reply.status == 200 { balance - 10 * count as i64 } else { balance };
    assert_eq!(setup.balance(&key).await, unchanged);
    reply.status
}

#[tokio::test]
async fn precedences() {
    let bad = ("/items/0/packageId", json!("unknown"));
    let inactive = |setup: &Setup| ("/items/0/packageId", setup.package(4).clone());
    let shape = ("/operatorId", json!(7));
    for (freedom, wanted) in [
        (None, [403, 403, 422, 400, 400, 400, 402]),
        (Some(Freedom::CountFirst), [422, 403, 422, 422, 400, 400, 402]),
        (Some(Freedom::WalletFirst), [422, 402, 422, 400, 400, 402, 402]),
    ] {
        let setup = Setup::with(freedom.as_slice()).await;
        let inactive = inactive(&setup);
        let seen = [
            status(&setup, "Customer", 1_000, 1, &[]).await,
            status(&setup, "Staff", 0, 2, &[]).await,
            status(&setup, "Agent", 0, 21, &[]).await,
            status(&setup, "Agent", 0, 1, std::slice::from_ref(&shape)).await,
            status(&setup, "Agent", 0, 2, std::slice::from_ref(&bad)).await,
            status(&setup, "Agent", 0, 2, std::slice::from_ref(&inactive)).await,
            status(&setup, "Agent", 0, 2, &[]).await,
        ];
        assert_eq!(seen, wanted, "{freedom:?}");
        assert_eq!(status(&setup, "Customer", 1_000, 2, &[]).await, 403, "{freedom:?}");
        assert_eq!(status(&setup, "Agent", 20, 2, &[]).await, 200, "{freedom:?}");
    }
}

#[tokio::test]
async fn duplicates() {
    for (freedom, wanted) in
        [(None, 200), (Some(Freedom::RefuseDuplicates), 400), (Some(Freedom::ConflictDuplicates), 409)]
    {
        let setup = Setup::with(freedom.as_slice()).await;
        // The same number in another form.
        let twin = ("/items/1/beneficiaryMsisdn", json!("0200000001"));
        assert_eq!(status(&setup, "Agent", 100, 2, &[twin]).await, wanted, "{freedom:?}");
        assert_eq!(status(&setup, "Agent", 100, 2, &[]).await, 200, "{freedom:?}");
    }
}

#[tokio::test]
async fn numbers_of_other_countries() {
    let number = |number: &str| [("/items/0/beneficiaryMsisdn", json!(number))];
    for (freedom, wanted) in [(None, 400), (Some(Freedom::ForeignNumbers), 200)] {
        let setup = Setup::with(freedom.as_slice()).await;
        for foreign in ["447911123456", "+1 202 555 0143", "2348031234567"] {
            assert_eq!(status(&setup, "Agent", 100, 2, &number(foreign)).await, wanted, "{foreign}");
        }
        for impossible in ["", "44", "44791112345678901", "44x911123456", "23320123456"] {
            assert_eq!(status(&setup, "Agent", 100, 2, &number(impossible)).await, 400, "{impossible}");
        }
        assert_eq!(status(&setup, "Agent", 100, 2, &number("0201234567")).await, 200);
    }
}

#[tokio::test]
async fn requests_that_are_taken_more_strictly() {
    let setup = Setup::with(&[Freedom::StrictMsisdn, Freedom::ItemsAbsentIsCount]).await;
    assert_eq!(
        status(&setup, "Agent", 100, 2, &[("/items/0/beneficiaryMsisdn", json!("0201234567"))]).await,
        400
    );
    assert_eq!(status(&setup, "Agent", 100, 2, &[("/items", json!(null))]).await, 422);
    assert_eq!(status(&setup, "Agent", 100, 2, &[("/items", json!({}))]).await, 422);
    assert_eq!(status(&setup, "Agent", 100, 2, &[]).await, 200);

    let setup = Setup::with(&[Freedom::RefuseExtraProperties, Freedom::StrictMediaType]).await;
    let key = setup.account("Agent", 100).await;
    for place in ["", "/items/1"] {
        let mut order = setup.order(&[0, 0]);
        order.pointer_mut(place).unwrap()["note"] = json!(1);
        assert_eq!(setup.buy(&key, &order).await.error(), (400, "BUY_DATA_BULK_FAILED"));
    }
    let url = format!("{}/api/v1/data-bundles/buy-bulk", setup.sandbox.url());
    let send = || setup.client.post(&url).header("x-api-key", &key).body(setup.order(&[0, 0]).to_string());
    assert_eq!(send().send().await.unwrap().status(), 415);
    assert_eq!(send().header("content-type", "text/plain").send().await.unwrap().status(), 415);
    let charset = send().header("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(charset.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn answers_that_look_otherwise() {
    let setup =
        Setup::with(&[Freedom::ExtraFields, Freedom::IntegerMoney, Freedom::LaterRevision, Freedom::Latency])
            .await;
    let key = setup.account("Agent", 4_000).await;
    let reply = setup.buy(&key, &setup.order(&[1, 1])).await;
    assert!(reply.json["meta"].is_object() && reply.json["data"]["meta"].is_object());
    assert!(reply.text.contains("\"totalAmount\":2.20,\"recipientCount\":2.0,"), "{}", reply.text);
    let data = &reply.json["data"];
    assert_eq!(data["status"], "processing");
    let balances = ["walletBalanceBefore", "walletBalanceAfter"].map(|name| pesewas(&data[name]));
    assert_eq!(balances, [4_000, 3_780]);
    let error = setup.buy_raw(&key, "{").await;
    assert!(error.json["error"]["meta"].is_object());

    let setup =
        Setup::with(&[Freedom::AlphanumericReferences, Freedom::UppercaseStates, Freedom::NoRecipients])
            .await;
    let key = setup.account("Agent", 4_000).await;
    let data = setup.buy(&key, &setup.order(&[0, 0])).await.json["data"].clone();
    let reference = text(&data["shortReference"]);
    assert!(
        reference.bytes().all(|byte| byte.is_ascii_alphanumeric()) && reference.len() == 7,
        "{reference}"
    );
    let order = setup.get(&format!("/orders/{}", text(&data["orderId"])), &key).await.json["data"].clone();
    assert!(["PENDING", "PROCESSING", "COMPLETED"].contains(&text(&order["state"])));
    assert_eq!(order.get("recipients"), None);

    let setup = Setup::with(&[Freedom::ReusedReferences]).await;
    let key = setup.account("Agent", 4_000).await;
    let mut references = std::collections::BTreeSet::new();
    for _ in 0..60 {
        let reply = setup.buy(&key, &setup.order(&[0, 0])).await;
        references.insert(text(&reply.json["data"]["shortReference"]).to_owned());
    }
    assert_eq!(references.len(), 59);
}

#[tokio::test]
async fn every_ninth_request_is_told_to_come_back_and_changes_nothing() {
    let setup = Setup::with(&[Freedom::Throttle]).await;
    let key = setup.account("Agent", 4_000).await;
    let mut throttled = 0;
    for _ in 0..100 {
        let reply = setup.buy(&key, &setup.order(&[0, 0])).await;
        if reply.status == 429 {
            assert_eq!(reply.headers["retry-after"], "0");
            throttled += 1;
        }
    }
    assert_eq!((throttled, setup.balance(&key).await), (11, 4_000 - 89 * 20));
}

#[tokio::test]
async fn endpoints_that_are_not_there() {
    let setup = Setup::with(&[Freedom::NoCompanions]).await;
    let key = setup.account("Agent", 20).await;
    let bought = setup.buy(&key, &setup.order(&[0, 0])).await;
    assert_eq!(bought.status, 200);
    let id = text(&bought.json["data"]["orderId"]).to_owned();
    for path in
        ["/profile", "/wallet-balance", "/orders", &format!("/orders/{id}"), &format!("/orders/{id}/status")]
    {
        assert_eq!(setup.get(path, &key).await.status, 404, "{path}");
    }
    let setup = Setup::with(&[Freedom::NoRetry]).await;
    let key = setup.account("Agent", 20).await;
    let id = text(&setup.buy(&key, &setup.order(&[0, 0])).await.json["data"]["orderId"]).to_owned();
    assert_eq!(setup.retry(&key, &id, "0").await.error(), (404, "NOT_FOUND"));
    assert_eq!(setup.get(&format!("/orders/{id}"), &key).await.status, 200);
}

#[tokio::test]
async fn held_money_is_not_spendable_and_leaves_as_recipients_complete() {
    let setup = Setup::with(&[Freedom::Hold]).await;
    let key = setup.account("Agent", 1_000).await;
    let id = text(&setup.buy(&key, &setup.order(&[3, 3])).await.json["data"]["orderId"]).to_owned();
    let (available, held, total) = setup.wallet(&key).await;
    assert!(available == 130 && [870, 435, 0].contains(&held) && total == available + held);
    assert_eq!(setup.buy(&key, &setup.order(&[3, 3])).await.status, 402);
    setup.ended(&key, &id).await;
    assert_eq!(setup.wallet(&key).await, (130, 0, 130));
}

/// A freedom that no answer shows: answers only take longer.
const UNSEEN: [Freedom; 1] = [Freedom::Latency];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_freedom_shows() {
    let correct = Script::said(Behaviour::default()).await;
    let client = crate::common::client();
    let hidden: Vec<Freedom> = futures::stream::iter(Freedom::ALL.iter().filter(|it| !UNSEEN.contains(it)))
        .map(|freedom| {
            let (client, correct) = (client.clone(), correct.clone());
            let behaviour = Behaviour { freedoms: [*freedom].into(), fault: None };
            async move { (*freedom, Script::agrees(client, behaviour, correct).await) }
        })
        .buffer_unordered(4)
        .filter_map(|(freedom, hidden)| async move { hidden.then_some(freedom) })
        .collect()
        .await;
    assert!(hidden.is_empty(), "these freedoms change nothing that the script sees: {hidden:?}");
}

/// Each freedom together with as many others as fit: an order is bought, paid for and found.
#[tokio::test]
async fn freedoms_get_along() {
    for (at, first) in Freedom::ALL.iter().enumerate() {
        let mut taken = vec![*first];
        for next in Freedom::ALL.iter().cycle().skip(at * 7).take(Freedom::ALL.len()) {
            let fits = taken.iter().all(|other| other != next && !other.excludes(*next));
            if fits && ![Freedom::NoCompanions, Freedom::Throttle, Freedom::OwnNetworks].contains(next) {
                taken.push(*next);
            }
        }
        // The order below has numbers of other networks.
        if taken.contains(&Freedom::NoCompanions) || taken.contains(&Freedom::OwnNetworks) {
            continue;
        }
        let setup = Setup::with(&taken).await;
        let key = setup.account("Agent", 1_000).await;
        let bought = setup.buy(&key, &setup.order(&[0, 3])).await;
        assert_eq!(bought.status, 200, "{first}: {}", bought.text);
        let data = &bought.json["data"];
        assert_eq!(pesewas(&data["totalAmount"]), 445, "{first}");
        let order =
            setup.get(&format!("/orders/{}", text(&data["orderId"])), &key).await.json["data"].clone();
        assert_eq!((&order["orderId"], pesewas(&order["amount"])), (&data["orderId"], 445), "{first}");
        let list = setup.get("/orders", &key).await.json["data"]["orders"].clone();
        assert_eq!(
            (&list[0]["orderId"], &list[0]["isBulkOrder"]),
            (&data["orderId"], &json!(true)),
            "{first}"
        );
        assert_eq!(setup.balance(&key).await, 555, "{first}");
        let customer = setup.account("Customer", 1_000).await;
        let refused = setup.buy(&customer, &setup.order(&[0, 3])).await;
        assert_eq!(
            (refused.status, &refused.json["success"]),
            (403, &json!(false)),
            "{first}: {}",
            refused.text
        );
    }
}

#[tokio::test]
async fn a_freedom_is_found_by_its_name() {
    for freedom in Freedom::ALL {
        assert_eq!(freedom.to_string().parse(), Ok(*freedom));
        assert!(!freedom.excludes(*freedom) && !freedom.describe().is_empty());
    }
    let unknown = "anarchy".parse::<Freedom>().unwrap_err();
    assert_eq!(unknown.to_string(), "unknown freedom `anarchy`; --list-freedoms shows them");
    let setup = Setup::with(&[]).await;
    let key = setup.account("Agent", 1).await;
    assert_eq!(setup.send(Method::PUT, "/api/v1/orders", Some(&key), None).await.status, 405);
}
