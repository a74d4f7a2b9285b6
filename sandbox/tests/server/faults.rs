//! Every fault shows: the same script of requests gets other answers from a server with the fault than from one without.
//!
//! Ids follow from running numbers, so that two servers give the same answers, byte for byte, but for the times in them.

use std::time::Duration;

use crate::common::{Reply, World, contract};
use futures::StreamExt as _;
use reqwest::Method;
use sandbox::{Config, Fault, Freedom, Need, faults};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const BUY: &str = "/api/v1/data-bundles/buy-bulk";

/// How long an answer may stay out.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a script of requests got from a server.
struct Script {
    world: World,
    lines: Vec<String>,
    /// What a correct server said; the script ends where this one says something else.
    correct: Option<Vec<String>>,
    differs: bool,
}

impl Script {
    /// What a correct server says to the whole script.
    async fn correct(freedoms: &[Freedom]) -> Vec<String> {
        Self::play(World::with(freedoms).await, None).await.lines
    }

    /// Whether a server with this fault says the same as one without.
    async fn hides(client: reqwest::Client, fault: &'static Fault, correct: Vec<String>) -> bool {
        let mut config = Config::new(contract());
        config.behaviour.fault = Some(fault);
        !Self::play(World::seen_by(client, config).await, Some(correct)).await.differs
    }

    async fn play(world: World, correct: Option<Vec<String>>) -> Self {
        let mut script = Self { world, lines: Vec::new(), correct, differs: false };
        script.reads().await;
        script.keys().await;
        script.odd_bodies().await;
        script.orders().await;
        script.refusals().await;
        script
    }

    fn line(&mut self, line: String) {
        let line = without_states(line);
        let same = self.correct.as_ref().is_none_or(|correct| correct.get(self.lines.len()) == Some(&line));
        self.differs |= !same;
        self.lines.push(line);
    }

    fn note(&mut self, what: &str, reply: Option<&Reply>) {
        let line = match reply {
            Some(reply) => {
                let header = |name| format!("{:?}", reply.headers.get(name));
                let headers = ["content-type", "x-debug-key", "location"].map(header).join(" ");
                format!("{what}: {} {headers} {}", reply.status, mask(&reply.text))
            }
            None => format!("{what}: no answer"),
        };
        self.line(line);
    }

    async fn send(
        &mut self,
        what: &str,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Vec<u8>,
    ) -> Value {
        if self.differs {
            return Value::Null;
        }
        let mut request = self.world.client.request(method, format!("{}{path}", self.world.sandbox.url()));
        if let Some(key) = key {
            request = request.header("X-API-KEY", key);
        }
        let request = request.header("content-type", "application/json").body(body).timeout(PATIENCE);
        let reply = match request.send().await {
            Ok(response) => {
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                let bytes = response.bytes().await.ok();
                bytes.map(|bytes| {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    Reply { status, headers, json: serde_json::from_str(&text).unwrap_or_default(), text }
                })
            }
            Err(_) => None,
        };
        self.note(what, reply.as_ref());
        reply.map_or(Value::Null, |reply| reply.json)
    }

    async fn buy(&mut self, what: &str, key: &str, body: impl Into<Vec<u8>>) -> Value {
        self.send(what, Method::POST, BUY, Some(key), body.into()).await
    }

    async fn get(&mut self, path: &str, key: &str) -> Value {
        self.send(path, Method::GET, &format!("/api/v1{path}"), Some(key), Vec::new()).await
    }

    async fn wallet(&mut self, key: &str) {
        self.get("/wallet-balance", key).await;
    }

    async fn orders(&mut self) {
        let (agent, other) =
            (self.world.account("Agent", 1_000_000).await, self.world.account("SuperAgent", 1_000_000).await);
        self.wallet(&agent).await;
        self.get("/profile", &agent).await;
        let twins = {
            let mut order = self.world.order(&[0, 3, 1]);
            order["items"][2] = order["items"][0].clone();
            order
        };
        let packages: [&[usize]; 7] = [&[0, 1], &[3, 2, 0], &[3; 11], &[0; 13], &[0; 17], &[1; 20], &[0, 1]];
        for (key, role) in [(&agent, "agent"), (&other, "other")] {
            for list in packages {
                let order = self.world.order(list).to_string();
                let what = format!("{role} buys {}", list.len());
                let answer = self.buy(&what, key, order).await;
                self.wallet(key).await;
                self.get("/orders?limit=2", key).await;
                let id = answer["data"]["orderId"].as_str().unwrap_or("none").to_owned();
                if list.len() == 11 {
                    self.ended(key, &id).await;
                }
            }
            let answer = self.buy("twins", key, twins.to_string()).await;
            let id = answer["data"]["orderId"].as_str().unwrap_or("none").to_owned();
            self.ended(key, &id).await;
            self.wallet(key).await;
        }
        self.get("/profile", &agent).await;
        for (balance, list) in
            [(355, [0, 1, 2]), (354, [0, 1, 2]), (300, [0, 1, 2]), (0, [0, 0, 0]), (400, [0, 1, 2])]
        {
            for role in ["Agent", "SuperAgent"] {
                let key = self.world.account(role, balance).await;
                let order = self.world.order(&list).to_string();
                self.buy(&format!("{role} with {balance}"), &key, order.clone()).await;
                self.wallet(&key).await;
                self.buy("and again", &key, order).await;
                self.wallet(&key).await;
                self.get("/orders", &key).await;
            }
        }
        let poor = self.world.account("Agent", 50).await;
        for list in [[0, 3], [0, 0]] {
            let order = self.world.order(&list).to_string();
            self.buy("too much, then less", &poor, order).await;
        }
    }

