//! Keys that are slightly wrong, bodies that are not orders, and unusual requests that HTTP allows.

use super::{BUY, Script};
use reqwest::Method;
use serde_json::json;

impl Script {
    pub(super) async fn keys(&mut self) {
        let key = self.setup.account("Agent", 100_000).await;
        let revoked = |role: &str| json!({"role": role, "balance": 1, "revoked": true});
        let (first, second) = (revoked("Agent"), revoked("SuperAgent"));
        let first = self.setup.state("account", first).await;
        let second = self.setup.state("account", second).await;
        let order = self.setup.order(&[0, 0]).to_string();
        self.send("no key", Method::POST, BUY, None, order.clone().into()).await;
        let capitals = key.to_ascii_uppercase();
        for wrong in [
            "",
            "x",
            "netconnect_test_x",
            &format!("{key}x"),
            &format!("{key} x"),
            &format!("{}%", &key[..key.len() - 1]),
            &key[..key.len() - 1],
            &key.to_lowercase(),
            &capitals,
            &key.replace("_test_", "_live_"),
            key.strip_prefix("netconnect_test_").unwrap(),
            first["apiKey"].as_str().unwrap(),
            second["apiKey"].as_str().unwrap(),
        ] {
            self.buy(&format!("key {wrong}"), wrong, order.clone()).await;
            self.buy("and no JSON", wrong, "{").await;
        }
        self.wallet(&key).await;
    }

    /// Requests that an ordinary client does not send.
    pub(super) async fn manners(&mut self) {
        let key = self.setup.account("Agent", 100_000).await;
        for more in ["", "accept: text/html\r\n", "accept-encoding: gzip\r\n"] {
            let head = format!("GET /api/v1/wallet-balance HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n");
            self.raw("wallet", format!("{head}{more}connection: close\r\n\r\n")).await;
        }
        let last = "GET /api/v1/orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        self.raw(
            "two, the second without a key",
            format!("GET /api/v1/profile HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n\r\n{last}"),
        )
        .await;
        self.send("no such method", Method::DELETE, "/api/v1/orders", Some(&key), Vec::new()).await;
        self.send("no such path", Method::GET, "/api/v1/elsewhere", Some(&key), Vec::new()).await;
        self.send("an encoded slash", Method::GET, "/api/v1/orders/..%2Fprofile", Some(&key), Vec::new())
            .await;
    }

    pub(super) async fn odd_bodies(&mut self) {
        let key = self.setup.account("Agent", 100_000).await;
        let order = self.setup.order(&[0, 0]);
        let good = order.to_string();
        let values = json!([order["operatorId"], order["productId"], order["items"]]);
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
            ("values without names", values.to_string().into()),
            ("text", json!(good).to_string().into()),
            ("number", "7".into()),
            ("deep", "[".repeat(300).into()),
            (
                "deepest",
                [good.as_bytes(), "[".repeat(25_000).as_bytes(), "]".repeat(25_000).as_bytes()].concat(),
            ),
            ("surrogate", good.replacen("23320", "\\ud800", 1).into()),
            ("huge", good.replacen('{', "{\"x\":1e999,", 1).into()),
            ("twice", good.replacen('{', "{\"items\":7,", 1).into()),
            ("not a number", good.replacen('{', "{\"x\":NaN,", 1).into()),
            ("shouted", good.replace("\"items\"", "\"ITEMS\"").into()),
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
                .setup
                .client
                .post(format!("{}{BUY}", self.setup.sandbox.url()))
                .header("X-API-KEY", &key);
            if let Some(kind) = kind {
                request = request.header("content-type", kind);
            }
            let status = request.body(good.clone()).send().await.map(|response| response.status());
            self.line(format!("as {kind:?}: {:?}", status.ok()));
        }
        self.orders_byte_by_byte(&key, &good).await;
    }

    /// Orders in forms that an ordinary client does not write.
    async fn orders_byte_by_byte(&mut self, key: &str, good: &str) {
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
}
