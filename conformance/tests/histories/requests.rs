//! The status of an answer compared with what the request calls for: one defect, several, none, and open questions.

use conformance::history::KeyUse;
use conformance::judge::verdict::Verdict;
use serde_json::{Value, json};

use crate::catalog::{Order, good, of};
use crate::said::Said;
use crate::stage::Stage;

pub(crate) fn set(path: &'static str, value: Value) -> Order {
    good(2).with(|it| *it.pointer_mut(path).unwrap() = value)
}

fn without(parent: &'static str, field: &'static str) -> Order {
    good(2).with(|it| {
        it.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(field);
    })
}

/// Orders with one defect: the role of the sender, the right status, and the requirement.
fn defects() -> Vec<(&'static str, Order, u16, &'static str)> {
    let bad = KeyUse::Bad("made up".into());
    vec![
        ("Agent", good(0), 422, "COUNT-LOW"),
        ("Agent", good(1), 422, "COUNT-LOW"),
        ("Agent", good(21), 422, "COUNT-HIGH"),
        ("SuperAgent", good(30), 422, "COUNT-HIGH"),
        ("Agent", good(2).package(1, json!("nope")), 400, "PRE-PACKAGE"),
        ("Agent", good(20).package(19, json!("px")), 400, "PRE-PACKAGE"),
        ("Agent", good(2).package(0, json!("pc")), 400, "PRE-PACKAGE"),
        ("Agent", good(2).package(0, json!("")), 400, "PRE-PACKAGE"),
        ("Agent", good(20).number(11, json!("")), 400, "PRE-MSISDN"),
        ("Agent", good(2).number(1, json!("not-a-number")), 400, "PRE-MSISDN"),
        ("Agent", good(2).number(1, json!("233200")), 400, "PRE-MSISDN"),
        ("Agent", good(2).number(1, json!("2332012345671234")), 400, "PRE-MSISDN"),
        ("Agent", set("/operatorId", json!("nope")), 400, "PRE-OPERATOR"),
        ("Agent", set("/operatorId", json!("")), 400, "PRE-OPERATOR"),
        ("Agent", set("/productId", json!("nope")), 400, "PRE-PRODUCT"),
        ("Agent", set("/productId", json!("pr3")), 400, "PRE-PRODUCT"),
        ("Agent", without("", "operatorId"), 400, "BODY-OPERATOR"),
        ("Agent", set("/operatorId", json!(null)), 400, "BODY-OPERATOR"),
        ("Agent", set("/productId", json!(7)), 400, "BODY-PRODUCT"),
        ("Agent", without("", "items"), 400, "BODY-ITEMS"),
        ("Agent", set("/items", json!({"0": {}})), 422, "BODY-ITEMS"),
        ("Agent", without("/items/1", "packageId"), 400, "ITEM-PACKAGE"),
        ("Agent", set("/items/0/packageId", json!({"id": "pa"})), 400, "ITEM-PACKAGE"),
        ("Agent", set("/items/1/beneficiaryMsisdn", json!(true)), 400, "ITEM-MSISDN"),
        ("Agent", good(2).body(""), 400, "BODY-JSON"),
        ("Agent", good(2).body(&b"{\"operatorId\": \"op1\""[..]), 400, "BODY-JSON"),
        ("Agent", good(2).body([0xFF, 0xFE, b'{', 0, b'}', 0]), 400, "BODY-JSON"),
        ("Agent", good(2).body("[]"), 400, "BODY-OBJECT"),
        ("Agent", good(2).body("\"text\""), 400, "BODY-OBJECT"),
        ("Agent", good(2).key(KeyUse::Absent), 401, "AUTH-MISSING"),
        ("Agent", good(2).key(bad), 401, "AUTH-UNKNOWN"),
        ("Customer", good(2), 403, "ROLE-OTHER"),
        ("Staff", good(20), 403, "ROLE-OTHER"),
        ("Agent", of(&["pb"; 20]), 402, "BALANCE-SHORT"),
    ]
}

pub(crate) fn answered(role: &str, order: &Order, status: u16) -> Said {
    funded(4_000, role, order, status)
}

fn funded(balance: i64, role: &str, order: &Order, status: u16) -> Said {
    answer(Stage::new(), balance, role, order, status)
}

/// The answer of a server that has accepted another order.
fn refused(role: &str, order: &Order, status: u16) -> Said {
    answer(Stage::not_deaf(), 4_000, role, order, status)
}

