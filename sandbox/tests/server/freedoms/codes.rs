//! Codes of refusals: what each freedom renames, and that it changes nothing else.

use std::collections::BTreeMap;

use crate::common::Setup;
use sandbox::Freedom;
use serde_json::json;

type Refused = BTreeMap<&'static str, (u16, String)>;

/// Returns the status and the code of each kind of refusal.
#[expect(clippy::cognitive_complexity, reason = "each await counts as branches; it is one list")]
async fn refused(freedoms: &[Freedom]) -> Refused {
    let setup = Setup::with(freedoms).await;
    let (rich, poor) = (setup.account("Agent", 1_000).await, setup.account("Agent", 1).await);
    let customer = setup.account("Customer", 1_000).await;
    let order = setup.order(&[0, 0]);
    let mut invalid = order.clone();
    invalid["items"][1]["beneficiaryMsisdn"] = json!("12");
    let replies = [
        ("no key", setup.buy("netconnect_test_nobody", &order).await),
        ("role", setup.buy(&customer, &order).await),
        ("empty", setup.buy_raw(&rich, "").await),
        ("no JSON", setup.buy_raw(&rich, "{").await),
        ("no object", setup.buy_raw(&rich, "[]").await),
        ("count", setup.buy(&rich, &setup.order(&[0])).await),
        ("number", setup.buy(&rich, &invalid).await),
        ("short", setup.buy(&poor, &order).await),
        ("package", setup.get("/packages/x", &rich).await),
        ("operator", setup.get("/operators/x/products", &rich).await),
        ("order", setup.get("/orders/x", &rich).await),
        ("query", setup.get("/orders?limit=0", &rich).await),
        ("path", setup.get("/elsewhere", &rich).await),
    ];
    replies
        .iter()
        .map(|(what, reply)| (*what, reply.error()))
        .map(|(what, (status, code))| (what, (status, code.to_owned())))
        .collect()
}

/// Returns the codes of a correct server with some replaced.
fn but(mut codes: Refused, other: &[(&'static str, &str)]) -> Refused {
    for (what, code) in other {
        codes.get_mut(what).unwrap().1 = (*code).to_owned();
    }
    codes
}

#[tokio::test]
async fn each_renames_what_it_says_and_nothing_else() {
    let plain = refused(&[]).await;
    assert_eq!(plain["no key"], (401, "UNAUTHORIZED".to_owned()));
    assert_eq!(plain["empty"], (400, "INVALID_JSON".to_owned()));
    assert_eq!(plain["role"], (403, "BUY_DATA_BULK_FAILED".to_owned()));
    let rows: [(Freedom, &[(&'static str, &str)]); 6] = [
        (Freedom::ForbiddenCode, &[("role", "FORBIDDEN")]),
        (
            Freedom::NotFoundCode,
            &[("package", "NOT_FOUND"), ("operator", "NOT_FOUND"), ("order", "NOT_FOUND")],
        ),
        (
            Freedom::CodesByCause,
            &[
                ("short", "INSUFFICIENT_BALANCE"),
                ("count", "INVALID_ITEM_COUNT"),
                ("number", "VALIDATION_FAILED"),
                ("no object", "VALIDATION_FAILED"),
                ("query", "VALIDATION_FAILED"),
            ],
        ),
        (Freedom::UnreadAsRefused, &[("empty", "BUY_DATA_BULK_FAILED"), ("no JSON", "BUY_DATA_BULK_FAILED")]),
        (Freedom::UnreadAsBadRequest, &[("empty", "BAD_REQUEST"), ("no JSON", "BAD_REQUEST")]),
        (Freedom::UnreadAsParseError, &[("empty", "PARSE_ERROR"), ("no JSON", "PARSE_ERROR")]),
    ];
    for (freedom, other) in rows {
        assert_eq!(refused(&[freedom]).await, but(plain.clone(), other), "{freedom}");
    }
}

#[tokio::test]
async fn letters_and_dots_change_every_code_but_the_one_of_a_key() {
    let plain = refused(&[]).await;
    type Spell = fn(&str) -> String;
    let rows: [(Freedom, Spell); 2] = [
        (Freedom::CodesInSmallLetters, str::to_lowercase),
        (Freedom::CodesWithDots, |code| code.to_lowercase().replace('_', ".")),
    ];
    for (freedom, spell) in rows {
        for (what, (status, code)) in refused(&[freedom]).await {
            let (wanted, named) = &plain[what];
            let named = if what == "no key" { named.clone() } else { spell(named) };
            assert_eq!((status, code), (*wanted, named), "{freedom}, {what}");
        }
    }
    let both = refused(&[Freedom::CodesWithDots, Freedom::ForbiddenCode]).await;
    assert_eq!(both["role"], (403, "forbidden".to_owned()));
}
