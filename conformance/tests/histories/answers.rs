//! Content of answers: form and fields of a created order, envelope and code of an error, and what no answer may
//! reveal.

use serde_json::{Value, json};

use crate::catalog::{JSON, ghs, good};
use crate::said::Said;
use crate::stage::Stage;

/// Creates an order of two from a wallet of 10.00, with a change of the data in its answer.
fn created(change: impl FnOnce(&mut Value)) -> Said {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(2)).created_with(change);
    stage.judge()
}

fn created_as(kind: Option<&str>, change: impl FnOnce(String) -> Vec<u8>) -> Said {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(2)).created_as(kind, change);
    stage.judge()
}

#[test]
fn each_field_of_a_created_order() {
    let long = |letters: usize| json!("a".repeat(letters));
    for (field, value, fails) in [
        ("message", json!("."), &[][..]),
        ("message", json!(""), &["RESP-MESSAGE"]),
        ("message", json!(" \n"), &["RESP-MESSAGE"]),
        ("message", json!(7), &["RESP-SHAPE"]),
        ("message", json!(null), &["RESP-SHAPE"]),
        ("orderId", json!(""), &["RESP-ORDER-ID"]),
        ("orderId", json!(" "), &["RESP-ORDER-ID"]),
        ("orderId", json!(7), &["RESP-SHAPE"]),
        ("shortReference", json!("Ab1"), &[]),
        ("shortReference", long(16), &[]),
        ("shortReference", json!(""), &["RESP-REFERENCE"]),
        ("shortReference", json!("12-34"), &["RESP-REFERENCE"]),
        ("shortReference", json!("1234é"), &["RESP-REFERENCE"]),
        ("shortReference", json!(514_220), &["RESP-SHAPE"]),
        ("recipientCount", json!(3), &["RESP-COUNT"]),
        ("recipientCount", json!(0), &["RESP-COUNT"]),
        ("recipientCount", json!("2"), &["RESP-SHAPE"]),
        ("recipientCount", json!(2.5), &["RESP-COUNT", "RESP-SHAPE"]),
        ("totalAmount", json!(2.21), &["RESP-TOTAL"]),
        ("totalAmount", json!(0), &["RESP-TOTAL"]),
        ("totalAmount", json!(2.205), &["RESP-TOTAL"]),
        ("totalAmount", json!("2.2"), &["RESP-SHAPE"]),
        ("totalAmount", json!(220), &["RESP-TOTAL"]),
        ("success", json!(false), &["RESP-SHAPE"]),
        ("success", json!("true"), &["RESP-SHAPE"]),
        ("more", json!({"anything": []}), &[]),
        ("status", json!("processing"), &[]),
        ("status", json!("queued"), &["REV-STATUS"]),
        ("status", json!(7), &["REV-STATUS"]),
    ] {
        created(|it| it[field] = value).fails(fails);
    }
    // No page says how short a short reference is.
    created(|it| it["shortReference"] = long(17)).warns(&["RESP-REFERENCE"]);
    created(|it| it["message"] = json!("Bulk order created with 3 recipients.")).warns(&["RESP-MESSAGE"]);
    created(|it| it["message"] = json!("Bulk order created with 2 recipients.")).fails(&[]);
    for field in ["success", "message", "orderId", "shortReference", "totalAmount", "recipientCount"] {
        let said = created(|it| drop(it.as_object_mut().unwrap().remove(field)));
        said.fails(&["RESP-SHAPE"]).in_findings(1);
    }
}

#[test]
fn numbers_are_read_as_they_are_written() {
    for (total, fails, seen) in [
        ("2.2", &[][..], "the shortest decimal"),
        ("2.20", &[], "an amount with trailing zeros"),
        ("220e-2", &[], "an amount with an exponent"),
        ("2.2000000000000002", &["RESP-TOTAL"], ""),
        ("0.22e1", &[], "an amount with an exponent"),
    ] {
        let said = created_as(Some(JSON), |text| text.replace("2.2,", &format!("{total},")).into());
        said.fails(fails).observes("AMB-DECIMALS", &[(seen, 1)][usize::from(seen.is_empty())..]);
    }
    let said =
        created_as(Some(JSON), |text| text.replace("\"recipientCount\":2", "\"recipientCount\":2.0").into());
    said.fails(&[]).observes("AMB-DECIMALS", &[("a count with decimals", 1), ("the shortest decimal", 1)]);
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(10_000);
    case.order(agent, good(10)).created();
    stage.judge().fails(&[]).observes("AMB-DECIMALS", &[("a whole number", 1)]);
}

