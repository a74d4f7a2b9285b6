//! A catalog, orders from it, and orders as their server stores them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use conformance::history::{Catalog, KeyUse, OperatorFacts, PackageFacts, ProductFacts};
pub(crate) use conformance::sut::NOBODYS_ID as NOBODYS;
use serde_json::{Value, json};
use spec::{Contract, Pesewas};

pub(crate) const JSON: &str = "application/json";

pub(crate) fn contract() -> &'static Contract {
    static CONTRACT: LazyLock<Contract> = LazyLock::new(|| spec::embedded().unwrap());
    &CONTRACT
}

/// Writes pesewas as a JSON number of cedis.
pub(crate) fn ghs(pesewas: i64) -> Value {
    serde_json::from_str(&Pesewas::new(pesewas).to_json_number()).unwrap()
}

/// Operator, product and whether it is on sale; its packages: id, whether on sale, price for Agent, price for
/// SuperAgent.
type Line = (&'static str, &'static str, bool, &'static [(&'static str, bool, i64, i64)]);
const CATALOG: [Line; 4] = [
    ("op1", "pr1", true, &[("pa", true, 110, 100), ("pb", true, 235, 220), ("px", false, 999, 959)]),
    ("op1", "pr2", true, &[("pc", true, 70, 65)]),
    ("op1", "pu", false, &[("pu1", true, 60, 57)]),
    ("op2", "pr3", true, &[("pd", true, 30, 28)]),
];

pub(crate) fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    for (operator, product, available, packages) in CATALOG {
        if catalog.operators.last().is_none_or(|it: &OperatorFacts| it.id != operator) {
            let products = Vec::new();
            catalog.operators.push(OperatorFacts {
                id: operator.into(),
                recipient_prefix: None,
                failing_recipient: None,
                products,
            });
        }
        let price = |agent, other| {
            [("Agent", agent), ("SuperAgent", other)].map(|(role, it)| (role.into(), Pesewas::new(it)))
        };
        let packages = packages.iter().map(|(id, active, agent, other)| PackageFacts {
            id: (*id).into(),
            active: *active,
            price: BTreeMap::from(price(*agent, *other)),
        });
        let product = ProductFacts { id: product.into(), available, packages: packages.collect() };
        catalog.operators.last_mut().unwrap().products.push(product);
    }
    catalog
}

/// Returns the price of a package for a role; 0 for a package that the catalog does not have.
pub(crate) fn price(package: &str, role: &str) -> i64 {
    let line = CATALOG.iter().flat_map(|it| it.3).find(|it| it.0 == package);
    line.map_or(0, |(_, _, agent, other)| if role == "SuperAgent" { *other } else { *agent })
}

/// An order request, valid unless it is changed.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) json: Value,
    body: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) key: KeyUse,
}

/// Returns an order with this many items of the same package.
pub(crate) fn good(items: usize) -> Order {
    of(&vec!["pa"; items])
}

/// Returns an order with these packages of the first product.
pub(crate) fn of(packages: &[&str]) -> Order {
    let items: Vec<Value> = packages
        .iter()
        .enumerate()
        .map(|(at, it)| json!({"packageId": it, "beneficiaryMsisdn": format!("23320{:07}", at + 1)}))
        .collect();
    Order {
        json: json!({"operatorId": "op1", "productId": "pr1", "items": items}),
        body: None,
        headers: vec![("content-type".into(), JSON.into())],
        key: KeyUse::Own,
    }
}

impl Order {
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.json);
        self
    }

    pub(crate) fn package(self, at: usize, id: Value) -> Self {
        self.with(|it| it["items"][at]["packageId"] = id)
    }

    pub(crate) fn number(self, at: usize, number: Value) -> Self {
        self.with(|it| it["items"][at]["beneficiaryMsisdn"] = number)
    }

    pub(crate) fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(bytes.into());
        self
    }

    pub(crate) fn media(mut self, value: Option<&str>) -> Self {
        self.headers = value.map(|it| ("content-type".to_owned(), it.to_owned())).into_iter().collect();
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn key(mut self, key: KeyUse) -> Self {
        self.key = key;
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.body.clone().unwrap_or_else(|| self.json.to_string().into_bytes())
    }

    pub(crate) fn items(&self) -> &[Value] {
        self.json["items"].as_array().map_or(&[], Vec::as_slice)
    }
}

/// An order as its server stores it, for the answers to readings.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) json: Value,
}

impl Made {
    /// Returns the order with these states of its recipients; it is processing until all have ended.
    pub(crate) fn states(&self, states: &[&str]) -> Value {
        let mut json = self.json.clone();
        for (at, state) in states.iter().enumerate() {
            json["recipients"][at]["state"] = json!(state);
        }
        let ended =
            states.iter().all(|it| ["completed", "failed", "reversed"].contains(&it.to_lowercase().as_str()));
        json["state"] = json!(if ended { "completed" } else { "processing" });
        json
    }

    pub(crate) fn with(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut json = self.json.clone();
        change(&mut json);
        json
    }
}
