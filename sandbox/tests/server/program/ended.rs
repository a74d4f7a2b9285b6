//! The program is ended at any moment, under load: no acknowledged order is lost, the sum of all money stays the same,
//! and recipients in progress continue.
//!
//! `SANDBOX_ENDED=full cargo test -p sandbox --test server ended` ends it 200 times by SIGKILL and 50 times by SIGTERM.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::Program;
use crate::common::pesewas;

const KEY: &str = "netconnect_test_Demo_agent_7Kq2";
const BUYERS: usize = 8;
/// Timeout for an answer that may have been lost with the program.
const PATIENCE: Duration = Duration::from_secs(60);
/// Minimum number of orders that are answered before the program is ended.
const WARM: usize = 20;

fn rounds(short: usize, full: usize) -> usize {
    if std::env::var("SANDBOX_ENDED").is_ok_and(|it| it == "full") { full } else { short }
}

/// Buys on several connections until nothing is answered any more; returns the ids of the acknowledged orders.
async fn load(program: &Program, signal: &str, after: usize) -> Vec<String> {
    let answered = Arc::new(AtomicUsize::new(0));
    let buyers = (0..BUYERS).map(|_| {
        let order = program.order(&["0201234567", "0209876543"]);
        let request = program.client.post(format!("{}/api/v1/data-bundles/buy-bulk", program.url));
        let request = request.header("x-api-key", KEY).header("content-type", "application/json");
        let request = request.timeout(PATIENCE);
        let (request, answered) = (request.body(order.to_string()), answered.clone());
        tokio::spawn(async move {
            let mut bought = Vec::new();
            while let Ok(response) = request.try_clone().unwrap().send().await {
                assert_eq!(response.status(), 200);
                // An answer that broke off can't be read, so it acknowledges nothing.
                let Ok(text) = response.text().await else { break };
                let answer: Value = serde_json::from_str(&text).unwrap();
                bought.push(answer["data"]["orderId"].as_str().unwrap().to_owned());
                answered.fetch_add(1, Ordering::Relaxed);
            }
            bought
        })
    });
    let buyers: Vec<_> = buyers.collect();
    while answered.load(Ordering::Relaxed) < after {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    program.signal(signal);
    let mut acknowledged = Vec::new();
    for buyer in buyers {
        acknowledged.extend(buyer.await.unwrap());
    }
    acknowledged
}

/// Returns every order of the account with its cost.
async fn orders(program: &Program) -> BTreeMap<String, i64> {
    let (mut all, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let page = program.get(&format!("/orders?limit=100&cursor={cursor}"), KEY).await.json["data"].clone();
        for order in page["orders"].as_array().unwrap() {
            all.insert(order["orderId"].as_str().unwrap().to_owned(), pesewas(&order["amount"]));
        }
        if page["isDone"] == true {
            return all;
        }
        cursor = page["continueCursor"].as_str().unwrap().to_owned();
    }
}

/// Starts the program again on the file: the acknowledged orders must be there, and all money that left the wallet must
/// be in orders. Returns the number of orders.
async fn kept(db: &Path, acknowledged: &[String]) -> usize {
    let mut program = Program::on(db, &[]).await;
    let all = orders(&program).await;
    for id in acknowledged {
        assert!(all.contains_key(id), "{id} was acknowledged and is lost");
    }
    let wallet = program.get("/wallet-balance", KEY).await.json["data"].clone();
    assert_eq!(pesewas(&wallet["availableBalance"]) + all.values().sum::<i64>(), 10_000_000);
    // The recipients of the last orders must continue and complete.
    for id in acknowledged.iter().rev().take(BUYERS) {
        let order = loop {
            let order = program.get(&format!("/orders/{id}"), KEY).await.json["data"].clone();
            if order["state"] == "completed" {
                break order;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let recipients = order["recipients"].as_array().unwrap();
        assert!(recipients.len() == 2 && recipients.iter().all(|it| it["state"] == "completed"), "{order}");
    }
    program.signal("-KILL");
    program.ended().await;
    all.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_loses_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("s.db");
    let mut acknowledged = Vec::new();
    for round in 0..rounds(3, 200) {
        let mut program = Program::on(&db, &[]).await;
        acknowledged.extend(load(&program, "-KILL", WARM + round % 17).await);
        program.ended().await;
        kept(&db, &acknowledged).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_end_it_answers_every_order_that_it_has_taken() {
    for round in 0..rounds(3, 50) {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("s.db");
        let mut program = Program::on(&db, &[]).await;
        let acknowledged = load(&program, "-TERM", WARM + round % 17).await;
        assert!(program.ended().await.success());
        let all = kept(&db, &acknowledged).await;
        assert_eq!(all, acknowledged.len(), "orders that were charged and not answered");
    }
}

#[tokio::test]
async fn who_asks_twice_does_not_wait_for_one_who_sends_nothing_more() {
    let mut program = Program::start(&["--seed", "1", "--grace", "600"]).await;
    let address = program.url.trim_start_matches("http://").to_owned();
    let mut stuck = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/v1/data-bundles/buy-bulk HTTP/1.1\r\nhost: x\r\nx-api-key: {KEY}\r\ncontent-length: 9\r\n\
         expect: 100-continue\r\n\r\n"
    );
    tokio::io::AsyncWriteExt::write_all(&mut stuck, head.as_bytes()).await.unwrap();
    // The server has read the request up to its body.
    let mut first = [0; 12];
    tokio::io::AsyncReadExt::read_exact(&mut stuck, &mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 100");
    program.signal("-TERM");
    // The server accepts no more connections, and waits for the body.
    while program.send(reqwest::Method::GET, "/healthz", &[], None).await.is_some() {}
    assert!(program.child.try_wait().unwrap().is_none());
    program.signal("-TERM");
    assert!(program.ended().await.success());
}
