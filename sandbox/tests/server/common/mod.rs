//! A sandbox with provider states, and a client for it.

#![allow(missing_docs, unreachable_pub, reason = "shared by the tests of this program alone")]

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::Method;
use sandbox::{Behaviour, Config, Freedom, Sandbox, faults};
use serde_json::{Value, json};
use spec::{Contract, Pesewas};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

pub fn contract() -> Arc<Contract> {
    static CONTRACT: OnceLock<Arc<Contract>> = OnceLock::new();
    CONTRACT.get_or_init(|| Arc::new(spec::embedded().unwrap())).clone()
}

pub fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// A received response.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Reply {
    pub async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Self { status, headers, json: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }

    /// Returns the status and the code of an error.
    pub fn error(&self) -> (u16, &str) {
        assert_eq!(self.json["success"], false, "{}", self.text);
        assert!(!self.json["error"]["message"].as_str().unwrap().is_empty());
        (self.status, self.json["error"]["code"].as_str().unwrap())
    }
}

pub struct Setup {
    pub sandbox: Sandbox,
    pub client: reqwest::Client,
    pub catalog: Value,
}

impl Setup {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    pub async fn with(freedoms: &[Freedom]) -> Self {
        let mut config = Config::new(contract());
        config.behaviour = Behaviour { freedoms: freedoms.iter().copied().collect(), fault: None };
        Self::of(config).await
    }

    pub async fn broken(fault: &str) -> Self {
        let mut config = Config::new(contract());
        config.behaviour.fault = Some(faults::by_id(fault).unwrap());
        Self::of(config).await
    }

    pub async fn of(config: Config) -> Self {
        Self::seen_by(client(), config).await
    }

    /// Starts a sandbox with an existing client, since making one takes longer than starting a sandbox.
    pub async fn seen_by(client: reqwest::Client, mut config: Config) -> Self {
        config.states = true;
        config.processing = Duration::from_millis(2);
        let sandbox = Sandbox::start(config).await.unwrap();
        let mut setup = Self { sandbox, client, catalog: Value::Null };
        setup.catalog = setup.state("catalog", json!({})).await;
        setup
    }

    pub async fn state(&self, state: &str, params: Value) -> Value {
        let body = json!({"state": state, "action": "setup", "params": params});
        let reply = self.send(Method::POST, "/_states", None, Some(body.to_string())).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json
    }

    /// Sets the clock of the sandbox.
    pub async fn clock(&self, setting: &str) -> Reply {
        self.send(Method::POST, "/_clock", None, Some(setting.to_owned())).await
    }

    /// Creates an account and returns its key.
    pub async fn account(&self, role: &str, pesewas: i64) -> String {
        let balance: Value = serde_json::from_str(&Pesewas::new(pesewas).to_json_number()).unwrap();
        let account = self.state("account", json!({"role": role, "balance": balance})).await;
        account["apiKey"].as_str().unwrap().to_owned()
    }

    pub async fn send(&self, method: Method, path: &str, key: Option<&str>, body: Option<String>) -> Reply {
        let mut request = self.client.request(method, format!("{}{path}", self.sandbox.url()));
        if let Some(key) = key {
            request = request.header("X-API-KEY", key);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        Reply::of(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str, key: &str) -> Reply {
        self.send(Method::GET, &format!("/api/v1{path}"), Some(key), None).await
    }

    pub async fn buy(&self, key: &str, order: &Value) -> Reply {
        self.buy_raw(key, order.to_string()).await
    }

    pub async fn buy_raw(&self, key: &str, body: impl Into<String>) -> Reply {
        self.send(Method::POST, "/api/v1/data-bundles/buy-bulk", Some(key), Some(body.into())).await
    }

    pub async fn retry(&self, key: &str, order_id: &str, index: &str) -> Reply {
        let path = format!("/api/v1/orders/{order_id}/recipients/{index}/retry");
        self.send(Method::POST, &path, Some(key), None).await
    }

    /// Sends these bytes and returns everything received until the server closes the connection.
    pub async fn raw(&self, bytes: &str) -> String {
        let address = self.sandbox.url().trim_start_matches("http://").to_owned();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// Returns a purchase with a chunked body, on a connection that closes afterwards.
    pub fn chunked(&self, key: &str, body: &str) -> String {
        format!(
            "POST /api/v1/data-bundles/buy-bulk HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n\
             content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n\
             {:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        )
    }

    pub fn operator(&self, at: usize) -> &Value {
        &self.catalog["operators"][at]
    }

    /// Returns the id of a package of the first product; the last package is inactive.
    pub fn package(&self, at: usize) -> &Value {
        &self.operator(0)["products"][0]["packages"][at]["packageId"]
    }

    /// Returns an order of the first product with these packages and distinct numbers.
    pub fn order(&self, packages: &[usize]) -> Value {
        let items = packages.iter().enumerate().map(|(at, package)| {
            json!({"packageId": self.package(*package), "beneficiaryMsisdn": format!("23320{:07}", at + 1)})
        });
        json!({
            "operatorId": self.operator(0)["operatorId"],
            "productId": self.operator(0)["products"][0]["productId"],
            "items": items.collect::<Vec<_>>(),
        })
    }

    /// Returns the numbers of the recipients of an order.
    pub async fn numbers(&self, key: &str, bought: &Reply) -> Vec<String> {
        let id = bought.json["data"]["orderId"].as_str().unwrap();
        let order = self.get(&format!("/orders/{id}"), key).await;
        let recipients = order.json["data"]["recipients"].as_array().unwrap().iter();
        recipients.map(|it| it["beneficiaryMsisdn"].as_str().unwrap().to_owned()).collect()
    }

    /// Returns the available balance in pesewas.
    pub async fn balance(&self, key: &str) -> i64 {
        self.wallet(key).await.0
    }

    /// Returns the available, held and total balance in pesewas.
    pub async fn wallet(&self, key: &str) -> (i64, i64, i64) {
        let wallet = self.get("/wallet-balance", key).await;
        assert_eq!(wallet.status, 200, "{}", wallet.text);
        let money = |name: &str| pesewas(&wallet.json["data"][name]);
        (money("availableBalance"), money("heldBalance"), money("totalBalance"))
    }

    /// Waits until all recipients of an order have ended, and returns the order.
    pub async fn ended(&self, key: &str, order_id: &str) -> Value {
        loop {
            let order = self.get(&format!("/orders/{order_id}"), key).await.json["data"].clone();
            let recipients = order["recipients"].as_array().unwrap();
            if recipients.iter().all(|it| ["completed", "failed"].contains(&it["state"].as_str().unwrap())) {
                return order;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

pub fn pesewas(value: &Value) -> i64 {
    Pesewas::from_decimal(&value.to_string()).unwrap().get()
}