#[test]
fn the_form_of_the_answer() {
    let plain = |text: String| text.into_bytes();
    for kind in [JSON, "application/json; charset=utf-8", "Application/JSON"] {
        created_as(Some(kind), plain).fails(&[]).shows(&["RESP-STATUS", "RESP-SHAPE"]);
    }
    for (kind, cause) in [(None, "not declared as JSON"), (Some("text/html"), "not declared as JSON")] {
        created_as(kind, plain).fails(&["RESP-STATUS"]).because("RESP-STATUS", cause).shows(&["RESP-TOTAL"]);
    }
    let said = created_as(Some(JSON), |text| format!("\u{FEFF}{text}").into());
    said.fails(&["RESP-STATUS"]).because("RESP-STATUS", "byte order mark").says_nothing_of(&["RESP-SHAPE"]);
    let said =
        created_as(Some(JSON), |text| [text.replace("}}", ",\"x\":\"").as_bytes(), b"\xFF\"}}"].concat());
    said.fails(&["RESP-STATUS"]).because("RESP-STATUS", "not UTF-8").says_nothing_of(&["RESP-TOTAL"]);
    for body in ["", "<html>", "{\"success\":true"] {
        let said = created_as(Some(JSON), |_| body.into());
        said.fails(&["RESP-STATUS"]).because("RESP-STATUS", "not JSON");
    }
    for body in ["[]", "{}", "null", "{\"success\":true,\"data\":[]}"] {
        created_as(Some(JSON), |_| body.into()).fails(&["RESP-SHAPE"]);
    }
    created_as(Some(JSON), |text| text.replacen("\"success\":true", "\"success\":false", 1).into())
        .fails(&["RESP-SHAPE"]);
}

#[test]
fn balances_of_the_later_revision_are_true() {
    for (before, after, fails, cause) in [
        (json!(10), json!(7.8), &[][..], ""),
        (json!(10), json!(7.81), &["REV-BALANCE"], "does not add up"),
        (json!(11), json!(8.8), &["REV-BALANCE"], "not the balance"),
        (json!("10"), json!(7.8), &["REV-BALANCE"], "/data/walletBalanceBefore"),
        (json!(10), json!("7.8"), &["REV-BALANCE"], "/data/walletBalanceAfter"),
        (json!(10.001), json!(7.801), &["REV-BALANCE"], "not pesewas"),
        (json!(10), json!(7.801), &["REV-BALANCE"], "not pesewas"),
    ] {
        let said = created(|it| {
            it["walletBalanceBefore"] = before;
            it["walletBalanceAfter"] = after;
        });
        said.fails(fails);
        if fails.is_empty() {
            said.shows(&["REV-BALANCE", "RESP-SHAPE"]);
        } else {
            said.because("REV-BALANCE", cause).shows(&["RESP-SHAPE"]);
        }
    }
    created(|it| it["walletBalanceBefore"] = json!(99)).fails(&[]);
    created(|it| it["walletBalanceAfter"] = json!(null)).fails(&[]);
    created(|it| it["status"] = json!("processing")).fails(&[]).shows(&["REV-STATUS"]);
}

#[test]
fn balances_of_orders_at_once_only_have_to_add_up() {
    for (before, after, fails) in [(5, 2.8, &[][..]), (5, 3.0, &["REV-BALANCE"])] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        for _ in 0..2 {
            case.order(agent, good(2)).at(1, 1_000, 2_000).created_with(|it| {
                it["walletBalanceBefore"] = json!(before);
                it["walletBalanceAfter"] = json!(after);
            });
        }
        stage.judge().fails(fails);
    }
}

#[test]
fn the_envelope_of_an_error() {
    let error = json!({"success": false, "error": {"message": "No.", "code": "BUY_DATA_BULK_FAILED"}});
    let with = |change: fn(&mut Value)| {
        let mut json = error.clone();
        change(&mut json);
        json.to_string()
    };
    for (kind, body, fails, cause) in [
        (Some(JSON), error.to_string(), &[][..], ""),
        (Some("application/json; charset=utf-8"), with(|it| it["more"] = json!(1)), &[], ""),
        (Some("text/html"), error.to_string(), &["ERR-ENVELOPE"], "not declared as JSON"),
        (None, error.to_string(), &["ERR-ENVELOPE"], "not declared as JSON"),
        (Some(JSON), format!("\u{FEFF}{error}"), &["ERR-ENVELOPE"], "not declared as JSON"),
        (Some(JSON), with(|it| it["success"] = json!(true)), &["ERR-ENVELOPE"], "claims success"),
        (Some(JSON), with(|it| it["success"] = json!("false")), &["ERR-ENVELOPE"], "not the envelope"),
        (Some(JSON), with(|it| it["error"] = json!("No.")), &["ERR-ENVELOPE"], "not the envelope"),
        (Some(JSON), with(|it| it["error"]["code"] = json!(422)), &["ERR-ENVELOPE"], "not the envelope"),
        (Some(JSON), with(|it| it["error"]["message"] = json!(null)), &["ERR-ENVELOPE"], "not the envelope"),
        (Some(JSON), String::new(), &["ERR-ENVELOPE"], "not the envelope"),
        (Some("text/html"), "<h1>Unprocessable</h1>".into(), &["ERR-ENVELOPE"], "not the envelope"),
        (Some("application/problem+json"), error.to_string(), &[], ""),
        (Some(JSON), with(|it| it["error"]["code"] = json!("OTHER")), &[], ""),
        (Some(JSON), with(|it| it["error"]["code"] = json!("")), &["ERR-CODE"], "empty"),
        (
            Some(JSON),
            with(|it| it["error"]["code"] = json!("UNAUTHORIZED")),
            &["ERR-CODE"],
            "422 with UNAUTHORIZED",
        ),
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, good(1)).bytes(422, kind, body);
        let said = stage.judge();
        said.fails(fails).shows(&["COUNT-LOW"]);
        match fails {
            [] => said.shows(&["ERR-ENVELOPE", "ERR-CODE"]),
            [id] => said.because(id, cause).in_findings(1),
            _ => unreachable!(),
        };
    }
}

