//! The layer against a server whose answers each test chooses, over real HTTP.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::IntoResponse;
use generated::{BulkOrder, Count, Error, Key, Money, NetConnect, contract};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

const SECRET: &str = "netconnect_test_s3cret";

/// What the server received in one request.
#[derive(Debug, Clone)]
struct Seen {
    line: String,
    headers: HeaderMap,
    body: Bytes,
}

/// A server that gives one answer to every request.
struct Server {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

type Answer = (StatusCode, HeaderMap, String);

#[derive(Clone)]
struct Script(Arc<Answer>, Arc<Mutex<Vec<Seen>>>);

async fn play(State(Script(answer, seen)): State<Script>, request: Request) -> impl IntoResponse {
    let line = format!("{} {}", request.method(), request.uri());
    let headers = request.headers().clone();
    let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
    seen.lock().unwrap().push(Seen { line, headers, body });
    answer.as_ref().clone()
}

impl Server {
    async fn start(status: u16, headers: &[(HeaderName, &str)], body: impl Into<String>) -> Self {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        let answer: Answer = (StatusCode::from_u16(status).unwrap(), headers.collect(), body.into());
        let seen = Arc::default();
        let app = axum::Router::new().fallback(play).with_state(Script(Arc::new(answer), Arc::clone(&seen)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen }
    }

    async fn json(status: u16, body: Value) -> Self {
        Self::start(status, &[(header::CONTENT_TYPE, "application/json")], body.to_string()).await
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn client(url: &str) -> NetConnect {
    NetConnect::builder().key(Key::new(SECRET).unwrap()).base_url(url).build().unwrap()
}

fn order() -> BulkOrder {
    BulkOrder::new("k57", "p22").to("0201234567", "q34").to("+233 20 987 6543", "q35")
}

fn refusal(code: &str) -> Value {
    json!({"success": false, "error": {"message": "no", "code": code}})
}

#[tokio::test]
async fn sends_the_key_and_the_documented_form_and_nothing_else() {
    let body = r#"{"success":true,"data":{"success":true,"message":"m","orderId":"kr7","shortReference":"514220",
        "totalAmount":37.50,"recipientCount":2.0,"walletBalanceBefore":100,"walletBalanceAfter":6.25e1,"new":[]}}"#;
    let server = Server::start(200, &[(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).await;
    let created = client(&server.url).buy(&order()).await.unwrap();
    assert_eq!(created.total_amount, Money::new(3750));
    assert_eq!(created.wallet_balance_before, Some(Money::new(10_000)));
    assert_eq!(created.wallet_balance_after, Some(Money::new(6250)));
    assert_eq!(created.recipient_count, Count(2));
    let [seen] = server.seen().try_into().unwrap();
    assert_eq!(seen.line, "POST /api/v1/data-bundles/buy-bulk");
    assert_eq!(seen.headers[contract::KEY_HEADER], SECRET);
    assert!(!seen.headers.contains_key("api-version"));
    assert_eq!(
        serde_json::from_slice::<Value>(&seen.body).unwrap(),
        json!({"operatorId": "k57", "productId": "p22", "items": [
            {"packageId": "q34", "beneficiaryMsisdn": "233201234567"},
            {"packageId": "q35", "beneficiaryMsisdn": "233209876543"},
        ]})
    );
}

#[tokio::test]
async fn the_earlier_revision_and_null_leave_optional_money_out() {
    let mut data = json!({"success": true, "message": "m", "orderId": "kr7", "shortReference": "5", "totalAmount": 25,
        "recipientCount": 2});
    for after in [None, Some(Value::Null)] {
        if let Some(after) = after {
            data["walletBalanceAfter"] = after;
        }
        let server = Server::json(200, json!({"success": true, "data": data})).await;
        let created = client(&server.url).buy(&order()).await.unwrap();
        assert_eq!((created.total_amount, created.wallet_balance_after), (Money::new(2500), None));
    }
}

#[tokio::test]
async fn every_documented_status_is_an_error_of_its_own() {
    type Is = fn(&Error) -> bool;
    let cases: [(u16, Is); 5] = [
        (400, |it| matches!(it, Error::Invalid(_))),
        (401, |it| matches!(it, Error::Unauthorized(_))),
        (402, |it| matches!(it, Error::Insufficient(_))),
        (403, |it| matches!(it, Error::Forbidden(_))),
        (422, |it| matches!(it, Error::Count(_))),
    ];
    for (status, is) in cases {
        let server = Server::json(status, refusal("CODE")).await;
        let error = client(&server.url).buy(&order()).await.unwrap_err();
        assert!(is(&error), "{status}: {error:?}");
        assert!(!error.outcome_unknown());
        let said = error.refusal().unwrap();
        assert_eq!((said.status, said.message.as_str(), said.code.as_str()), (status, "no", "CODE"));
    }
    let server = Server::json(404, refusal("ORDER_NOT_FOUND")).await;
    assert!(matches!(client(&server.url).order("kr7").await, Err(Error::NotFound(_))));
    let server = Server::json(409, refusal("RETRY_FAILED")).await;
    assert!(matches!(client(&server.url).retry("kr7", 0).await, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn what_breaks_a_limit_is_not_sent() {
    let server = Server::json(200, json!({})).await;
    let api = client(&server.url);
    let short = BulkOrder::new("k57", "p22").to("nobody", "q34");
    let error = api.buy(&short).await.unwrap_err();
    assert!(error.to_string().contains("items[0].beneficiaryMsisdn: `nobody`"), "{error}");
    assert!(matches!(api.orders(Some(contract::MAX_PAGE + 1), None).await, Err(Error::Input(_))));
    assert!(matches!(api.order(" ").await, Err(Error::Input(_))));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn an_answer_outside_the_contract_leaves_a_purchase_open_and_a_refusal_closed() {
    for (status, body, open) in [
        (200, "<html>", true),
        (200, r#"{"success":true,"data":{}}"#, true),
        (201, "{}", true),
        (307, "", true),
        (500, "oops", true),
        (504, "", true),
        (403, "<html>blocked</html>", false),
        (404, "", false),
        (413, "too large", false),
    ] {
        let server = Server::start(status, &[(header::LOCATION, "/elsewhere")], body).await;
        let error = client(&server.url).buy(&order()).await.unwrap_err();
        assert_eq!(error.outcome_unknown(), open, "{status}: {error}");
        assert!(error.to_string().contains(&status.to_string()), "{error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"));
        assert_eq!(server.seen().len(), 1, "neither redirected nor retried");
        // A reading spends nothing, so its outcome is never unknown.
        assert!(!client(&server.url).wallet().await.unwrap_err().outcome_unknown());
    }
}

#[tokio::test]
async fn a_receipt_that_denies_itself_or_has_noise_below_a_pesewa_is_none() {
    for (success, total) in [("false", "25"), ("true", "25.300000000000004")] {
        let body = format!(
            r#"{{"success":true,"data":{{"success":{success},"message":"m","orderId":"k","shortReference":"5",
            "totalAmount":{total},"recipientCount":2}}}}"#
        );
        let server = Server::start(200, &[], body).await;
        assert!(client(&server.url).buy(&order()).await.unwrap_err().outcome_unknown());
    }
}

#[tokio::test]
async fn waiting_is_asked_for_and_not_done_here() {
    let server = Server::start(429, &[(header::RETRY_AFTER, "7")], "").await;
    let error = client(&server.url).buy(&order()).await.unwrap_err();
    assert_eq!(error.to_string(), "too many requests, wait 7 s");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_leaves_a_purchase_open_and_no_connection_does_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut requests = 0;
        // The first connection is read and dropped without an answer; a second one would be a retry.
        while let Ok(Ok((mut stream, _))) =
            tokio::time::timeout(std::time::Duration::from_millis(300), listener.accept()).await
        {
            requests += 1;
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
        }
        requests
    });
    let api = client(&url);
    let error = api.buy(&order()).await.unwrap_err();
    assert!(error.outcome_unknown(), "{error:?}");
    assert_eq!(server.await.unwrap(), 1);
    let error = api.buy(&order()).await.unwrap_err();
    assert!(matches!(error, Error::NotSent(_)), "{error:?}");
}