fn answer(mut stage: Stage, balance: i64, role: &str, order: &Order, status: u16) -> Said {
    let mut case = stage.case();
    let actor = case.account(role, balance);
    let sent = case.order(actor, order.clone());
    if status == 200 {
        sent.created();
    } else {
        sent.refused(status);
    }
    stage.judge()
}

#[test]
fn one_defect_has_one_right_answer() {
    for (role, order, right, id) in defects() {
        let said = answered(role, &order, right);
        said.fails(&[]).shows(&[id, "STATUS-DOCUMENTED", "ERR-ENVELOPE", "ERR-CODE", "ERR-LEAK"]);
        said.says_nothing_of(&["COUNT-RANGE", "ROUTE-POST", "BALANCE-EXACT", "RESP-SHAPE"]);
        // Another documented refusal, an acceptance, an undocumented status, and a server error.
        let other = if right == 403 { 422 } else { 403 };
        for (status, fails) in [(other, id), (200, id), (418, id), (500, "STATUS-DOCUMENTED")] {
            assert_ne!(status, right);
            let said = answered(role, &order, status);
            said.fails(&[fails]).in_findings(1);
            let cause = if status == 200 { "accepted".to_owned() } else { format!("answered {status}") };
            said.because(fails, &cause);
        }
    }
}

/// If the catalog is unknown, the ids may be right or wrong, but a key is still required.
#[test]
fn a_key_is_needed_whatever_is_sold() {
    let without_catalog = |order: &Order, status| {
        let mut stage = Stage::new();
        stage.header.environment.catalog = None;
        answer(stage, 4_000, "Agent", order, status)
    };
    let keyless = good(2).key(KeyUse::Absent);
    without_catalog(&keyless, 401).fails(&[]).shows(&["AUTH-MISSING"]);
    // The ids may have been refused first.
    without_catalog(&keyless, 400).fails(&[]).says_nothing_of(&["AUTH-MISSING", "PRE-PACKAGE"]);
    for status in [200, 403, 418] {
        without_catalog(&keyless, status).fails(&["AUTH-MISSING"]);
    }
    for status in [200, 400] {
        without_catalog(&good(2), status).fails(&[]);
    }
    without_catalog(&good(1), 422).fails(&[]).shows(&["COUNT-LOW"]);
    without_catalog(&good(1), 200).fails(&["COUNT-LOW"]);
}

#[test]
fn a_valid_order_is_accepted() {
    for (role, id) in [("Agent", "ROLE-AGENT"), ("SuperAgent", "ROLE-SUPERAGENT")] {
        for count in 2..=20 {
            let said = answered(role, &good(count), 200);
            said.fails(&[]).passes(&[
                "ROUTE-POST",
                id,
                "COUNT-RANGE",
                "RESP-STATUS",
                "RESP-SHAPE",
                "RESP-MESSAGE",
                "RESP-ORDER-ID",
                "RESP-REFERENCE",
                "RESP-COUNT",
                "RESP-TOTAL",
                "STATUS-DOCUMENTED",
                "ERR-LEAK",
            ]);
        }
        for (status, fails) in [
            (400, "ROUTE-POST"),
            (401, "AUTH-HEADER"),
            (402, "BALANCE-EXACT"),
            (403, id),
            (422, "COUNT-RANGE"),
            (409, "STATUS-DOCUMENTED"),
            (503, "STATUS-DOCUMENTED"),
            (201, "RESP-STATUS"),
        ] {
            refused(role, &good(2), status).fails(&[fails]).in_findings(1);
        }
    }
}

/// A finding names what all refused orders have and no accepted one has; a wallet with two possible balances does not
/// count as exact.
#[test]
fn exact_balances_alone_are_refused() {
    let mut stage = Stage::new();
    for items in [2, 3] {
        let mut case = stage.case();
        let agent = case.agent(items * 110);
        case.order(agent, good(items as usize)).refused(400);
        let mut case = stage.case();
        let agent = case.agent(10_000);
        case.order(agent, good(2)).lost();
        case.order(agent, good(items as usize)).created();
    }
    stage.judge().fails(&["BALANCE-EXACT"]);
}

#[test]
fn a_wrong_refusal_breaks_first_what_the_case_is_about() {
    let mut stage = Stage::not_deaf();
    let mut case = stage.case().serving(&["RESP-TOTAL", "COUNT-RANGE"]);
    let agent = case.agent(1_000);
    case.order(agent, good(2)).refused(400);
    let said = stage.judge();
    said.fails(&["COUNT-RANGE"]);
    let candidates = &said.0.findings[0].example.candidates;
    assert_eq!(candidates, &["COUNT-RANGE", "ROUTE-POST", "ROLE-AGENT"]);
}