    async fn refusals(&mut self) {
        for role in ["Customer", "Staff"] {
            let key = self.world.account(role, 100_000).await;
            for list in [&[0, 1][..], &[0, 1, 2]] {
                let order = self.world.order(list).to_string();
                self.buy(role, &key, order).await;
            }
            self.wallet(&key).await;
        }
        let agent = self.world.account("Agent", 100_000).await;
        for count in [0, 1, 21, 22, 100, 258] {
            let order = self.world.order(&vec![0; count]).to_string();
            self.buy(&format!("{count} items"), &agent, order).await;
        }
        self.wallet(&agent).await;
        self.wrong_values(&agent).await;
        self.missing_fields(&agent).await;
        self.strange_orders(&agent).await;
        self.get("/orders", &agent).await;
        // What may be different for the other role that may buy.
        let other = self.world.account("SuperAgent", 100_000).await;
        let order = self.world.order(&[0; 22]).to_string();
        self.buy("22 items", &other, order).await;
        let mut order = self.world.order(&[0; 12]);
        order["items"][11]["packageId"] = json!("unknown");
        self.buy("unknown package", &other, order.to_string()).await;
        self.wallet(&other).await;
    }

    async fn wrong_values(&mut self, key: &str) {
        let elsewhere = self.world.operator(0)["products"][1]["packages"][0]["packageId"].clone();
        let inactive = self.world.package(4).clone();
        let entries = |field| [0, 5, 10, 11].map(|at| format!("/items/{at}/{field}")).to_vec();
        let wrong: [(Vec<String>, Vec<Value>); 4] = [
            (
                ["/operatorId", "/productId", "/items"].map(String::from).to_vec(),
                vec![json!(null), json!(7), json!("x"), json!([]), json!({}), json!(["x"])],
            ),
            (["/items/0", "/items/11"].map(String::from).to_vec(), vec![json!(null), json!("x")]),
            (entries("packageId"), vec![json!(null), json!(7), json!("unknown"), inactive, elsewhere]),
            (
                entries("beneficiaryMsisdn"),
                vec![
                    json!(null),
                    json!(233_201_234_567_u64),
                    json!(""),
                    json!("2332012345ab"),
                    json!("2332"),
                ],
            ),
        ];
        for (places, values) in &wrong {
            for (place, value) in places.iter().flat_map(|it| values.iter().map(move |value| (it, value))) {
                self.changed(key, 12, place, value.clone()).await;
            }
        }
        for number in ["2332012345678901", "٢٣٣٢٠١٢٣٤٥٦٧", "a\u{0}b", &"9".repeat(300)] {
            self.changed(key, 12, "/items/5/beneficiaryMsisdn", json!(number)).await;
        }
        let other = self.world.operator(1).clone();
        self.changed(key, 2, "/operatorId", other["operatorId"].clone()).await;
        self.changed(key, 2, "/productId", other["products"][0]["productId"].clone()).await;
        self.wallet(key).await;
    }

    /// Buys for so many with one value changed.
    async fn changed(&mut self, key: &str, count: usize, place: &str, value: Value) {
        let mut order = self.world.order(&vec![0; count]);
        let what = format!("{place} {value} of {count}");
        *order.pointer_mut(place).unwrap() = value;
        self.buy(&what, key, order.to_string()).await;
    }