#[test]
fn the_code_of_an_invalid_request_tells_whether_it_parsed() {
    for (order, code, fails) in [
        (good(2).body("{"), "INVALID_JSON", &[][..]),
        (good(2).body("{"), "BUY_DATA_BULK_FAILED", &[]),
        (good(2).body(""), "EMPTY_BODY", &[]),
        // A strict parser accepts only lists and objects.
        (good(2).body("7"), "INVALID_JSON", &[]),
        (good(2).package(0, json!("nope")), "INVALID_JSON", &["ERR-CODE"]),
        (good(2).package(0, json!("nope")), "BUY_DATA_BULK_FAILED", &[]),
        // With two reasons, or if the body may or may not have been parsed, either code is right.
        (good(2).package(0, json!("nope")).number(1, json!("")), "INVALID_JSON", &["ERR-CODE"]),
        (good(2).package(0, json!("nope")).media(None), "INVALID_JSON", &[]),
        (good(2).package(0, json!("nope")).media(None), "UNAUTHORIZED", &["ERR-CODE"]),
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, order).error(400, code);
        stage.judge().fails(fails);
    }
}

#[test]
fn statuses_beyond_the_document_have_no_form() {
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(2).media(Some("text/plain"))).bytes(415, Some("text/html"), "<h1>No</h1>");
    stage.judge().fails(&[]).says_nothing_of(&["ERR-ENVELOPE", "ERR-CODE"]);
    let mut case = stage.case();
    let agent = case.agent(1_000);
    let success = json!({"success": true});
    case.order(agent, good(2).media(Some("text/plain"))).json(415, &success);
    stage.judge().fails(&["ERR-ENVELOPE"]).because("ERR-ENVELOPE", "claims success");
}

#[test]
fn no_answer_shows_the_key_or_a_stack_trace() {
    let error =
        |text: &str| json!({"success": false, "error": {"message": text, "code": "BUY_DATA_BULK_FAILED"}});
    for text in [
        "Traceback (most recent call last): ...",
        "thread 'main' panicked at src/main.rs:7",
        "Error\n    at Object.<anonymous> (/srv/app/index.js:1:7)",
        "/srv/node_modules/express/lib/router.js",
        "goroutine 1 [running]:",
        "Exception in thread \"main\"",
        "Unhandled exception.",
        "stack backtrace:",
        "at handlers.rs:17",
    ] {
        let mut stage = Stage::new();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, good(1)).json(422, &error(text));
        stage.judge().fails(&["ERR-LEAK"]).because("ERR-LEAK", "stack trace").in_findings(1);
    }
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(1)).echoing(422, &error("no funds for ***"));
    stage.judge().fails(&["ERR-LEAK"]).because("ERR-LEAK", "key echoed").in_findings(1);
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.wallet_sent(agent).echoing(429, &error("panicked at ***"));
    stage.judge().fails(&["ERR-LEAK"]).because("ERR-LEAK", "key echoed");
    let mut stage = Stage::new();
    let mut case = stage.case();
    let agent = case.agent(1_000);
    case.order(agent, good(1)).json(422, &error("at most 20 recipients, at least 2"));
    stage.judge().fails(&[]).shows(&["ERR-LEAK"]);
}

#[test]
fn a_created_order_is_judged_by_its_total_where_prices_are_unknown() {
    for (total, fails) in [(ghs(2), &[][..]), (ghs(0), &["RESP-TOTAL"]), (json!(-1), &["RESP-TOTAL"])] {
        let mut stage = Stage::unpriced();
        let mut case = stage.case();
        let agent = case.agent(1_000);
        case.order(agent, good(2)).created_with(|it| it["totalAmount"] = total);
        stage.judge().fails(fails);
    }
}
