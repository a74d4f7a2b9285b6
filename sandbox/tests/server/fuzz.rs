//! Any input: the server must never answer with a server error, leave a request without an answer, or lose money.
//!
//! `SANDBOX_FUZZ=3600 cargo test -p sandbox --test server fuzz` continues for this many seconds, and also checks the
//! memory.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use sandbox::{Config, Limits};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::common::{Setup, client, contract, pesewas};

/// Far longer than any answer takes.
const HANGS: Duration = Duration::from_secs(30);
/// Memory that grows by more than this is a leak and not a cache.
const GROWTH_KB: u64 = 100 << 10;

/// Number of requests between two checks of the time and the memory.
const BATCH: u32 = 400;

/// A request as bytes, in which `KEY` and `ORDER` stand for values that are known once the sandbox runs.
#[derive(Debug, Clone)]
struct Request {
    head: String,
    headers: Vec<(String, String)>,
    body: Body,
    /// Bytes that are changed anywhere in the request: where, and to what.
    noise: Vec<(usize, u8)>,
}

#[derive(Debug, Clone)]
enum Body {
    None,
    Bytes(Vec<u8>),
    /// The order, unchanged or with one of its values replaced.
    Order(Option<(usize, Value)>),
    Chunked(Vec<Vec<u8>>),
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|it| serde_json::Number::from_f64(it).map_or(Value::Null, Value::Number)),
        ".{0,20}".prop_map(Value::from),
        "[0-9+ ]{0,16}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 25, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..25).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z]{0,12}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        Just(Body::None),
        prop::collection::vec(any::<u8>(), 0..200).prop_map(Body::Bytes),
        value().prop_map(|value| Body::Bytes(value.to_string().into())),
        prop::option::of((0_usize..12, value())).prop_map(Body::Order),
        prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..4).prop_map(Body::Chunked),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let method = prop_oneof![
        6 => prop::sample::select(vec!["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"]).prop_map(str::to_owned),
        1 => "[A-Z]{1,10}",
    ];
    let path = prop_oneof![
        4 => prop::sample::select(vec![
            "/api/v1/data-bundles/buy-bulk",
            "/api/v1/profile",
            "/api/v1/wallet-balance",
            "/api/v1/orders",
            "/api/v1/orders/x/recipients/0/retry",
            "/_states",
            "/_clock",
            "/_requests",
            "/metrics",
            "/readyz",
            "/",
            "/openapi.json",
        ])
        .prop_map(str::to_owned),
        1 => "/[a-z0-9/%_.-]{0,40}",
        1 => "/api/v1/orders\\?(limit|state|cursor)=[a-z0-9%+]{0,20}",
        1 => "/api/v1/(orders|packages|operators)/[a-zA-Z0-9%+ -~]{0,30}(/status|/products|/recipients/[0-9-]{0,22}/retry)?",
    ];
    let header = prop_oneof![
        4 => Just(("X-API-KEY".to_owned(), "KEY".to_owned())),
        2 => Just(("Content-Type".to_owned(), "application/json".to_owned())),
        1 => "[ -~]{0,40}".prop_map(|it| ("X-API-KEY".to_owned(), it)),
        1 => "[a-z=,0-9;/ -]{0,40}".prop_map(|it| ("X-Sandbox".to_owned(), it)),
        1 => "[a-z=,0-9;/ *+-]{0,30}".prop_map(|it| ("Content-Type".to_owned(), it)),
        1 => "[ -~]{0,30}".prop_map(|it| ("Origin".to_owned(), it)),
        1 => "[a-f0-9-]{0,60}".prop_map(|it| ("traceparent".to_owned(), it)),
        1 => ("[A-Za-z-]{1,20}", "[ -~]{0,60}"),
    ];
    let noise = prop_oneof![
        5 => Just(Vec::new()),
        1 => prop::collection::vec((any::<usize>(), any::<u8>()), 1..6),
    ];
    (method, path, prop::collection::vec(header, 0..6), body(), noise).prop_map(
        |(method, path, headers, body, noise)| Request {
            head: format!("{method} {} HTTP/1.1", path.replace(' ', "%20")),
            headers,
            body,
            noise,
        },
    )
}

/// Replaces one of the values of an order, given by its position.
fn replace(order: &mut Value, at: &mut usize, with: &Value) {
    if *at == 0 {
        order.clone_from(with);
    }
    *at = at.wrapping_sub(1);
    match order {
        Value::Object(map) => map.values_mut().for_each(|value| replace(value, at, with)),
        Value::Array(list) => list.iter_mut().for_each(|value| replace(value, at, with)),
        _ => {}
    }
}