#[test]
fn the_headers_name_may_be_in_any_letter_case() {
    for (status, fails) in [(200, &[][..]), (401, &["AUTH-HEADER"])] {
        let order = good(2).key(KeyUse::OwnHeaderCase("x-api-key".into()));
        let said = refused("Agent", &order, status);
        said.fails(fails);
        if fails.is_empty() {
            said.shows(&["AUTH-HEADER"]);
        }
    }
}

#[test]
fn a_revoked_key_is_an_unknown_one() {
    for (status, fails) in [(401, &[][..]), (200, &["AUTH-UNKNOWN"]), (403, &["AUTH-UNKNOWN"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.facts(agent).revoked = true;
        let sent = case.order(agent, good(2));
        if status == 200 {
            sent.created();
        } else {
            sent.refused(status);
        }
        stage.judge().fails(fails);
    }
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(2)).unknown_actor().refused(401);
    stage.judge().fails(&[]).shows(&["AUTH-UNKNOWN"]);
}

#[test]
fn open_questions_are_answered_either_way_and_reported() {
    let doubled = good(2).number(1, json!("233200000001"));
    let large = good(2).with(|it| it["pad"] = json!("a".repeat(70_000)));
    for (order, ids, allowed) in [
        (doubled.clone(), &["AMB-DUPLICATE"][..], &[200, 400, 409][..]),
        (doubled.number(1, json!("0200000001")), &["AMB-DUPLICATE", "AMB-MSISDN-FORM"], &[200, 400, 409]),
        (good(2).with(|it| it["x"] = json!(1)), &["AMB-EXTRA-FIELD"], &[200, 400]),
        (good(2).with(|it| it["items"][1]["x"] = json!(1)), &["AMB-EXTRA-FIELD"], &[200, 400]),
        (good(2).media(None), &["AMB-MEDIA-TYPE"], &[200, 400, 415, 422]),
        (good(2).media(Some("text/plain")), &["AMB-MEDIA-TYPE"], &[200, 400, 415, 422]),
        (good(2).header("content-type", "text/plain"), &["AMB-MEDIA-TYPE"], &[200, 400, 415, 422]),
        (good(2).number(0, json!("0201234567")), &["AMB-MSISDN-FORM"], &[200, 400]),
        (good(2).number(0, json!("+233 20 123 4567")), &["AMB-MSISDN-FORM"], &[200, 400]),
        (good(2).number(0, json!("233501234567")), &["AMB-MSISDN-FORM"], &[200, 400]),
        (large, &["AMB-EXTRA-FIELD", "AMB-SIZE"], &[200, 400, 413, 422]),
    ] {
        for status in [200, 400, 403, 409, 413, 415, 422] {
            let said = answered("Agent", &order, status);
            if !allowed.contains(&status) {
                let said = said.0.findings.iter().map(|it| it.requirement.as_str()).collect::<Vec<_>>();
                let fails = match status {
                    403 => "ROLE-AGENT",
                    422 => "COUNT-RANGE",
                    _ => "STATUS-DOCUMENTED",
                };
                assert_eq!(said, [fails], "{status} {ids:?}");
                continue;
            }
            said.fails(&[]);
            // A status is an observation about an open question if no other question allows it.
            let answers = |id: &str| crate::catalog::contract().catalogue.accepts(id).contains(&status);
            let asked = ids.iter().filter(|id| answers(id));
            if status != 200 && asked.clone().count() > 1 {
                continue;
            }
            for id in asked {
                let choices = &said.0.ambiguities.iter().find(|it| it.id == **id).unwrap().choices;
                assert_eq!(choices.len(), 1, "{id} {status}");
                assert!(choices[0].0.starts_with(&status.to_string()), "{choices:?}");
            }
        }
    }
    for media in ["application/json; charset=utf-8", "application/json;charset=UTF-8"] {
        let said = answered("Agent", &good(2).media(Some(media)), 400);
        said.fails(&["ROUTE-POST"]);
    }
}

#[test]
fn absent_items_are_invalid_or_none() {
    for status in [400, 422] {
        let said = answered("Agent", &set("/items", json!(null)), status);
        said.fails(&[]).shows(&["BODY-ITEMS"]);
        let choices = &said.0.ambiguities.iter().find(|it| it.id == "AMB-ITEMS-ABSENT").unwrap().choices;
        assert!(choices[0].0.starts_with(&status.to_string()));
    }
}

#[test]
fn what_parsers_disagree_on_may_be_taken_or_refused() {
    let text = good(2).json.to_string();
    for body in [
        text.replacen('{', "{\"productId\":\"pr1\",", 1).into_bytes(),
        text.replacen("[{", "[{\"packageId\":\"pa\",", 1).into_bytes(),
        format!("\u{FEFF}{text}").into_bytes(),
        text.replacen('{', "{\"x\":\"\\ud800\",", 1).into_bytes(),
    ] {
        for status in [200, 400, 402, 409, 422] {
            answered("Agent", &good(2).body(body.clone()), status).fails(&[]);
        }
        let said = refused("Agent", &good(2).body(body), 403);
        assert_eq!(said.0.verdict, Verdict::NotConformant);
    }
    // What is nested deeply may be refused too, and what is around it is judged.
    let deep =
        |text: &str| text.replacen('{', &format!("{{\"x\":{}{},", "[".repeat(200), "]".repeat(200)), 1);
    for (status, fails) in [(200, &[][..]), (400, &[]), (422, &[]), (409, &["STATUS-DOCUMENTED"])] {
        answered("Agent", &good(2).body(deep(&text).into_bytes()), status).fails(fails);
    }
    let one = deep(&good(1).json.to_string()).into_bytes();
    for (status, fails) in [(400, &[][..]), (422, &[]), (200, &["COUNT-LOW"])] {
        answered("Agent", &good(1).body(one.clone()), status).fails(fails);
    }
    // Some parsers refuse a number beyond the range of a double as invalid; only 400 is a valid refusal.
    let huge = text.replacen('{', "{\"x\":1e999,", 1);
    for (status, fine) in [(200, true), (400, true), (422, false)] {
        let said = refused("Agent", &good(2).body(huge.clone()), status);
        assert_eq!(said.0.verdict != Verdict::NotConformant, fine, "{status}");
    }
    // A body that is not UTF-8 is not JSON. What a lenient decoder reads may still be refused for another defect.
    let mut bytes = good(21).json.to_string().into_bytes();
    let at = bytes.windows(5).position(|it| it == b"23320").unwrap();
    bytes.splice(at..at, [0xFF]);
    for (status, fails) in [(400, &[][..]), (422, &[]), (403, &["BODY-JSON"]), (200, &["BODY-JSON"])] {
        answered("Agent", &good(2).body(bytes.clone()), status).fails(fails);
    }
}

#[test]
fn unknown_roles_and_balances_allow_more_answers() {
    for status in [200, 402, 403] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let somebody = case.agent(0);
        let facts = case.facts(somebody);
        (facts.role, facts.balance) = (None, None);
        let sent = case.order(somebody, good(2));
        if status == 200 {
            sent.created();
        } else {
            sent.refused(status);
        }
        stage.judge().fails(&[]).says_nothing_of(&["ROLE-AGENT", "ROLE-OTHER", "BALANCE-SHORT"]);
    }
}

