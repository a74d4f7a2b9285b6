//! Collects the shapes of a run's answers by scenario.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use spec::OperationId;

use super::tree::{Kind, Shape};
use crate::history::store::Records;
use crate::history::{Exchange, Response};

/// What an answer responded to, and how. It names a shape.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scenario {
    /// The operation.
    pub(crate) operation: OperationId,
    /// The status.
    pub(crate) status: u16,
    /// The content type in lower case without parameters; `none` if there is none.
    pub(crate) kind: String,
}

/// Writes the name of the scenario's file without extension, such as `buyBulk-200-application-json`.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let safe = |it: char| if it.is_ascii_alphanumeric() || it == '.' { it } else { '-' };
        let kind: String = self.kind.chars().take(60).map(safe).collect();
        write!(f, "{}-{}-{kind}", self.operation.name(), self.status)
    }
}

/// Returns the shapes of all answers.
#[must_use]
pub fn observe(cases: &Records) -> BTreeMap<Scenario, Shape> {
    let mut shapes = BTreeMap::<Scenario, Shape>::new();
    let mut note = |exchange: &Exchange| {
        let Some(response) = exchange.answer.response() else { return };
        let scenario =
            Scenario { operation: exchange.operation, status: response.status, kind: content_type(response) };
        let shape = body(&response.body.0);
        match shapes.get_mut(&scenario) {
            Some(known) => known.merge(shape),
            None => drop(shapes.insert(scenario, shape)),
        }
    };
    cases.iter().for_each(|case| case.exchanges.iter().for_each(&mut note));
    shapes
}

fn body(bytes: &[u8]) -> Shape {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => Shape::of(&value),
        Err(_) if bytes.is_empty() => Shape::leaf(Kind::Empty),
        Err(_) if std::str::from_utf8(bytes).is_ok() => Shape::leaf(Kind::Text),
        Err(_) => Shape::leaf(Kind::Bytes),
    }
}

fn content_type(response: &Response) -> String {
    let kind = response.header("content-type").unwrap_or("none");
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