    async fn missing_fields(&mut self, key: &str) {
        for field in ["operatorId", "productId", "items"] {
            let mut order = self.world.order(&[0, 0]);
            order.as_object_mut().unwrap().remove(field);
            self.buy(&format!("without {field}"), key, order.to_string()).await;
        }
        for (count, field, at) in [
            (12, "packageId", 0),
            (12, "packageId", 11),
            (20, "packageId", 19),
            (12, "beneficiaryMsisdn", 5),
            (12, "beneficiaryMsisdn", 11),
            (20, "beneficiaryMsisdn", 19),
        ] {
            let mut order = self.world.order(&vec![0; count]);
            order["items"][at].as_object_mut().unwrap().remove(field);
            self.buy(&format!("without {field} at {at}"), key, order.to_string()).await;
            self.changed(key, count, &format!("/items/{at}/{field}"), json!("unknown")).await;
        }
        self.wallet(key).await;
    }

    async fn strange_orders(&mut self, key: &str) {
        for count in [2, 30] {
            let mut order = self.world.order(&vec![0; count]);
            order["items"][1] = order["items"][0].clone();
            self.buy(&format!("twins among {count}"), key, order.to_string()).await;
        }
        let order = self.world.order(&[0, 0]);
        for field in ["operatorId", "productId"] {
            self.changed(key, 2, &format!("/{field}"), json!([order[field]])).await;
        }
        self.changed(key, 2, "/items", json!({"0": order["items"][0], "1": order["items"][1]})).await;
    }

    async fn odd_bodies(&mut self) {
        let key = self.world.account("Agent", 100_000).await;
        let good = self.world.order(&[0, 0]).to_string();
        let bad_text = [good.as_bytes()[..good.len() - 1].to_vec(), b",\"x\":\"\xff\"}".to_vec()].concat();
        let bodies: Vec<(&str, Vec<u8>)> = vec![
            ("empty", vec![]),
            ("truncated", good.as_bytes()[..good.len() - 1].to_vec()),
            ("with a rest", format!("{good}}}").into()),
            ("utf-16", good.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            ("not utf-8", bad_text),
            ("byte order mark", format!("\u{feff}{good}").into()),
            ("null", "null".into()),
            ("list", format!("[{good}]").into()),
            ("text", json!(good).to_string().into()),
            ("number", "7".into()),
            ("deep", "[".repeat(300).into()),
            ("surrogate", good.replacen("23320", "\\ud800", 1).into()),
            ("huge", good.replacen('{', "{\"x\":1e999,", 1).into()),
            ("twice", good.replacen('{', "{\"items\":7,", 1).into()),
            ("extra", good.replacen('{', "{\"x\":7,", 1).into()),
            ("long", good.replacen('{', &format!("{{{}", " ".repeat(300 << 10)), 1).into()),
            ("large", " ".repeat(2 << 20).into()),
        ];
        for (what, body) in bodies {
            self.buy(what, &key, body).await;
            self.wallet(&key).await;
        }
        for kind in [None, Some("text/plain")] {
            let mut request = self
                .world
                .client
                .post(format!("{}{BUY}", self.world.sandbox.url()))
                .header("X-API-KEY", &key);
            if let Some(kind) = kind {
                request = request.header("content-type", kind);
            }
            let status = request.body(good.clone()).send().await.map(|response| response.status());
            self.line(format!("as {kind:?}: {:?}", status.ok()));
        }
        let head = |name: &str| {
            format!("POST {BUY} HTTP/1.1\r\nhost: x\r\n{name}: {key}\r\ncontent-type: application/json\r\n")
        };
        let length = format!("content-length: {}\r\n", good.len());
        self.raw(
            "chunked",
            format!(
                "{}transfer-encoding: chunked\r\nconnection: close\r\n\r\n{:x}\r\n{good}\r\n0\r\n\r\n",
                head("x-api-key"),
                good.len()
            ),
        )
        .await;
        self.raw("capitals", format!("{}{length}connection: close\r\n\r\n{good}", head("X-API-KEY"))).await;
        self.raw(
            "two at once",
            format!(
                "{}{length}\r\n{good}{}{length}connection: close\r\n\r\n{good}",
                head("x-api-key"),
                head("x-api-key")
            ),
        )
        .await;
    }

    async fn raw(&mut self, what: &str, bytes: String) {
        if self.differs {
            return;
        }
        let address = self.world.sandbox.url().trim_start_matches("http://").to_owned();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.write_all(bytes.as_bytes()).await;
        let _ = stream.read_to_end(&mut answer).await;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("date:")).collect();
        self.line(mask(&format!("{what}: {}", lines.join("|"))));
    }