#[test]
fn unavailable_products_are_open() {
    let order =
        good(2).with(|it| it["productId"] = json!("pu")).package(0, json!("pu1")).package(1, json!("pu1"));
    for (status, fails) in [(200, &[][..]), (400, &[]), (403, &["ROLE-AGENT"])] {
        answered("Agent", &order, status).fails(fails);
    }
}

#[test]
fn of_several_defects_any_may_win() {
    let order = good(21).package(0, json!("nope"));
    for (status, fails) in
        [(400, &[][..]), (403, &[]), (422, &[]), (402, &["ROLE-OTHER"]), (401, &["ROLE-OTHER"])]
    {
        let said = funded(1_000_000, "Customer", &order, status);
        said.fails(fails).says_nothing_of(&["COUNT-HIGH", "PRE-PACKAGE"]);
    }
}

#[test]
fn throttling_is_no_verdict() {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(2)).error(429, "TOO_MANY");
    case.wallet_sent(agent).bytes(429, None, "");
    stage
        .judge()
        .fails(&[])
        .passes(&["ERR-LEAK"])
        .observes("AMB-THROTTLE", &[("429, and again after a wait", 1)]);
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(2)).error(429, "TOO_MANY");
    case.order(agent, good(2)).created();
    case.wallet(agent, 780);
    stage.judge().fails(&[]).shows(&["MONEY-DEBIT", "STATUS-DOCUMENTED"]);
}

/// Some readers take `null` for an object without members, which has no items.
#[test]
fn a_body_of_null_has_no_items() {
    for (body, status, fails) in [
        ("null", 400, &[][..]),
        ("null", 422, &[]),
        ("[]", 422, &["BODY-OBJECT"]),
        ("null", 402, &["BODY-OBJECT"]),
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, good(2).body(body)).refused(status);
        stage.judge().fails(fails);
    }
}
