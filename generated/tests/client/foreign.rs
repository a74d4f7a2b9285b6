//! Servers of other authors: correct in everything that a page says, and different in everything else.
//!
//! `field/` has the recorded answers of three servers that were written from the page alone (Express, Django, Lumen).

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::IntoResponse;
use generated::{BulkOrder, Count, Error, KEY_VARIABLE, Key, Money, NetConnect};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::liberties::{liberties, read_as};

/// An answer: status, content type, body.
type Answer = (u16, &'static str, String);

const JSON: &str = "application/json";

fn ok(data: Value) -> Answer {
    (200, JSON, json!({"success": true, "data": data}).to_string())
}

/// A server that sells, and answers readings with a list of answers in order; the last one is repeated.
struct Foreign {
    url: String,
    bought: Arc<AtomicUsize>,
}

struct Script {
    purchase: Answer,
    readings: Vec<Answer>,
    bought: Arc<AtomicUsize>,
    read: AtomicUsize,
}

async fn play(State(script): State<Arc<Script>>, request: Request) -> impl IntoResponse {
    let (status, kind, body) = if request.method() == Method::POST {
        script.bought.fetch_add(1, Ordering::SeqCst);
        script.purchase.clone()
    } else {
        let at = script.read.fetch_add(1, Ordering::SeqCst);
        script.readings[at.min(script.readings.len() - 1)].clone()
    };
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
    (StatusCode::from_u16(status).unwrap(), headers, body)
}

impl Foreign {
    async fn start(purchase: Answer, readings: Vec<Answer>) -> Self {
        let bought = Arc::new(AtomicUsize::new(0));
        let script = Script { purchase, readings, bought: Arc::clone(&bought), read: AtomicUsize::new(0) };
        let app = axum::Router::new().fallback(play).with_state(Arc::new(script));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, bought }
    }

    fn client(&self) -> NetConnect {
        NetConnect::builder().key(Key::new("netconnect_test_x").unwrap()).base_url(&self.url).build().unwrap()
    }

    /// Runs `buy-bulk` with these arguments; returns its exit code, output and warnings.
    async fn buy_bulk(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_buy-bulk"));
        command.env_clear().env(KEY_VARIABLE, "netconnect_test_x").args(["--url", &self.url]).args(arguments);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    /// Buys for two recipients and follows the order.
    async fn order(&self, wait: &str) -> (Option<i32>, String, String) {
        let said = self
            .buy_bulk(&[
                "order",
                "--operator",
                "k57",
                "--product",
                "p22",
                "--package",
                "q34",
                "--to",
                "0201234567",
                "--to",
                "0209876543",
                "--wait",
                wait,
            ])
            .await;
        assert_eq!(self.bought.load(Ordering::SeqCst), 1, "a purchase is sent once");
        said
    }
}

fn order() -> BulkOrder {
    BulkOrder::new("k57", "p22").to("0201234567", "q34").to("0209876543", "q34")
}

fn receipt() -> Answer {
    ok(json!({"success": true, "message": "Processing", "orderId": "kr7", "shortReference": "514220",
        "totalAmount": 25.5, "recipientCount": 2}))
}

#[tokio::test]
async fn every_order_that_a_conforming_server_may_show_is_read() {
    for (name, order, recipients) in liberties() {
        let server = Foreign::start(receipt(), vec![ok(order.clone())]).await;
        let read = server.client().order("kr7").await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((read.order_id.as_str(), read.recipients().len()), ("kr7", recipients), "{name}");
        assert!(!read.is_under_way() && !read.has_failed(), "{name}");
        // A field that the type does not have is kept unchanged.
        let (sent, kept) = (order, serde_json::to_value(&read).unwrap());
        for (field, value) in sent.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()) {
            let same = kept[field] == *value || (field == "amount" && kept[field].as_f64() == value.as_f64());
            assert!(same, "{name}: {field} is {} and was {value}", kept[field]);
        }
    }
}

#[tokio::test]
async fn the_command_line_buys_from_each_and_sees_it_through() {
    for (name, order, recipients) in liberties() {
        let mut under_way = order.clone();
        under_way["state"] = json!("PROCESSING");
        let server = Foreign::start(receipt(), vec![ok(under_way), ok(order)]).await;
        let (code, out, warned) = server.order("10").await;
        assert_eq!(code, Some(0), "{name}: {out}{warned}");
        assert_eq!(out.matches("kr7").count(), 2, "{name}: the receipt and the order: {out}");
        assert_eq!(out.lines().filter(|line| line.contains("2332")).count(), recipients, "{name}: {out}");
        assert_eq!(warned.contains("shows no recipients"), recipients == 0, "{name}: {warned}");
    }
}

