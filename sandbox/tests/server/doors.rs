//! The endpoints beside the API: states that change the data, the clock, the last requests, and access to them.

use std::time::Duration;

use reqwest::Method;
use sandbox::{AccessLog, Config};
use serde_json::{Value, json};

use crate::common::{Reply, Setup, contract, pesewas};

async fn setup() -> Setup {
    let mut config = Config::new(contract());
    (config.cors, config.provoke, config.kept, config.log) = (true, true, 50, AccessLog::Off);
    Setup::of(config).await
}

async fn knock(setup: &Setup, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut request = setup.client.request(method, format!("{}{path}", setup.sandbox.url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Reply::of(request.body(body.to_owned()).send().await.unwrap()).await
}

#[tokio::test]
async fn no_page_of_a_browser_can_make_accounts() {
    let setup = setup().await;
    let account = json!({"state": "account", "params": {"role": "Agent", "balance": 1}}).to_string();
    let json_type = ("content-type", "application/json");
    for (headers, status) in [
        (&[("content-type", "text/plain")][..], 415),
        (&[], 415),
        (&[json_type, ("origin", "https://evil.example")], 403),
        (&[json_type, ("origin", "http://127.0.0.1:3000")], 200),
        (&[("content-type", "application/json; charset=utf-8")], 200),
    ] {
        let reply = knock(&setup, Method::POST, "/_states", headers, &account).await;
        assert_eq!(reply.status, status, "{headers:?}: {}", reply.text);
    }
    // A browser asks before it sends JSON, and the sandbox does not permit it.
    let asks = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    let reply = knock(&setup, Method::OPTIONS, "/_states", &asks, "").await;
    assert!(reply.status == 404 && !reply.headers.contains_key("access-control-allow-methods"));
    // A page may call the API itself, since a browser does not attach its keys.
    let reply = knock(&setup, Method::OPTIONS, "/api/v1/data-bundles/buy-bulk", &asks, "").await;
    assert_eq!(
        (reply.status, reply.headers["access-control-allow-methods"].to_str().unwrap()),
        (204, "POST")
    );
    let key = setup.account("Agent", 1).await;
    let from = [("origin", "https://partner.example"), ("x-api-key", key.as_str())];
    let reply = knock(&setup, Method::GET, "/api/v1/profile", &from, "").await;
    assert_eq!(reply.headers["access-control-allow-origin"], "*");
    let head = knock(&setup, Method::HEAD, "/api/v1/profile", &from, "").await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
}

#[tokio::test]
async fn whoever_runs_it_changes_what_is_there() {
    let setup = setup().await;
    let account = setup.state("account", json!({"role": "Agent", "balance": 1})).await;
    let (key, profile) = (account["apiKey"].as_str().unwrap(), account["profileId"].clone());
    let topped = setup.state("top-up", json!({"profileId": profile, "amount": 2.5})).await;
    assert_eq!((pesewas(&topped["balance"]), setup.balance(key).await), (350, 350));
    setup.state("top-up", json!({"profileId": profile, "amount": -0.5})).await;
    let package = setup.package(0).clone();
    setup.state("package", json!({"packageId": package, "price": {"Agent": 1.45}})).await;
    let bought = setup.buy(key, &setup.order(&[0, 0])).await;
    assert_eq!((pesewas(&bought.json["data"]["totalAmount"]), setup.balance(key).await), (290, 10));
    setup.state("package", json!({"packageId": package, "active": false})).await;
    assert_eq!(setup.buy(key, &setup.order(&[0, 0])).await.status, 400);
    // The data is as it was at the start.
    setup.state("reset", json!({})).await;
    assert_eq!(
        (setup.balance(key).await, setup.get("/orders", key).await.json["data"]["orders"].clone()),
        (100, json!([]))
    );
    assert_eq!(pesewas(&setup.buy(key, &setup.order(&[0, 0])).await.json["data"]["totalAmount"]), 20);
    // The directives apply to the next two requests of this account, and to no other account.
    let provoke = json!({"profileId": profile, "directives": "status=500", "times": 2});
    setup.state("provoke", provoke).await;
    let other = setup.account("Agent", 1).await;
    assert_eq!(setup.get("/profile", &other).await.status, 200);
    for status in [500, 500, 200] {
        assert_eq!(setup.get("/profile", key).await.status, status);
    }
    setup.state("revoke", json!({"profileId": profile})).await;
    assert_eq!(setup.get("/profile", key).await.status, 401);
    for (state, params, says) in [
        ("account", json!({"role": "Agent", "balance": -5}), "-5.00 GHS is less than nothing"),
        ("account", json!({"role": "Agent", "balance": 90_000_000_000_000_i64}), "is larger than any wallet"),
        ("top-up", json!({"profileId": "nobody", "amount": 1}), "no profile `nobody`"),
        ("top-up", json!({"profileId": profile, "amount": -100}), "the wallet can't pay"),
        ("package", json!({"packageId": "nothing"}), "no package `nothing`"),
        ("package", json!({"packageId": package, "price": {"Boss": 1}}), "`Boss` is not a role"),
        ("provoke", json!({"profileId": profile, "directives": "explode"}), "`explode` is none of"),
    ] {
        let body = json!({"state": state, "params": params}).to_string();
        let reply =
            knock(&setup, Method::POST, "/_states", &[("content-type", "application/json")], &body).await;
        assert!(reply.status == 501 && reply.text.contains(says), "{}", reply.text);
    }
}

/// A number that was marked for one account fails for that account, once, even after a restart.
#[tokio::test]
async fn a_mark_is_one_accounts_is_used_up_and_survives() {
    let folder = tempfile::tempdir().unwrap();
    let config = || {
        let mut config = Config::new(contract());
        config.db = Some(folder.path().join("s.db"));
        config
    };
    let setup = Setup::of(config()).await;
    let mut keys = Vec::new();
    for _ in 0..2 {
        keys.push(setup.state("account", json!({"role": "Agent", "balance": 1})).await);
    }
    let key = |at: usize| keys[at]["apiKey"].as_str().unwrap();
    let mark =
        json!({"beneficiaryMsisdn": "0200000002", "outcome": "failed", "profileId": keys[0]["profileId"]});
    setup.state("recipient", mark).await;
    setup.sandbox.stop().await;
    let setup = Setup::of(config()).await;
    for (at, states) in [(1, ["completed", "completed"]), (0, ["completed", "failed"]), (0, ["completed"; 2])]
    {
        let bought = setup.buy(key(at), &setup.order(&[0, 0])).await;
        let order = setup.ended(key(at), bought.json["data"]["orderId"].as_str().unwrap()).await;
        let seen: Vec<&Value> =
            order["recipients"].as_array().unwrap().iter().map(|it| &it["state"]).collect();
        assert_eq!(seen, states);
    }
}

#[tokio::test]
async fn the_clock_stands_still_and_is_put_forward() {
    let mut config = Config::new(contract());
    config.processing = Duration::from_secs(3600);
    let mut setup = Setup::of(config).await;
    // The setup's recipients are fast; here they take as long as the clock says.
    setup.sandbox.stop().await;
    let mut config = Config::new(contract());
    (config.states, config.processing) = (true, Duration::from_secs(3600));
    setup.sandbox = sandbox::Sandbox::start(config).await.unwrap();
    let set = async |body: Value| {
        let headers = [("content-type", "application/json")];
        knock(&setup, Method::POST, "/_clock", &headers, &body.to_string()).await
    };
    let frozen = set(json!({"frozen": true})).await.json["now"].clone();
    let key = setup.account("Agent", 100).await;
    let bought = setup.buy(&key, &setup.order(&[0, 0])).await;
    let path = format!("/orders/{}", bought.json["data"]["orderId"].as_str().unwrap());
    let state = async || setup.get(&path, &key).await.json["data"]["state"].clone();
    assert_eq!(state().await, "pending");
    for (hours, wanted) in [(1, "processing"), (2, "processing"), (1, "completed")] {
        set(json!({"advanceMillis": hours * 3_600_000})).await;
        assert_eq!(state().await, wanted);
    }
    let read = knock(&setup, Method::GET, "/_clock", &[], "").await.json;
    assert_eq!(read, json!({"now": frozen.as_i64().unwrap() + 4 * 3_600_000, "frozen": true}));
    assert_eq!(set(json!({"frozen": false})).await.json["frozen"], false);
    let wrong = set(json!({"rewind": 1})).await;
    assert!(wrong.status == 501 && wrong.text.contains("unknown field `rewind`"), "{}", wrong.text);
}

#[tokio::test]
async fn the_last_requests_can_be_looked_at_without_their_keys() {
    let setup = setup().await;
    let key = setup.account("Agent", 100).await;
    let bought = setup.buy(&key, &setup.order(&[0, 0])).await;
    let id = bought.json["data"]["orderId"].as_str().unwrap();
    assert!(bought.headers["x-request-id"].to_str().unwrap().starts_with("req-"));
    setup.get("/profile", &key).await;
    let found = knock(&setup, Method::GET, &format!("/_requests?q={id}"), &[], "").await;
    let [request] = found.json["requests"].as_array().unwrap().as_slice() else { panic!("{}", found.text) };
    assert_eq!((&request["method"], &request["status"]), (&json!("POST"), &json!(200)));
    assert!(request["request"].as_str().unwrap().contains("beneficiaryMsisdn"));
    assert!(request["curl"].as_str().unwrap().contains("$NETCONNECT_API_KEY"));
    assert!(!found.text.contains(&key), "{}", found.text);
    let traced = [
        ("x-api-key", key.as_str()),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ];
    let reply = knock(&setup, Method::GET, "/api/v1/profile", &traced, "").await;
    assert_eq!(reply.headers["x-request-id"], "0af7651916cd43dd8448eb211c80319c");
    // An answer that was dropped on purpose is kept too, with its content and a mark that it was lost.
    let lost = setup.client.get(format!("{}/api/v1/profile", setup.sandbox.url())).header("x-api-key", &key);
    assert!(lost.header("x-sandbox", "drop").send().await.is_err());
    let found = knock(&setup, Method::GET, "/_requests?limit=1", &[], "").await;
    let request = &found.json["requests"][0];
    assert_eq!((&request["lost"], &request["status"]), (&json!(true), &json!(200)));
    assert!(request["answer"].as_str().unwrap().starts_with("{\"success\":true"), "{request}");
    let metrics = knock(&setup, Method::GET, "/metrics", &[], "").await;
    assert!(metrics.text.contains("sandbox_requests_total{status=\"200\"} 3\n"), "{}", metrics.text);
    assert_eq!(knock(&setup, Method::GET, "/readyz", &[], "").await.json, json!({"status": "ready"}));
}

#[tokio::test]
async fn everything_may_be_below_a_path() {
    let mut config = Config::new(contract());
    config.base_path = "/sandbox".into();
    let setup = Setup::of(config).await;
    assert!(setup.sandbox.url().ends_with("/sandbox"));
    let key = setup.account("Agent", 100).await;
    assert_eq!(setup.buy(&key, &setup.order(&[0, 0])).await.status, 200);
    assert_eq!(setup.get("/orders?limit=1", &key).await.json["data"]["orders"].as_array().unwrap().len(), 1);
    let root = setup.sandbox.url().trim_end_matches("/sandbox");
    for path in ["/healthz", "/api/v1/profile", "/sandboxes/healthz", "/sandbox"] {
        assert_eq!(setup.client.get(format!("{root}{path}")).send().await.unwrap().status(), 404, "{path}");
    }
    assert_eq!(setup.client.get(format!("{root}/sandbox/healthz")).send().await.unwrap().status(), 200);
}
