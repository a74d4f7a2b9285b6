//! Bounds: a client that sends slowly, too much or on many connections takes nothing from the others.

use std::time::Duration;

use futures::future::join_all;
use sandbox::{Config, Limits, Sandbox};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::common::{Setup, contract};

const SHORT: Duration = Duration::from_millis(200);

async fn setup(limits: Limits) -> Setup {
    let mut config = Config::new(contract());
    config.limits = limits;
    Setup::of(config).await
}

async fn connect(setup: &Setup) -> TcpStream {
    TcpStream::connect(setup.sandbox.url().trim_start_matches("http://")).await.unwrap()
}

/// Reads until the server closes the connection; empty if it closes without an answer.
async fn until_closed(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn head(key: &str, length: usize) -> String {
    format!(
        "POST /api/v1/data-bundles/buy-bulk HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\ncontent-length: {length}\r\n\r\n"
    )
}

/// Returns the answer of a sandbox with these limits to bytes after which nothing follows.
async fn answered(limits: Limits, sent: impl Fn(&str) -> String) -> String {
    let mut config = Config::new(contract());
    config.limits = limits;
    let sandbox = Sandbox::start(config).await.unwrap();
    let sent = sent(sandbox.demo().accounts[0].key.expose());
    let mut stream = TcpStream::connect(sandbox.url().trim_start_matches("http://")).await.unwrap();
    let _ = stream.write_all(sent.as_bytes()).await;
    until_closed(stream).await
}

#[tokio::test]
async fn slow_heads_and_slow_bodies_end() {
    let heads = Limits { head: SHORT, ..Limits::default() };
    for sent in ["", "GET /api/v1/profile HTTP/1.1\r\nhos"] {
        assert_eq!(answered(heads, |_| sent.to_owned()).await, "");
    }
    let bodies = Limits { body: SHORT, ..Limits::default() };
    let slow = answered(bodies, |key| head(key, 100)).await;
    assert!(slow.starts_with("HTTP/1.1 408 ") && slow.contains("\r\nconnection: close\r\n"), "{slow}");
    let nobody = answered(bodies, |_| head("nobody's", 100)).await;
    assert!(nobody.starts_with("HTTP/1.1 401 "), "{nobody}");
}

/// A client without a valid key that asks before it sends its body gets the refusal, not the permission to continue.
#[tokio::test]
async fn a_key_is_looked_at_before_a_body_is_asked_for() {
    let setup = setup(Limits::default()).await;
    let key = setup.account("Agent", 100).await;
    for (key, answer) in [(key.as_str(), "HTTP/1.1 100 "), ("nobody's", "HTTP/1.1 401 ")] {
        let mut stream = connect(&setup).await;
        let asks = head(key, 100).replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
        stream.write_all(asks.as_bytes()).await.unwrap();
        let mut first = [0; 13];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&first), answer);
    }
}

#[tokio::test]
async fn bodies_are_kept_within_bounds_and_none_without_a_key() {
    let setup = setup(Limits { bytes: 64 << 10, ..Limits::default() }).await;
    let key = setup.account("Agent", 100).await;
    let large = " ".repeat(1 << 20);
    let nobody = join_all((0..4).map(|_| setup.buy_raw("netconnect_test_nobody", large.clone()))).await;
    assert!(nobody.iter().all(|reply| reply.status == 401));
    let reply = setup.buy_raw(&key, large[..100 << 10].to_owned()).await;
    assert_eq!((reply.status, reply.headers["retry-after"].to_str().unwrap()), (503, "1"), "{}", reply.text);
    // The memory is released: as much again fits each time.
    for _ in 0..5 {
        assert_eq!(setup.buy_raw(&key, large[..60 << 10].to_owned()).await.status, 400);
    }
    assert_eq!(setup.buy(&key, &setup.order(&[0, 0])).await.status, 200);
}

#[tokio::test]
async fn connections_are_turned_away_with_a_word_and_quiet_ones_make_room() {
    let setup = setup(Limits { connections: 3, ..Limits::default() }).await;
    let key = setup.account("Agent", 100).await;
    // These connections are in the middle of an order; idle ones must be closed before one of them is.
    let mut busy = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(&setup).await;
        let asks = head(&key, 100).replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
        stream.write_all(asks.as_bytes()).await.unwrap();
        // If the setup's own connection is still open, it makes room for the third.
        let mut first = [0; 12];
        while stream.read_exact(&mut first).await.is_err() || &first != b"HTTP/1.1 100" {
            stream = connect(&setup).await;
            stream.write_all(asks.as_bytes()).await.unwrap();
        }
        busy.push(stream);
    }
    let mut turned_away = connect(&setup).await;
    turned_away.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let answer = until_closed(turned_away).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
    assert!(answer.ends_with("\"code\":\"OVERLOADED\"}}"), "{answer}");
    drop(busy);
    // There are as many idle connections as allowed, and yet there is room.
    let quiet = join_all((0..3).map(|_| connect(&setup))).await;
    while setup.get("/profile", &key).await.status != 200 {
        tokio::time::sleep(SHORT).await;
    }
    drop(quiet);
}

#[tokio::test]
async fn an_account_has_so_many_requests_in_a_second() {
    let mut config = Config::new(contract());
    config.rate = Some(2);
    let setup = Setup::of(config).await;
    let key = setup.account("Agent", 100).await;
    let others = setup.account("Agent", 100).await;
    // The clock stands still, so that all requests fall into one second.
    setup.clock(r#"{"frozen": true}"#).await;
    let replies = join_all((0..9).map(|_| setup.get("/profile", &key))).await;
    let throttled: Vec<_> = replies.iter().filter(|reply| reply.status == 429).collect();
    assert!(throttled.len() == 7 && throttled.iter().all(|reply| reply.headers["retry-after"] == "1"));
    assert_eq!(setup.get("/profile", &others).await.status, 200);
    setup.clock(r#"{"advanceMillis": 1000}"#).await;
    assert_eq!(setup.get("/profile", &key).await.status, 200);
}
