//! Bodies that a server may accept or refuse: each freedom accepts what it says, and everything else is refused.

use crate::common::{Reply, Setup};
use sandbox::Freedom;
use serde_json::{Value, json};

/// Sends an order as these bytes.
async fn send(setup: &Setup, key: &str, bytes: Vec<u8>) -> Reply {
    let url = format!("{}/api/v1/data-bundles/buy-bulk", setup.sandbox.url());
    let request = setup.client.post(url).header("x-api-key", key).header("content-type", "application/json");
    Reply::of(request.body(bytes).send().await.unwrap()).await
}

/// Asserts that a correct server refuses a body, and that one with the freedom accepts it for these numbers.
#[expect(
    clippy::cognitive_complexity,
    reason = "each assertion counts as branches; it reads from top to bottom"
)]
async fn taken(freedom: Freedom, body: impl Fn(&Setup) -> Vec<u8>, numbers: &[&str]) {
    let strict = Setup::new().await;
    let key = strict.account("Agent", 100).await;
    assert_eq!(send(&strict, &key, body(&strict)).await.status, 400, "{freedom}");
    assert_eq!(strict.balance(&key).await, 100);

    let setup = Setup::with(&[freedom]).await;
    let key = setup.account("Agent", 100).await;
    let reply = send(&setup, &key, body(&setup)).await;
    assert_eq!(reply.status, 200, "{freedom}: {}", reply.text);
    assert_eq!(setup.balance(&key).await, 80, "{freedom}");
    assert_eq!(setup.numbers(&key, &reply).await, numbers, "{freedom}");
    // A body that no parser accepts is still refused.
    for none in ["", "{", "{\"operatorId\":", "x"] {
        assert_eq!(send(&setup, &key, none.into()).await.error(), (400, "INVALID_JSON"), "{freedom} {none}");
    }
    let trailing = format!("{}x", setup.order(&[0, 0]));
    assert_eq!(send(&setup, &key, trailing.into()).await.status, 400, "{freedom}");
    assert_eq!(setup.balance(&key).await, 80, "{freedom}");
}

const NUMBERS: [&str; 2] = ["233200000001", "233200000002"];

/// Returns an order for both numbers with a change.
fn changed(change: impl Fn(&mut Value)) -> impl Fn(&Setup) -> Vec<u8> {
    move |setup| {
        let mut order = setup.order(&[0, 0]);
        change(&mut order);
        order.to_string().into()
    }
}

#[tokio::test]
async fn other_encodings() {
    let utf16 =
        |setup: &Setup| setup.order(&[0, 0]).to_string().encode_utf16().flat_map(u16::to_be_bytes).collect();
    let utf32 = |setup: &Setup| {
        let marked = format!("\u{feff}{}", setup.order(&[0, 0]));
        marked.chars().map(u32::from).flat_map(u32::to_le_bytes).collect()
    };
    taken(Freedom::OtherEncodings, utf16, &NUMBERS).await;
    taken(Freedom::OtherEncodings, utf32, &NUMBERS).await;
    let marked = |setup: &Setup| format!("\u{feff}{}", setup.order(&[0, 0])).into_bytes();
    taken(Freedom::ByteOrderMark, marked, &NUMBERS).await;
}

#[tokio::test]
async fn broken_text_is_replaced_and_judged_as_what_it_became() {
    let in_extra = |setup: &Setup| {
        let text = setup.order(&[0, 0]).to_string().replacen('{', "{\"note\":\"?\",", 1);
        text.bytes().map(|byte| if byte == b'?' { 0xff } else { byte }).collect()
    };
    taken(Freedom::BrokenTextReplaced, in_extra, &NUMBERS).await;
    // Within a number, the replacement makes a number that can't be reached.
    let setup = Setup::with(&[Freedom::BrokenTextReplaced]).await;
    let key = setup.account("Agent", 100).await;
    let text = setup.order(&[0, 0]).to_string().replacen("233200000001", "23320000000?", 1);
    let bytes = text.bytes().map(|byte| if byte == b'?' { 0xff } else { byte }).collect();
    assert_eq!(send(&setup, &key, bytes).await.error(), (400, "BUY_DATA_BULK_FAILED"));
}

