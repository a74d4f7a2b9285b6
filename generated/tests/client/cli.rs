//! `buy-bulk` as a partner runs it: as a separate process, against a server simulated with the typed helpers.

use std::process::{Command, Output};

use generated::mock::MockServerExt as _;
use generated::{Count, KEY_VARIABLE, Money, types};
use httpmock::MockServer;

const SECRET: &str = "netconnect_test_s3cret";
const ORDER: [&str; 9] =
    ["order", "--operator", "k57", "--product", "p22", "--package", "q34", "--to", "0201234567"];

fn buy_bulk(url: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_buy-bulk"));
    command.env_clear().env(KEY_VARIABLE, SECRET).arg("--url").arg(url).args(args);
    command
}

/// Returns the exit code and the content of both streams; checks that the key was not printed.
fn said(output: &Output) -> String {
    let text = format!(
        "exit code {}\n--- stdout\n{}--- stderr\n{}",
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!text.contains("s3cret"), "{text}");
    text
}

fn run(url: &str, args: &[&str]) -> String {
    said(&buy_bulk(url, args).output().unwrap())
}

fn order(extra: &[&'static str]) -> Vec<&'static str> {
    [&ORDER, extra].concat()
}

fn receipt() -> types::BuyBulkResponse {
    let data = types::BulkOrderSummary {
        success: true,
        message: "Bulk order created with 2 recipients. Processing...".to_owned(),
        order_id: "kr7".to_owned(),
        short_reference: "514220".to_owned(),
        total_amount: Money::new(2550),
        recipient_count: Count(2),
        status: None,
        wallet_balance_before: Some(Money::new(10_000)),
        wallet_balance_after: Some(Money::new(7450)),
    };
    types::BuyBulkResponse { success: true, data }
}

fn refusal(code: &str) -> types::ErrorResponse {
    let error = types::ErrorDetail { message: "no".to_owned(), code: code.to_owned() };
    types::ErrorResponse { success: false, error }
}

fn package(price: Money) -> types::PackageResponse {
    let text = format!(r#"{{"_id": "q34", "price": {}, "status": "Active"}}"#, price.to_json_number());
    types::PackageResponse { success: true, data: serde_json::from_str(&text).unwrap() }
}

#[test]
fn help_reads_well() {
    for (name, args) in [
        ("help", &["--help"][..]),
        ("help_order", &["order", "--help"]),
        ("help_api", &["api", "--help"]),
        ("help_api_buy_bulk", &["api", "buy-bulk", "--help"]),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_buy-bulk")).env_clear().args(args).output().unwrap();
        insta::assert_snapshot!(name, said(&output));
    }
}

#[test]
fn buys_and_prints_the_receipt() {
    let server = MockServer::start();
    let mock = server.buy_bulk(|when, then| {
        when.into_inner().header("x-api-key", SECRET);
        then.ok(&receipt());
    });
    insta::assert_snapshot!("order", run(&server.base_url(), &order(&["--to", "+233 20 987 6543=q35"])));
    mock.assert_calls(1);
    let json = run(&server.base_url(), &order(&["--to", "0209876543", "--json"]));
    assert!(json.contains(r#""totalAmount": 25.5"#), "{json}");
}

#[test]
fn sends_nothing_that_breaks_a_limit_or_costs_too_much() {
    let server = MockServer::start();
    let bought = server.buy_bulk(|_, then| {
        then.into_inner().status(500);
    });
    server.get_package(|_, then| {
        then.ok(&package(Money::new(1250)));
    });
    let url = server.base_url();
    insta::assert_snapshot!("order_not_sent", run(&url, &order(&["--to", "12"])));
    insta::assert_snapshot!("order_one_recipient", run(&url, &order(&[])));
    let two = ["--to", "0209876543"];
    insta::assert_snapshot!(
        "order_too_dear",
        run(&url, &order(&[&two[..], &["--max-total", "24.99"]].concat()))
    );
    insta::assert_snapshot!("order_dry_run", run(&url, &order(&[&two[..], &["--dry-run"]].concat())));
    bought.assert_calls(0);
}

#[test]
fn every_outcome_has_its_exit_code() {
    let two = order(&["--to", "0209876543"]);
    for (status, body, code) in [
        (401, serde_json::to_string(&refusal("UNAUTHORIZED")).unwrap(), 1),
        (402, serde_json::to_string(&refusal("BUY_DATA_BULK_FAILED")).unwrap(), 1),
        (403, serde_json::to_string(&refusal("BUY_DATA_BULK_FAILED")).unwrap(), 1),
        (404, "<html>".to_owned(), 3),
        (429, String::new(), 4),
        (502, "<html>".to_owned(), 5),
        (200, "{}".to_owned(), 5),
    ] {
        let server = MockServer::start();
        server.buy_bulk(|_, then| {
            then.into_inner().status(status).body(&body);
        });
        let output = buy_bulk(&server.base_url(), &two).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{status}: {}", said(&output));
        // Called by the name of the operation, it ends with the same code.
        let file = std::env::temp_dir().join(format!("buy-bulk-{}-{status}.json", std::process::id()));
        std::fs::write(&file, r#"{"operatorId":"k57","productId":"p22","items":[]}"#).unwrap();
        let raw = ["api", "buy-bulk", "--json-body", file.to_str().unwrap()];
        let output = buy_bulk(&server.base_url(), &raw).output().unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(output.status.code(), Some(code), "api, {status}: {}", said(&output));
    }
    assert!(run("http://127.0.0.1:9", &two).starts_with("exit code 4"));
    insta::assert_snapshot!("bad_url", run("127.0.0.1", &["wallet"]));
    let no_key = Command::new(env!("CARGO_BIN_EXE_buy-bulk")).env_clear().arg("wallet").output().unwrap();
    insta::assert_snapshot!("no_key", said(&no_key));
}

#[test]
fn follows_an_order_and_says_how_to_retry_what_failed() {
    let server = MockServer::start();
    let body = r#"{"success": true, "data": {"orderId": "kr7", "state": "failed", "shortReference": "514220",
        "amount": 25, "errorMessage": null, "recipients": [
        {"index": 0, "beneficiaryMsisdn": "233201234567", "packageId": "q34", "state": "COMPLETED", "amount": 12.5},
        {"index": 1, "beneficiaryMsisdn": "233209876543", "state": "failed", "errorMessage": "number barred"}]}}"#;
    server.get_order_status(|when, then| {
        when.order_id("kr7");
        then.into_inner().status(200).body(body);
    });
    insta::assert_snapshot!("status_failed", run(&server.base_url(), &["status", "kr7", "--wait", "5"]));
}

#[test]
fn an_order_that_is_not_seen_to_end_is_neither_delivered_nor_failed() {
    let server = MockServer::start();
    server.get_order_status(|_, then| {
        let body = r#"{"success": true, "data": {"orderId": "kr7", "state": "processing", "shortReference": "5", "amount": 25}}"#;
        then.into_inner().status(200).body(body);
    });
    insta::assert_snapshot!("status_under_way", run(&server.base_url(), &["status", "kr7", "--wait", "1"]));
    let server = MockServer::start();
    server.buy_bulk(|_, then| {
        then.ok(&receipt());
    });
    let unreadable = run(&server.base_url(), &order(&["--to", "0209876543", "--wait", "1"]));
    assert!(unreadable.starts_with("exit code 7"), "{unreadable}");
}

#[test]
fn takes_key_and_recipients_from_files() {
    let server = MockServer::start();
    let mock = server.buy_bulk(|when, then| {
        when.into_inner().header("x-api-key", "netconnect_test_other").body_includes("q99");
        then.ok(&receipt());
    });
    let dir = std::env::temp_dir().join(format!("buy-bulk-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let (key, to) = (dir.join("key"), dir.join("to"));
    std::fs::write(&key, "netconnect_test_other\n").unwrap();
    std::fs::write(&to, "# friends\n0209876543\n\n0241234567=q99 # family\n").unwrap();
    let files = ["--key-file", key.to_str().unwrap(), "--to-file", to.to_str().unwrap()];
    let output = buy_bulk(&server.base_url(), &ORDER).args(files).output().unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    assert!(output.status.success(), "{}", said(&output));
    mock.assert_calls(1);
}
