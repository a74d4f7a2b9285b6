//! The task of a client, and how it is passed: as environment variables, and with the same fields as one line of JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a client is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    /// Place one order.
    Buy,
    /// Place one order and follow it to its end.
    BuyAndWait,
    /// Read what can be spent.
    Balance,
}

impl TaskKind {
    /// Every task.
    pub const ALL: [Self; 3] = [Self::Buy, Self::BuyAndWait, Self::Balance];

    /// Returns its name in the environment.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::BuyAndWait => "buy-and-wait",
            Self::Balance => "balance",
        }
    }

    /// Returns true if the task places an order.
    #[must_use]
    pub(crate) const fn buys(self) -> bool {
        matches!(self, Self::Buy | Self::BuyAndWait)
    }
}

/// A task with its parameters, without the address and the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    /// The kind of task.
    pub kind: TaskKind,
    /// The id of the operator.
    pub operator: String,
    /// The id of the product.
    pub product: String,
    /// The phone number and the package of each recipient.
    pub recipients: Vec<(String, String)>,
    /// Seconds to wait for an answer.
    pub timeout: u64,
    /// Seconds to follow an order.
    pub wait: u64,
}

impl Task {
    /// Returns the environment variables, with the address and the key.
    #[must_use]
    pub(crate) fn environment(&self, url: &str, key: &str) -> BTreeMap<&'static str, String> {
        let column = |pick: fn(&(String, String)) -> &String| {
            self.recipients.iter().map(pick).cloned().collect::<Vec<_>>().join(",")
        };
        BTreeMap::from([
            ("NETCONNECT_URL", url.to_owned()),
            ("NETCONNECT_API_KEY", key.to_owned()),
            ("NETCONNECT_TASK", self.kind.name().to_owned()),
            ("NETCONNECT_OPERATOR_ID", self.operator.clone()),
            ("NETCONNECT_PRODUCT_ID", self.product.clone()),
            ("NETCONNECT_RECIPIENTS", column(|it| &it.0)),
            ("NETCONNECT_PACKAGE_IDS", column(|it| &it.1)),
            ("NETCONNECT_TIMEOUT", self.timeout.to_string()),
            ("NETCONNECT_WAIT", self.wait.to_string()),
        ])
    }

    /// Returns the same fields as one line of JSON, with a newline at its end.
    #[must_use]
    pub(crate) fn line(&self, url: &str, key: &str) -> String {
        let fields: Map<String, Value> = self
            .environment(url, key)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        format!("{}\n", Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_told_twice_and_the_same() {
        let task = Task {
            kind: TaskKind::Buy,
            operator: "k57".into(),
            product: "p22".into(),
            recipients: vec![("233201".into(), "q1".into()), ("233202".into(), "q2".into())],
            timeout: 2,
            wait: 3,
        };
        let environment = task.environment("http://127.0.0.1:1", "key");
        assert_eq!(environment["NETCONNECT_RECIPIENTS"], "233201,233202");
        assert_eq!(environment["NETCONNECT_PACKAGE_IDS"], "q1,q2");
        let line: BTreeMap<String, String> =
            serde_json::from_str(&task.line("http://127.0.0.1:1", "key")).unwrap();
        assert!(line.iter().all(|(name, value)| environment[name.as_str()] == *value));
        assert_eq!(line.len(), environment.len());
        let page = include_str!("../../../spec/pages/client-task.txt");
        assert!(
            line.keys().all(|name| page.contains(name.as_str())),
            "the page of the task tells each variable"
        );
    }
}