#[tokio::test]
async fn words_for_numbers() {
    let nan = |setup: &Setup| {
        setup.order(&[0, 0]).to_string().replacen('{', "{\"x\":NaN,\"y\":[-Infinity],", 1).into_bytes()
    };
    taken(Freedom::NotANumberTaken, nan, &NUMBERS).await;
}

#[tokio::test]
async fn fields_with_the_same_name() {
    let twice = |setup: &Setup| {
        // The first list of items has one recipient, the last has two.
        let order = setup.order(&[0, 0]).to_string();
        let one = json!([setup.order(&[0])["items"][0]]);
        order.replacen('{', &format!("{{\"items\":{one},"), 1)
    };
    for (freedom, wanted) in
        [(None, 200), (Some(Freedom::FirstOfRepeated), 422), (Some(Freedom::RefuseRepeated), 400)]
    {
        let setup = Setup::with(freedom.as_slice()).await;
        let key = setup.account("Agent", 100).await;
        assert_eq!(setup.buy_raw(&key, twice(&setup)).await.status, wanted, "{freedom:?}");
        assert_eq!(setup.balance(&key).await, if wanted == 200 { 80 } else { 100 });
        assert_eq!(setup.buy(&key, &setup.order(&[0, 0])).await.status, 200, "{freedom:?}");
    }
}

#[tokio::test]
async fn names_in_any_case() {
    let shouted = |setup: &Setup| {
        let order = setup.order(&[0, 0]).to_string();
        let order = order.replace("\"items\"", "\"ITEMS\"").replace("\"operatorId\"", "\"operatorid\"");
        order.replacen("\"packageId\"", "\"PackageID\"", 1).into_bytes()
    };
    taken(Freedom::NamesInAnyCase, shouted, &NUMBERS).await;
}

#[tokio::test]
async fn values_of_other_types_that_spell_the_right_one() {
    let index_keys = changed(|order| {
        order["items"] = json!({"0": order["items"][0], "1": order["items"][1]});
    });
    taken(Freedom::IndexKeysAsList, index_keys, &NUMBERS).await;
    let numbers = changed(|order| order["items"][1]["beneficiaryMsisdn"] = json!(233_200_000_002_u64));
    taken(Freedom::NumbersAsTexts, numbers, &NUMBERS).await;
    let lists = changed(|order| {
        for place in ["/operatorId", "/productId", "/items/0/packageId", "/items/1/beneficiaryMsisdn"] {
            let value = order.pointer_mut(place).unwrap();
            *value = json!([value.clone()]);
        }
    });
    taken(Freedom::ListsOfOneUnwrapped, lists, &NUMBERS).await;
    let blanks = changed(|order| {
        for place in ["/operatorId", "/productId", "/items/0/packageId", "/items/1/beneficiaryMsisdn"] {
            let value = order.pointer_mut(place).unwrap();
            *value = format!("\t {} ", value.as_str().unwrap()).into();
        }
    });
    taken(Freedom::BlanksTrimmed, blanks, &NUMBERS).await;
}

#[tokio::test]
async fn values_that_spell_nothing_are_refused_whatever_is_taken() {
    let all = [
        Freedom::IndexKeysAsList,
        Freedom::NumbersAsTexts,
        Freedom::ListsOfOneUnwrapped,
        Freedom::BlanksTrimmed,
        Freedom::NamesInAnyCase,
    ];
    let setup = Setup::with(&all).await;
    let key = setup.account("Agent", 100).await;
    for (place, value) in [
        ("/operatorId", json!(7)),
        ("/productId", json!(["a", "b"])),
        ("/items", json!({"1": {}, "0": {}})),
        ("/items", json!({"first": setup.order(&[0])["items"][0]})),
        ("/items/0/packageId", json!([])),
        ("/items/0/beneficiaryMsisdn", json!(12)),
        ("/items/0/beneficiaryMsisdn", json!(true)),
        ("/items/1/beneficiaryMsisdn", json!("  ")),
    ] {
        let mut order = setup.order(&[0, 0]);
        *order.pointer_mut(place).unwrap() = value.clone();
        assert_eq!(setup.buy(&key, &order).await.status, 400, "{place} {value}");
    }
    // For a language with one type for both, an empty object is an empty list.
    let mut order = setup.order(&[0, 0]);
    order["items"] = json!({});
    assert_eq!(setup.buy(&key, &order).await.status, 422);
    assert_eq!(setup.balance(&key).await, 100);
}