impl Request {
    fn bytes(&self, key: &str, order: &Value) -> Vec<u8> {
        let mut headers = format!("{}\r\nhost: x\r\nconnection: close\r\n", self.head);
        for (name, value) in &self.headers {
            headers += &format!("{name}: {}\r\n", value.replace("KEY", key));
        }
        let body = match &self.body {
            Body::None => Vec::new(),
            Body::Bytes(bytes) => bytes.clone(),
            Body::Order(None) => order.to_string().into(),
            Body::Order(Some((at, value))) => {
                let (mut order, mut at) = (order.clone(), *at);
                replace(&mut order, &mut at, value);
                order.to_string().into()
            }
            Body::Chunked(parts) => {
                headers += "transfer-encoding: chunked\r\n";
                let parts = parts.iter().filter(|part| !part.is_empty());
                let chunks = parts
                    .flat_map(|part| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
                chunks.chain(*b"0\r\n\r\n").collect()
            }
        };
        if !matches!(self.body, Body::None | Body::Chunked(_)) {
            headers += &format!("content-length: {}\r\n", body.len());
        }
        let mut bytes = [headers.as_bytes(), b"\r\n", &body].concat();
        for (at, byte) in &self.noise {
            let length = bytes.len();
            bytes[at % length] = *byte;
        }
        bytes
    }
}

/// Returns the status of the answer, or `None` if the connection was closed without one.
async fn status(setup: &Setup, bytes: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(setup.sandbox.url().trim_start_matches("http://")).await.unwrap();
    // The server may close the connection before it has read everything.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer);
    text.split(' ').nth(1).and_then(|it| it.parse().ok())
}

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|it| it.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

#[test]
fn nothing_that_comes_in_is_the_servers_fault() {
    let seconds = std::env::var("SANDBOX_FUZZ").ok().and_then(|it| it.parse().ok()).unwrap_or(0);
    let (begun, runtime) = (Instant::now(), Runtime::new().unwrap());
    let mut config = Config::new(contract());
    (config.cors, config.console, config.kept) = (true, true, 20);
    config.limits =
        Limits { head: Duration::from_secs(5), body: Duration::from_secs(5), ..Limits::default() };
    let mut setup = runtime.block_on(Setup::of(config));
    let key = runtime.block_on(setup.account("Agent", 1_000_000));
    let order = setup.order(&[0, 1, 2]);
    let (mut resident, mut sent) = (None, 0);
    loop {
        let cases = Cases { cases: BATCH, failure_persistence: None, ..Cases::default() };
        let tried = TestRunner::new(cases).run(&request(), |request| {
            let bytes = request.bytes(&key, &order);
            let answered =
                runtime.block_on(async { tokio::time::timeout(HANGS, status(&setup, &bytes)).await });
            let status =
                answered.map_err(|_| TestCaseError::fail("no answer and no end of the connection"))?;
            // The endpoints beside the API answer 501 to a request that they do not support.
            prop_assert!(
                status.is_none_or(|it| it < 500 || it == 501 && request.head.contains(" /_")),
                "{status:?} for {}",
                String::from_utf8_lossy(&bytes)
            );
            Ok(())
        });
        assert!(tried.is_ok(), "{}", tried.unwrap_err());
        sent += BATCH;
        if begun.elapsed().as_secs() >= seconds {
            break;
        }
        let first = *resident.get_or_insert_with(resident_kb);
        assert!(resident_kb() < first + GROWTH_KB, "from {first} to {} KiB", resident_kb());
    }
    let kib = (resident.unwrap_or_default(), resident_kb());
    println!("{sent} requests in {} s; memory from {} to {} KiB", begun.elapsed().as_secs(), kib.0, kib.1);
    // All money that left the wallet is in orders. The first connection has been closed meanwhile.
    setup.client = client();
    runtime.block_on(async {
        let (mut spent, mut cursor) = (0, String::new());
        loop {
            let page =
                setup.get(&format!("/orders?limit=100&cursor={cursor}"), &key).await.json["data"].clone();
            spent += page["orders"].as_array().unwrap().iter().map(|it| pesewas(&it["amount"])).sum::<i64>();
            if page["isDone"] == json!(true) {
                break;
            }
            cursor = page["continueCursor"].as_str().unwrap().to_owned();
        }
        assert_eq!(setup.balance(&key).await + spent, 1_000_000);
    });
}
