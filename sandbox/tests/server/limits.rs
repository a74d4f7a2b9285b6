//! Bounds: whoever sends slowly, much or from everywhere at once takes nothing from the others.

use std::time::Duration;

use futures::future::join_all;
use sandbox::{Config, Limits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::common::{World, contract};

const SHORT: Duration = Duration::from_millis(200);

async fn world(limits: Limits) -> World {
    let mut config = Config::new(contract());
    config.limits = limits;
    config.db = None;
    World::of(config).await
}

async fn connect(world: &World) -> TcpStream {
    TcpStream::connect(world.sandbox.url().trim_start_matches("http://")).await.unwrap()
}

/// What comes back until the server closes; what it closes without an answer is empty.
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

#[tokio::test]
async fn slow_heads_and_slow_bodies_end() {
    let world = world(Limits { head: SHORT, body: SHORT, ..Limits::default() }).await;
    let key = world.account("Agent", 100).await;
    for (sent, answer) in [
        (String::new(), ""),
        ("GET /api/v1/profile HTTP/1.1\r\nhos".to_owned(), ""),
        (head(&key, 100), "HTTP/1.1 408 "),
        (head("nobody's", 100), "HTTP/1.1 401 "),
    ] {
        let mut stream = connect(&world).await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        let answered = until_closed(stream).await;
        assert!(
            answered.starts_with(answer) && (!answer.is_empty() || answered.is_empty()),
            "{sent}: {answered}"
        );
    }
    assert_eq!(world.balance(&key).await, 100);
}

#[tokio::test]
async fn bodies_are_kept_within_bounds_and_none_without_a_key() {
    let world = world(Limits { bytes: 64 << 10, ..Limits::default() }).await;
    let key = world.account("Agent", 100).await;
    let large = " ".repeat(1 << 20);
    let nobody = join_all((0..4).map(|_| world.buy_raw("netconnect_test_nobody", large.clone()))).await;
    assert!(nobody.iter().all(|reply| reply.status == 401));
    let reply = world.buy_raw(&key, large[..100 << 10].to_owned()).await;
    assert_eq!((reply.status, reply.headers["retry-after"].to_str().unwrap()), (503, "1"), "{}", reply.text);
    // It is given back: as much again fits each time.
    for _ in 0..5 {
        assert_eq!(world.buy_raw(&key, large[..60 << 10].to_owned()).await.status, 400);
    }
    assert_eq!(world.buy(&key, &world.order(&[0, 0])).await.status, 200);
}

#[tokio::test]
async fn connections_are_turned_away_with_a_word_and_quiet_ones_make_room() {
    let world = world(Limits { connections: 3, ..Limits::default() }).await;
    let key = world.account("Agent", 100).await;
    // Some are in the middle of an order; whoever has nothing to say has to go before one of them does.
    let mut busy = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(&world).await;
        let asks = head(&key, 100).replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
        stream.write_all(asks.as_bytes()).await.unwrap();
        // Where the world's own connection is still open it makes room for the third.
        let mut first = [0; 12];
        while stream.read_exact(&mut first).await.is_err() || &first != b"HTTP/1.1 100" {
            stream = connect(&world).await;
            stream.write_all(asks.as_bytes()).await.unwrap();
        }
        busy.push(stream);
    }
    let mut turned_away = connect(&world).await;
    turned_away.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let answer = until_closed(turned_away).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
    assert!(answer.ends_with("\"code\":\"OVERLOADED\"}}"), "{answer}");
    drop(busy);
    // Quiet ones are as many as there may be, and yet there is room.
    let quiet = join_all((0..3).map(|_| connect(&world))).await;
    while world.get("/profile", &key).await.status != 200 {
        tokio::time::sleep(SHORT).await;
    }
    drop(quiet);
}

#[tokio::test]
async fn an_account_has_so_many_requests_in_a_second() {
    let mut config = Config::new(contract());
    config.rate = Some(2);
    let world = World::of(config).await;
    let key = world.account("Agent", 100).await;
    let others = world.account("Agent", 100).await;
    // For the sandbox it is the same second throughout.
    world.clock(r#"{"frozen": true}"#).await;
    let replies = join_all((0..9).map(|_| world.get("/profile", &key))).await;
    let throttled: Vec<_> = replies.iter().filter(|reply| reply.status == 429).collect();
    assert!(throttled.len() == 7 && throttled.iter().all(|reply| reply.headers["retry-after"] == "1"));
    assert_eq!(world.get("/profile", &others).await.status, 200);
    world.clock(r#"{"advanceMillis": 1000}"#).await;
    assert_eq!(world.get("/profile", &key).await.status, 200);
}