/// No outcome after a purchase may look as if it had not happened.
#[tokio::test]
async fn an_order_that_can_not_be_read_afterwards_was_placed_all_the_same() {
    for (name, reading) in [
        ("no such page", (404, "text/html", "<h1>Not Found</h1>".to_owned())),
        ("no envelope", (200, JSON, "[]".to_owned())),
        ("no JSON", (200, "text/plain", "ok".to_owned())),
        ("an amount as a text", ok(read_as(json!({"amount": "25.50"})))),
        ("a server error", (500, JSON, "{}".to_owned())),
        (
            "not authorised",
            (
                401,
                JSON,
                json!({"success": false, "error": {"message": "no", "code": "UNAUTHORIZED"}}).to_string(),
            ),
        ),
        ("throttled", (429, JSON, String::new())),
    ] {
        let server = Foreign::start(receipt(), vec![reading]).await;
        let (code, out, warned) = server.order("1").await;
        assert_eq!(code, Some(7), "{name}: {warned}");
        assert!(out.contains("kr7") && out.contains("25.50 GHS"), "{name}: {out}");
        assert!(
            warned.contains("warning: the order was placed, and how far it is could not be read: "),
            "{name}: {warned}"
        );
        assert!(warned.contains("`buy-bulk status kr7 --wait 60` follows it"), "{name}: {warned}");
    }
}

#[tokio::test]
async fn a_reading_that_fails_now_and_then_does_not_end_following() {
    let broken = || (503, "text/html", "busy".to_owned());
    let under_way = || ok(read_as(json!({"state": "pending"})));
    let readings = vec![broken(), under_way(), broken(), broken(), ok(read_as(json!({})))];
    let (code, out, warned) = Foreign::start(receipt(), readings).await.order("20").await;
    assert!(code == Some(0) && out.contains("completed") && !warned.contains("warning"), "{out}{warned}");
    // The last reading of the order is shown if no later one succeeds.
    let (code, out, warned) = Foreign::start(receipt(), vec![under_way(), broken()]).await.order("20").await;
    assert!(
        code == Some(7) && out.contains("pending") && warned.contains("was not seen to end in time"),
        "{out}{warned}"
    );
}

#[tokio::test]
async fn an_order_that_fails_is_told_with_or_without_recipients() {
    let failed = |more: Value| ok(read_as(more));
    for (order, told) in [
        (failed(json!({"state": "FAILED", "errorMessage": "no stock"})), "the order is failed: no stock"),
        (failed(json!({"state": "reversed"})), "the order is reversed: no reason given"),
        (
            failed(
                json!({"lines": [{"to": "233201234567", "state": "failed"}, {"to": "233209876543", "state": "completed"}]}),
            ),
            "1 of 2 recipients failed\n  0: no reason given",
        ),
    ] {
        let (code, _, said) = Foreign::start(receipt(), vec![order]).await.order("5").await;
        assert!(code == Some(6) && said.contains(told), "{said}");
    }
}

#[tokio::test]
async fn every_receipt_that_a_conforming_server_may_give_is_read() {
    let receipt = |more: Value| {
        let mut data = json!({"success": true, "message": "m", "orderId": "kr7", "shortReference": "5", "totalAmount": 38.0,
            "recipientCount": 2.0});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"success": true, "data": data, "requestId": "r1"}).to_string()
    };
    for body in [
        receipt(json!({})),
        receipt(json!({"status": "processing", "walletBalanceBefore": 100.0, "walletBalanceAfter": 62})),
        receipt(json!({"status": null, "walletBalanceAfter": null})),
        // A wrong optional field is no reason to lose the receipt of a purchase.
        receipt(json!({"status": {"name": "processing"}, "walletBalanceAfter": "62.00"})),
        receipt(json!({"recipients": [], "createdAt": "now"})),
    ] {
        for kind in [JSON, "application/json; charset=utf-8", "Application/JSON;charset=UTF-8;v=1"] {
            let server = Foreign::start((200, kind, body.clone()), vec![]).await;
            let created =
                server.client().buy(&order()).await.unwrap_or_else(|error| panic!("{body}: {error}"));
            assert_eq!((created.total_amount, created.recipient_count), (Money::new(3800), Count(2)));
        }
    }
}

#[tokio::test]
async fn a_refusal_is_one_whatever_its_code_and_whatever_its_body() {
    let envelope = |code: &str| {
        json!({"success": false, "error": {"message": "no", "code": code, "details": []}}).to_string()
    };
    for body in [
        envelope("ANYTHING_AT_ALL"),
        envelope(""),
        r#"{"detail": "no"}"#.to_owned(),
        "<html>no</html>".to_owned(),
        String::new(),
    ] {
        for status in [400, 401, 402, 403, 422] {
            let server = Foreign::start((status, "application/problem+json", body.clone()), vec![]).await;
            let error = server.client().buy(&order()).await.unwrap_err();
            let refused = error.refusal().unwrap_or_else(|| panic!("{status} {body}: {error:?}"));
            assert_eq!((refused.status, error.outcome_unknown()), (status, false));
            assert!(error.to_string().ends_with(&format!("status {status})")), "{error}");
        }
    }
}

