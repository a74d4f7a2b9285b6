//! Orders that a server must or may refuse.

use super::Script;
use serde_json::{Value, json};

impl Script {
    #[expect(clippy::cognitive_complexity, reason = "a script: one request after another")]
    pub(super) async fn refusals(&mut self) {
        for role in ["Customer", "Staff"] {
            let key = self.setup.account(role, 100_000).await;
            for list in [&[0, 1][..], &[0, 1, 2]] {
                let order = self.setup.order(list).to_string();
                self.buy(role, &key, order).await;
            }
            self.wallet(&key).await;
        }
        for role in ["Customer", "Agent"] {
            let key = self.setup.account(role, 0).await;
            let order = self.setup.order(&[0]).to_string();
            self.buy("one item without money", &key, order).await;
            let inactive = self.setup.package(4).clone();
            self.changed(&key, 2, "/items/0/packageId", inactive).await;
        }
        let agent = self.setup.account("Agent", 100_000).await;
        for count in [0, 1, 21, 22, 100, 258] {
            let order = self.setup.order(&vec![0; count]).to_string();
            self.buy(&format!("{count} items"), &agent, order).await;
        }
        self.wallet(&agent).await;
        self.wrong_values(&agent).await;
        self.missing_fields(&agent).await;
        self.strange_orders(&agent).await;
        self.get("/orders", &agent).await;
        // What may be different for the other role that may buy.
        let other = self.setup.account("SuperAgent", 100_000).await;
        let order = self.setup.order(&[0; 22]).to_string();
        self.buy("22 items", &other, order).await;
        let mut order = self.setup.order(&[0; 12]);
        order["items"][11]["packageId"] = json!("unknown");
        self.buy("unknown package", &other, order.to_string()).await;
        self.wallet(&other).await;
    }

    async fn wrong_values(&mut self, key: &str) {
        let elsewhere = self.setup.operator(0)["products"][1]["packages"][0]["packageId"].clone();
        let inactive = self.setup.package(4).clone();
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
        for number in [
            "0201234567",
            " 233201234567",
            "+447911123456",
            "2332012345678901",
            "٢٣٣٢٠١٢٣٤٥٦٧",
            "a\u{0}b",
            &"9".repeat(300),
        ] {
            self.changed(key, 12, "/items/5/beneficiaryMsisdn", json!(number)).await;
        }
        let other = self.setup.operator(1).clone();
        self.changed(key, 2, "/operatorId", other["operatorId"].clone()).await;
        self.changed(key, 2, "/productId", other["products"][0]["productId"].clone()).await;
        self.wallet(key).await;
    }

    /// Buys with this many items and one value changed.
    async fn changed(&mut self, key: &str, count: usize, place: &str, value: Value) -> Value {
        let mut order = self.setup.order(&vec![0; count]);
        let what = format!("{place} {value} of {count}");
        *order.pointer_mut(place).unwrap() = value;
        self.buy(&what, key, order.to_string()).await
    }

    async fn missing_fields(&mut self, key: &str) {
        for field in ["operatorId", "productId", "items"] {
            let mut order = self.setup.order(&[0, 0]);
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
            let mut order = self.setup.order(&vec![0; count]);
            order["items"][at].as_object_mut().unwrap().remove(field);
            self.buy(&format!("without {field} at {at}"), key, order.to_string()).await;
            self.changed(key, count, &format!("/items/{at}/{field}"), json!("unknown")).await;
        }
        self.wallet(key).await;
    }

    async fn strange_orders(&mut self, key: &str) {
        for count in [2, 30] {
            let mut order = self.setup.order(&vec![0; count]);
            order["items"][1] = order["items"][0].clone();
            self.buy(&format!("twins among {count}"), key, order.to_string()).await;
        }
        let order = self.setup.order(&[0, 0]);
        let blank = format!(" {} ", order["operatorId"].as_str().unwrap());
        self.changed(key, 2, "/operatorId", json!(blank)).await;
        let answer = self.changed(key, 2, "/items/0/beneficiaryMsisdn", json!("020 123 4567")).await;
        let id = answer["data"]["orderId"].as_str().unwrap_or("none").to_owned();
        self.ended(key, &id).await;
        for field in ["operatorId", "productId"] {
            self.changed(key, 2, &format!("/{field}"), json!([order[field]])).await;
        }
        self.changed(key, 2, "/items", json!({"0": order["items"][0], "1": order["items"][1]})).await;
    }
}
