//! A script of requests that exercises everything in which servers may differ: if two servers differ, so do their
//! answers.
//!
//! Ids are derived from counters, so that two servers give the same answers, byte for byte except for times.

mod bodies;
mod orders;
mod refusals;

use std::time::Duration;

use crate::common::{Reply, Setup, contract};
use reqwest::Method;
use sandbox::{Behaviour, Config};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const BUY: &str = "/api/v1/data-bundles/buy-bulk";

/// Timeout for an answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The answers of a server to the script.
pub(crate) struct Script {
    setup: Setup,
    lines: Vec<String>,
    /// The answers of another server; the script ends at the first difference.
    other: Option<Vec<String>>,
    differs: bool,
}

impl Script {
    /// Returns the answers of a server with this behaviour to the whole script.
    pub(crate) async fn said(behaviour: Behaviour) -> Vec<String> {
        Self::play(Self::setup(crate::common::client(), behaviour).await, None).await.lines
    }

    /// Returns true if a server with this behaviour gives the same answers as another.
    pub(crate) async fn agrees(client: reqwest::Client, behaviour: Behaviour, other: Vec<String>) -> bool {
        !Self::play(Self::setup(client, behaviour).await, Some(other)).await.differs
    }

    async fn setup(client: reqwest::Client, behaviour: Behaviour) -> Setup {
        let mut config = Config::new(contract());
        config.behaviour = behaviour;
        let setup = Setup::seen_by(client, config).await;
        setup.clock(r#"{"frozen": true}"#).await;
        setup
    }

    async fn play(setup: Setup, other: Option<Vec<String>>) -> Self {
        let mut script = Self { setup, lines: Vec::new(), other, differs: false };
        script.reads().await;
        script.keys().await;
        script.manners().await;
        script.odd_bodies().await;
        script.orders().await;
        script.elsewhere().await;
        script.refusals().await;
        script
    }

    fn line(&mut self, line: String) {
        let same = self.other.as_ref().is_none_or(|other| other.get(self.lines.len()) == Some(&line));
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
        let mut request = self.setup.client.request(method, format!("{}{path}", self.setup.sandbox.url()));
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

    async fn raw(&mut self, what: &str, bytes: String) {
        if self.differs {
            return;
        }
        let address = self.setup.sandbox.url().trim_start_matches("http://").to_owned();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.write_all(bytes.as_bytes()).await;
        let _ = stream.read_to_end(&mut answer).await;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("date:")).collect();
        self.line(mask(&format!("{what}: {}", lines.join("|"))));
    }

    /// Puts the clock of the sandbox forward; it stands still otherwise, so that no state depends on how fast the script
    /// runs.
    async fn pass(&self, millis: u64) {
        self.setup.clock(&format!(r#"{{"advanceMillis": {millis}}}"#)).await;
    }

    async fn ended(&mut self, key: &str, id: &str) {
        if self.differs {
            return;
        }
        // Eleven recipients with two pauses of two milliseconds each, and some time to spare.
        for wait in [60, 11] {
            self.pass(wait).await;
            self.get(&format!("/orders/{id}"), key).await;
            self.get(&format!("/orders/{id}/status"), key).await;
        }
    }
}

/// Replaces times, which differ between two runs.
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
