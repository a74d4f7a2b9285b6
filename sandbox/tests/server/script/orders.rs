//! Orders of every size, the balance after them, and how they are read, listed and retried.

use super::Script;
use reqwest::Method;
use serde_json::json;

impl Script {
    #[expect(clippy::cognitive_complexity, reason = "a script: one request after another")]
    pub(super) async fn orders(&mut self) {
        let (agent, other) =
            (self.setup.account("Agent", 1_000_000).await, self.setup.account("SuperAgent", 1_000_000).await);
        self.wallet(&agent).await;
        self.get("/profile", &agent).await;
        let twins = {
            let mut order = self.setup.order(&[0, 3, 1]);
            order["items"][2] = order["items"][0].clone();
            order
        };
        let packages: [&[usize]; 7] = [&[0, 1], &[3, 2, 0], &[3; 11], &[0; 13], &[0; 17], &[1; 20], &[0, 1]];
        for (key, role) in [(&agent, "agent"), (&other, "other")] {
            for list in packages {
                let order = self.setup.order(list).to_string();
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
                let key = self.setup.account(role, balance).await;
                let order = self.setup.order(&list).to_string();
                self.buy(&format!("{role} with {balance}"), &key, order.clone()).await;
                self.wallet(&key).await;
                self.buy("and again", &key, order).await;
                self.wallet(&key).await;
                self.get("/orders", &key).await;
            }
        }
        let poor = self.setup.account("Agent", 50).await;
        for list in [&[0, 3][..], &[0; 11], &[0, 0]] {
            let order = self.setup.order(list).to_string();
            self.buy("too much, then less", &poor, order).await;
        }
    }

    /// Buys every package of the second operator's first product, active or not, and reads an order again after ten newer
    /// ones and by a role that may not buy.
    pub(super) async fn elsewhere(&mut self) {
        let key = self.setup.account("Agent", 1_000_000).await;
        let mut order = self.setup.order(&[0, 0]);
        // A profile from a cache is told by a reading right after a purchase.
        self.get("/profile", &key).await;
        let first = self.buy("the first of eleven", &key, order.to_string()).await;
        self.get("/profile", &key).await;
        let id = first["data"]["orderId"].as_str().unwrap_or("none").to_owned();
        for nth in 0..10 {
            self.buy(&format!("newer: {nth}"), &key, order.to_string()).await;
        }
        self.pass(60).await;
        let staff = self.setup.account("Staff", 1_000).await;
        for reader in [&key, &staff] {
            self.get(&format!("/orders/{id}"), reader).await;
        }
        let operator = self.setup.operator(1).clone();
        let product = &operator["products"][0];
        order["operatorId"] = operator["operatorId"].clone();
        order["productId"] = product["productId"].clone();
        for package in product["packages"].as_array().cloned().unwrap_or_default() {
            for at in 0..2 {
                order["items"][at]["packageId"] = package["packageId"].clone();
            }
            self.buy("from another operator", &key, order.to_string()).await;
        }
    }

    #[expect(clippy::cognitive_complexity, reason = "a script: one request after another")]
    pub(super) async fn reads(&mut self) {
        let (key, other) =
            (self.setup.account("Agent", 100_000).await, self.setup.account("SuperAgent", 100_000).await);
        self.setup
            .state("recipient", json!({"beneficiaryMsisdn": "233200000002", "outcome": "failed"}))
            .await;
        let order = self.setup.order(&[0, 3, 1]).to_string();
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
            let package = self.setup.package(3).as_str().unwrap().to_owned();
            self.get(&format!("/packages/{package}"), reader).await;
            self.get("/packages/unknown", reader).await;
            let operator = self.setup.operator(0)["operatorId"].as_str().unwrap().to_owned();
            self.get(&format!("/operators/{operator}/products"), reader).await;
            self.get("/operators/unknown/products", reader).await;
            self.get("/profile", reader).await;
        }
    }
}