    async fn keys(&mut self) {
        let key = self.world.account("Agent", 100_000).await;
        let revoked =
            self.world.state("account", json!({"role": "Agent", "balance": 1, "revoked": true})).await;
        let order = self.world.order(&[0, 0]).to_string();
        self.send("no key", Method::POST, BUY, None, order.clone().into()).await;
        let capitals = key.to_ascii_uppercase();
        for wrong in [
            "",
            "x",
            "netconnect_test_x",
            &format!("{key}x"),
            &key[..key.len() - 1],
            &key.to_lowercase(),
            &capitals,
            revoked["apiKey"].as_str().unwrap(),
        ] {
            self.buy(&format!("key {wrong}"), wrong, order.clone()).await;
            self.buy("and no JSON", wrong, "{").await;
        }
        self.wallet(&key).await;
    }

    async fn ended(&mut self, key: &str, id: &str) {
        if self.differs {
            return;
        }
        // Eleven recipients, two pauses of two milliseconds each, and then some.
        for wait in [60, 11] {
            tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
            self.get(&format!("/orders/{id}"), key).await;
            self.get(&format!("/orders/{id}/status"), key).await;
        }
    }

    async fn reads(&mut self) {
        let (key, other) =
            (self.world.account("Agent", 100_000).await, self.world.account("SuperAgent", 100_000).await);
        self.world
            .state("recipient", json!({"beneficiaryMsisdn": "233200000002", "outcome": "failed"}))
            .await;
        let order = self.world.order(&[0, 3, 1]).to_string();
        let answer = self.buy("one fails", &key, order.clone()).await;
        let id = answer["data"]["orderId"].as_str().unwrap_or("none").to_owned();
        self.ended(&key, &id).await;
        for (reader, index) in [(&other, 1), (&key, 0), (&key, 1)] {
            let path = format!("/api/v1/orders/{id}/recipients/{index}/retry");
            let reply = self.send("retry", Method::POST, &path, Some(reader), vec![]).await;
            let others = [0, 2].map(|at| reply["data"]["recipients"][at]["state"].clone());
            self.line(format!("others: {others:?}"));
            self.wallet(&key).await;
        }
        self.ended(&key, &id).await;
        self.ended(&other, &id).await;
        self.ended(&other, "unknown").await;
        self.buy("second", &key, order.clone()).await;
        self.buy("third", &other, order).await;
        for reader in [&key, &other] {
            let mut cursor = String::new();
            for _ in 0..3 {
                let page = self.get(&format!("/orders?limit=1&cursor={cursor}"), reader).await;
                cursor = page["data"]["continueCursor"].as_str().unwrap_or_default().to_owned();
            }
            let package = self.world.package(3).as_str().unwrap().to_owned();
            self.get(&format!("/packages/{package}"), reader).await;
            self.get("/packages/unknown", reader).await;
            let operator = self.world.operator(0)["operatorId"].as_str().unwrap().to_owned();
            self.get(&format!("/operators/{operator}/products"), reader).await;
            self.get("/operators/unknown/products", reader).await;
            self.get("/profile", reader).await;
        }
    }
}

/// Times are not the same in two runs, nor are states that depend on them.
fn mask(text: &str) -> String {
    let (mut out, mut digits) = (String::new(), String::new());
    for char in text.chars().chain(['\n']) {
        if char.is_ascii_digit() {
            digits.push(char);
            continue;
        }
        out.push_str(if digits.len() == 13 && digits.starts_with('1') { "TIME" } else { &digits });
        digits.clear();
        out.push(char);
    }
    out
}

/// States in an order list depend on how fast the script runs.
fn without_states(mut line: String) -> String {
    if ["/orders?", "/orders:", "retry"].iter().any(|start| line.starts_with(start)) {
        for state in ["pending", "processing", "completed", "failed"] {
            line = line.replace(&format!("\"{state}\""), "STATE");
        }
        for time in ["submittedAt", "completedAt"] {
            line = line.replace(&format!("\"{time}\":TIME"), &format!("\"{time}\":null"));
        }
        line = line.replace("\"1 of 3 recipients failed\"", "null");
    }
    line
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_shows() {
    let correct = Script::correct(&[]).await;
    assert_eq!(correct, Script::correct(&[]).await, "the script itself is not deterministic");
    let revised = Script::correct(&[Freedom::LaterRevision]).await;
    let client = crate::common::client();
    let sequential = faults::all().filter(|fault| !fault.needs.contains(&Need::Concurrency));
    let hidden: Vec<&str> = futures::stream::iter(sequential)
        .map(|fault| {
            let base = if fault.needs.contains(&Need::Revision) { &revised } else { &correct };
            let client = client.clone();
            async move { (fault.id, Script::hides(client, fault, base.clone()).await) }
        })
        .buffer_unordered(4)
        .filter_map(|(id, hidden)| async move { hidden.then_some(id) })
        .collect()
        .await;
    assert!(
        hidden.is_empty(),
        "these faults change nothing that the script sees: {hidden:?}; write what `plant` of each does, or let the \
         script above ask for it"
    );
}
