//! Answers that look different and mean the same: recipients, numbers, balances, absent fields, pages.

use std::collections::BTreeSet;

use crate::common::{Setup, contract, pesewas};
use sandbox::Freedom;
use serde_json::{Value, json};

/// Buys for one recipient whose number is sent in another form and for one that fails; returns the receipt, and the
/// order after both have ended.
async fn ended(setup: &Setup, key: &str) -> (Value, Value) {
    setup.state("recipient", json!({"beneficiaryMsisdn": "0200000002", "outcome": "failed"})).await;
    let mut order = setup.order(&[0, 3]);
    order["items"][0]["beneficiaryMsisdn"] = json!("+233 20 000 0001");
    let bought = setup.buy(key, &order).await;
    assert_eq!(bought.status, 200, "{}", bought.text);
    let path = format!("/orders/{}", bought.json["data"]["orderId"].as_str().unwrap());
    loop {
        let order = setup.get(&path, key).await.json["data"].clone();
        if order["state"] == "completed" {
            // The order and its status endpoint show the same.
            assert_eq!(setup.get(&format!("{path}/status"), key).await.json["data"], order);
            return (bought.json["data"].clone(), order);
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

async fn shown(freedom: Freedom) -> (Value, Setup) {
    let setup = Setup::with(&[freedom]).await;
    let key = setup.account("Agent", 1_000).await;
    (ended(&setup, &key).await.1, setup)
}

#[tokio::test]
async fn recipients_in_five_shapes() {
    let (order, setup) = shown(Freedom::RecipientsWithoutIndex).await;
    let (first, second) = (setup.package(0).clone(), setup.package(3).clone());
    let plain = json!([
        {"beneficiaryMsisdn": "233200000001", "packageId": first, "state": "completed"},
        {"beneficiaryMsisdn": "233200000002", "packageId": second, "state": "failed"},
    ]);
    assert_eq!(order["recipients"], plain);

    let (order, _) = shown(Freedom::RecipientsNested).await;
    assert_eq!(
        (&order["bulk"], order.get("recipients")),
        (&json!({"size": 2, "bulkRecipients": plain}), None)
    );

    let (order, _) = shown(Freedom::RecipientsAsItems).await;
    let items = json!([
        {"msisdn": "233200000001", "packageId": first, "price": 0.1, "status": "completed"},
        {"msisdn": "233200000002", "packageId": second, "price": 4.35, "status": "failed"},
    ]);
    assert_eq!((&order["items"], order.get("recipients")), (&items, None));

    let (order, _) = shown(Freedom::RecipientsAsBeneficiaries).await;
    let list = json!([
        {"phone": "233200000001", "package": {"id": first}, "state": "completed", "failureReason": null},
        {"phone": "233200000002", "package": {"id": second}, "state": "failed",
         "failureReason": "The network refused the bundle"},
    ]);
    assert_eq!((&order["beneficiaries"], order.get("recipients")), (&list, None));

    let (order, setup) = shown(Freedom::RecipientsByNumber).await;
    let by_number = json!({
        "233200000001": {"packageId": first, "state": "completed"},
        "233200000002": {"packageId": second, "state": "failed"},
    });
    assert_eq!(order["recipients"], by_number);
    let mut twins = setup.order(&[0, 0]);
    twins["items"][1]["beneficiaryMsisdn"] = json!("0200000001");
    assert_eq!(setup.buy(&setup.account("Agent", 100).await, &twins).await.status, 400);
}

#[tokio::test]
async fn numbers_in_three_forms_each_of_which_can_fail() {
    for (freedom, numbers) in [
        (Freedom::NationalNumbersShown, ["0200000001", "0200000002"]),
        (Freedom::PlusNumbersShown, ["+233200000001", "+233200000002"]),
        (Freedom::SentNumbersShown, ["+233 20 000 0001", "233200000002"]),
    ] {
        let (order, _) = shown(freedom).await;
        let seen = order["recipients"].as_array().unwrap().iter();
        let seen: Vec<_> = seen.map(|it| (it["beneficiaryMsisdn"].clone(), it["state"].clone())).collect();
        let wanted = [(json!(numbers[0]), json!("completed")), (json!(numbers[1]), json!("failed"))];
        assert_eq!(seen, wanted, "{freedom}");
    }
}

#[tokio::test]
async fn what_is_not_reached_is_left_out() {
    for (freedom, field) in [(None, Some(&Value::Null)), (Some(Freedom::UnreachedAbsent), None)] {
        let setup = Setup::with(freedom.as_slice()).await;
        let key = setup.account("Agent", 100).await;
        let id = setup.buy(&key, &setup.order(&[0; 9])).await.json["data"]["orderId"].clone();
        let order = setup.get(&format!("/orders/{}", id.as_str().unwrap()), &key).await.json["data"].clone();
        // Nine recipients take a while: the order has not ended.
        assert_eq!((order.get("completedAt"), order.get("errorMessage")), (field, field), "{order}");
        assert!(order["createdAt"].is_number(), "{order}");
    }
}

#[tokio::test]
async fn no_more_than_what_the_document_requires() {
    let setup = Setup::with(&[Freedom::BareAnswers]).await;
    let key = setup.account("Agent", 1_000).await;
    let (bought, order) = ended(&setup, &key).await;
    let operator = setup.operator(0)["operatorId"].as_str().unwrap().to_owned();
    let read = async |path: &str| setup.get(path, &key).await.json["data"].clone();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let answers = [
        ("BulkOrderSummary", bought, vec![]),
        ("Order", order, vec!["recipients"]),
        ("Order", read("/orders").await["orders"][0].clone(), vec!["isBulkOrder"]),
        ("Wallet", read("/wallet-balance").await, vec![]),
        ("Profile", read("/profile").await, vec!["availableBalance", "heldBalance", "totalBalance"]),
        ("Package", read(&format!("/packages/{}", setup.package(0).as_str().unwrap())).await, vec![]),
        ("Product", read(&format!("/operators/{operator}/products")).await[0].clone(), vec![]),
    ];
    let contract = contract();
    for (schema, answer, more) in answers {
        let required = &contract.document()["components"]["schemas"][schema]["required"];
        let required = required.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        let wanted = required.chain(more).map(str::to_owned).collect::<BTreeSet<_>>();
        assert_eq!(names(&answer), wanted, "{schema}");
    }
    assert_eq!(setup.balance(&key).await, 555);
}

#[tokio::test]
async fn balances_of_the_profile_under_three_names() {
    for freedom in [Freedom::ProfileWalletNames, Freedom::ProfileOneBalance, Freedom::ProfileWalletNested] {
        let setup = Setup::with(&[freedom, Freedom::Hold]).await;
        let key = setup.account("Agent", 1_000).await;
        assert_eq!(setup.buy(&key, &setup.order(&[0, 0])).await.status, 200);
        let profile = setup.get("/profile", &key).await.json["data"].clone();
        let (spendable, total) = match freedom {
            Freedom::ProfileWalletNames => {
                ("/walletAvailableBalance", Some(("/walletHeldBalance", "/walletTotalBalance")))
            }
            Freedom::ProfileOneBalance => ("/balance", None),
            _ => ("/wallet/available", Some(("/wallet/held", "/wallet/total"))),
        };
        let money = |place: &str| pesewas(profile.pointer(place).unwrap());
        assert_eq!((money(spendable), profile.get("availableBalance")), (980, None), "{profile}");
        if let Some((held, total)) = total {
            assert_eq!(money(held) + 980, money(total), "{profile}");
        }
        assert_eq!(profile["role"], "Agent");
    }
}

#[tokio::test]
async fn amounts_as_floats_are_written() {
    let setup = Setup::with(&[Freedom::FloatMoney]).await;
    let key = setup.account("Agent", 3_850).await;
    let reply = setup.buy(&key, &setup.order(&[0; 10])).await;
    assert!(reply.text.contains("\"totalAmount\":1.0,\"recipientCount\":10}"), "{}", reply.text);
    let wallet = setup.get("/wallet-balance", &key).await;
    assert!(wallet.text.contains("\"availableBalance\":37.5,\"heldBalance\":0.0,"), "{}", wallet.text);
}

/// Returns the ids of all orders, page by page, with the cursors of the pages.
async fn pages(setup: &Setup, key: &str, limit: usize) -> (Vec<Value>, Vec<Option<Value>>) {
    let (mut ids, mut cursors, mut next) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = setup.get(&format!("/orders?limit={limit}&cursor={next}"), key).await.json["data"].clone();
        ids.push(page["orders"].as_array().unwrap().iter().map(|it| it["orderId"].clone()).collect());
        cursors.push(page.get("continueCursor").cloned());
        if page["isDone"] == true {
            return (ids, cursors);
        }
        next = page["continueCursor"].as_str().unwrap().to_owned();
    }
}

#[tokio::test]
async fn pages_that_run_and_end_otherwise() {
    type Ends = fn(&Option<Value>) -> bool;
    let empty: Ends = |cursor| *cursor == Some(json!(""));
    let rows: [(&[Freedom], bool, &[usize], Ends); 6] = [
        (&[], false, &[2, 2], empty),
        (&[Freedom::ListOldestFirst], true, &[2, 2], empty),
        (&[Freedom::ListEndsEmpty], false, &[2, 2, 0], empty),
        (&[Freedom::ListEndsEmpty, Freedom::ListOldestFirst], true, &[2, 2, 0], empty),
        (&[Freedom::LastCursorNull], false, &[2, 2], |cursor| *cursor == Some(Value::Null)),
        (&[Freedom::LastCursorAbsent], false, &[2, 2], Option::is_none),
    ];
    for (freedoms, oldest_first, sizes, ends) in rows {
        let setup = Setup::with(freedoms).await;
        let key = setup.account("Agent", 1_000).await;
        let mut bought = Vec::new();
        for _ in 0..4 {
            bought.push(setup.buy(&key, &setup.order(&[0, 0])).await.json["data"]["orderId"].clone());
        }
        if !oldest_first {
            bought.reverse();
        }
        let (ids, cursors) = pages(&setup, &key, 2).await;
        let seen = ids.iter().map(|page| page.as_array().unwrap().len()).collect::<Vec<_>>();
        assert_eq!(seen, sizes, "{freedoms:?}");
        let all = ids.iter().flat_map(|page| page.as_array().unwrap().clone()).collect::<Vec<_>>();
        assert_eq!(all, bought, "{freedoms:?}");
        assert!(cursors.last().is_some_and(ends), "{freedoms:?} {cursors:?}");
        // A page that is not full is the last.
        assert_eq!(pages(&setup, &key, 3).await.0.len(), 2, "{freedoms:?}");
    }
}

#[tokio::test]
async fn cursors_that_must_be_escaped() {
    let setup = Setup::with(&[Freedom::CursorSigns]).await;
    let key = setup.account("Agent", 1_000).await;
    for _ in 0..3 {
        assert_eq!(setup.buy(&key, &setup.order(&[0, 0])).await.status, 200);
    }
    let first = setup.get("/orders?limit=2", &key).await.json["data"].clone();
    let cursor = first["continueCursor"].as_str().unwrap().to_owned();
    let escaped = cursor.replace('+', "%2B").replace('/', "%2F").replace('&', "%26").replace('=', "%3D");
    let next = setup.get(&format!("/orders?limit=2&cursor={escaped}"), &key).await;
    assert_eq!(next.json["data"]["orders"].as_array().unwrap().len(), 1, "{}", next.text);
    assert_eq!(setup.get(&format!("/orders?limit=2&cursor={cursor}"), &key).await.status, 400, "{cursor}");
}

#[tokio::test]
async fn a_last_page_with_a_cursor_that_leads_to_an_empty_one() {
    let setup = Setup::with(&[Freedom::LastCursorGiven]).await;
    let key = setup.account("Agent", 1_000).await;
    for _ in 0..3 {
        assert_eq!(setup.buy(&key, &setup.order(&[0, 0])).await.status, 200);
    }
    let (_, cursors) = pages(&setup, &key, 2).await;
    let last = cursors[1].as_ref().unwrap().as_str().unwrap().to_owned();
    let page = setup.get(&format!("/orders?cursor={last}"), &key).await.json["data"].clone();
    assert!(!last.is_empty() && page["orders"] == json!([]) && page["isDone"] == true, "{last} {page}");
}

#[tokio::test]
async fn a_cached_profile_is_late_and_comes_right() {
    let setup = Setup::with(&[Freedom::ProfileCached]).await;
    let key = setup.account("Agent", 1_000).await;
    let available = async || setup.get("/profile", &key).await.json["data"]["availableBalance"].clone();
    let before = available().await;
    assert_eq!(setup.buy(&key, &setup.order(&[0, 0])).await.status, 200);
    while available().await == before {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(available().await, setup.get("/wallet-balance", &key).await.json["data"]["availableBalance"]);
}