#[tokio::test]
async fn the_rest_of_the_api_is_read_whatever_form_the_pages_leave_open() {
    let read = |data: Value| async move { Foreign::start(receipt(), vec![ok(data)]).await.client() };
    let profile = json!({"role": "Agent", "status": "Active", "walletAvailableBalance": 12.5, "availableBalance": null});
    let profile = read(profile).await.profile().await.unwrap();
    assert_eq!((profile.available_balance, &profile.extra["walletAvailableBalance"]), (None, &json!(12.5)));
    let wallet = json!({"availableBalance": 12.5, "heldBalance": 0, "totalBalance": 12.5, "currency": "GHS",
        "lastUpdated": "2026-11-28", "userProfileId": 7});
    assert_eq!(read(wallet).await.wallet().await.unwrap().available_balance, Money::new(1250));
    let package = json!({"_id": "q34", "label": null, "dataAmount": 1024, "validity": {"days": 30}, "price": 12.0, "status": "Active"});
    let package = read(package).await.package("q34").await.unwrap();
    assert_eq!((package.price, package.data_amount), (Money::new(1200), Some(json!(1024))));
    let products =
        json!([{"_id": "p22", "name": "Data", "operatorId": "k57", "status": "Unavailable", "rank": 1}]);
    assert_eq!(read(products).await.products("k57").await.unwrap().len(), 1);
}

#[tokio::test]
async fn pages_end_however_a_server_says_so() {
    for (cursor, done, next) in [
        (json!("abc"), false, Some("abc")),
        (json!(20), false, Some("20")),
        (json!(""), true, None),
        (json!(""), false, None),
        (Value::Null, true, None),
        (Value::Null, false, None),
        (json!("left over"), true, None),
    ] {
        let page = json!({"orders": [read_as(json!({"isBulkOrder": true}))], "isDone": done, "continueCursor": cursor});
        let server = Foreign::start(receipt(), vec![ok(page)]).await;
        let page = server.client().orders(None, None).await.unwrap();
        assert_eq!(page.next().as_deref(), next, "{cursor} and {done}");
        let (code, out, said) = server.buy_bulk(&["orders"]).await;
        assert!(code == Some(0) && out.contains("kr7"), "{out}{said}");
        assert_eq!(said.contains("more: --cursor"), next.is_some(), "{said}");
    }
    let bare = Foreign::start(receipt(), vec![ok(json!({"orders": [], "isDone": true}))]).await;
    assert_eq!(bare.client().orders(None, None).await.unwrap().next(), None);
}

/// A missing promised field makes a reading fail, and the error says where.
#[tokio::test]
async fn what_a_page_promises_is_not_guessed() {
    for (data, place) in [
        (
            json!({"orderId": "kr7", "state": "completed", "shortReference": "5"}),
            "data: missing field `amount`",
        ),
        (read_as(json!({"state": null})), "data: state: invalid type: null"),
        (read_as(json!({"amount": 25.505})), "data: amount: "),
    ] {
        let server = Foreign::start(receipt(), vec![ok(data)]).await;
        let error = server.client().order("kr7").await.unwrap_err();
        assert!(matches!(error, Error::Unexpected(_)) && error.to_string().contains(place), "{error}");
    }
}

/// Returns the recorded answers of one of the three servers, by operation.
fn recorded(text: &str) -> impl Fn(&str) -> Answer {
    let all: Value = serde_json::from_str(text).unwrap();
    move |name| {
        let answer = &all[name];
        let kind = answer["type"].as_str().unwrap();
        // The content type must be `'static`; leaking it is fine in a test.
        let kind: &'static str = if kind == JSON { JSON } else { String::leak(kind.to_owned()) };
        (
            answer["status"].as_u64().unwrap().try_into().unwrap(),
            kind,
            answer["body"].as_str().unwrap().to_owned(),
        )
    }
}

#[tokio::test]
async fn what_three_servers_answered_is_read_and_an_order_is_seen_through() {
    for text in [
        include_str!("field/express.json"),
        include_str!("field/django.json"),
        include_str!("field/php.json"),
    ] {
        let of = recorded(text);
        let readings = vec![of("getOrderStatus under way"), of("getOrderStatus")];
        let (code, out, said) = Foreign::start(of("buyBulk"), readings).await.order("10").await;
        assert_eq!(code, Some(0), "{out}{said}");
        assert_eq!(out.matches("completed").count(), 3, "the order and two recipients: {out}");
        let reading = |name: &str| {
            let answer = of(name);
            async move { Foreign::start(receipt(), vec![answer]).await.client() }
        };
        assert!(reading("getWalletBalance").await.wallet().await.unwrap().available_balance > Money::ZERO);
        assert!(reading("getProfile").await.profile().await.unwrap().available_balance.is_some());
        assert!(reading("getPackage").await.package("x").await.unwrap().price > Money::ZERO);
        assert!(!reading("listProducts").await.products("x").await.unwrap().is_empty());
        let first = reading("listOrders").await.orders(Some(1), None).await.unwrap();
        let last = reading("listOrders last").await.orders(Some(1), None).await.unwrap();
        assert!(first.next().is_some() && last.next().is_none());
        for status in [400, 401, 402, 403, 422] {
            let server = Foreign::start(of(&format!("refused {status}")), vec![]).await;
            assert_eq!(server.client().buy(&order()).await.unwrap_err().refusal().unwrap().status, status);
        }
        let missing = reading("refused 404").await.order("x").await.unwrap_err();
        assert!(matches!(missing, Error::NotFound(_)), "{missing}");
    }
}
