//! How the shapes of a run differ from the accepted ones.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::scenario::Scenario;
use super::tree::{Kind, Shape};
use crate::report::text::safe_json;

/// How shapes of a run differ from the accepted ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drift {
    /// A scenario that no accepted shape is of.
    New(String),
    /// A field that was not there: its path.
    Added(String, String),
    /// A field that is there no more.
    Removed(String, String),
    /// Further types at a path.
    Widened(String, String, Vec<Kind>),
    /// A field that was always there and is now missing at times.
    Optional(String, String),
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New(scenario) => write!(f, "{scenario}: an answer of this kind is new"),
            Self::Added(scenario, path) => write!(f, "{scenario}: {path} was added"),
            Self::Removed(scenario, path) => write!(f, "{scenario}: {path} was not seen"),
            Self::Widened(scenario, path, types) => {
                let types: Vec<String> = types.iter().map(ToString::to_string).collect();
                write!(f, "{scenario}: {path} can now be {}", types.join(" or "))
            }
            Self::Optional(scenario, path) => write!(f, "{scenario}: {path} is missing at times"),
        }
    }
}

/// How the shapes of a run differ from the accepted ones, by scenario; scenarios that the run did not meet say nothing.
#[must_use]
pub fn drift(accepted: &BTreeMap<String, Shape>, observed: &BTreeMap<Scenario, Shape>) -> Vec<Drift> {
    drift_of(accepted, observed.iter().map(|(scenario, shape)| (scenario.to_string(), shape)))
}

/// The same, of scenarios by name.
#[must_use]
pub(crate) fn drift_of<'s>(
    accepted: &BTreeMap<String, Shape>,
    observed: impl Iterator<Item = (String, &'s Shape)>,
) -> Vec<Drift> {
    let mut found = Vec::new();
    for (scenario, shape) in observed {
        match accepted.get(&scenario) {
            Some(known) => compare(&scenario, "$", shape, known, &mut found),
            None => found.push(Drift::New(scenario)),
        }
    }
    found
}

/// Compares what was observed at a path with what was accepted there.
fn compare(scenario: &str, path: &str, observed: &Shape, accepted: &Shape, found: &mut Vec<Drift>) {
    let name = || scenario.to_owned();
    let more: Vec<Kind> = observed.types.difference(&accepted.types).copied().collect();
    if !more.is_empty() {
        found.push(Drift::Widened(name(), path.to_owned(), more));
    }
    for (field, shape) in &observed.fields {
        let at = format!("{path}.{}", quoted(field));
        let Some(known) = accepted.fields.get(field) else {
            found.push(Drift::Added(name(), at));
            continue;
        };
        if observed.optional.contains(field) && !accepted.optional.contains(field) {
            found.push(Drift::Optional(name(), at.clone()));
        }
        compare(scenario, &at, shape, known, found);
    }
    // Without an object at all, its fields can't be missed.
    if observed.types.contains(&Kind::Object) {
        let gone = accepted.fields.keys().filter(|field| !observed.fields.contains_key(*field));
        found.extend(gone.map(|field| Drift::Removed(name(), format!("{path}.{}", quoted(field)))));
    }
    match (&observed.items, &accepted.items) {
        (Some(items), Some(known)) => compare(scenario, &format!("{path}[]"), items, known, found),
        (Some(_), None) => found.push(Drift::Added(name(), format!("{path}[]"))),
        (None, _) => {}
    }
}

/// A name that stands for itself, or else its JSON string.
fn quoted(name: &str) -> String {
    let plain =
        !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_' || it == '-');
    if plain { name.to_owned() } else { safe_json(&Value::from(name).to_string()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use spec::OperationId;

    use super::*;

    #[test]
    fn drift_names_what_changed() {
        let before = Shape::of(&json!({ "a": 1, "b": { "c": "x" }, "list": [{ "x": 1 }] }));
        let mut after = Shape::of(&json!({ "a": null, "b": { "d": 1 }, "list": [{ "x": 1 }, {}] }));
        after.merge(Shape::of(&json!({ "a": 2 })));
        let scenario =
            Scenario { operation: OperationId::Wallet, status: 200, kind: "application/json".to_owned() };
        let other = Scenario { status: 500, ..scenario.clone() };
        let accepted = BTreeMap::from([(scenario.to_string(), before)]);
        let observed = BTreeMap::from([(scenario, after), (other, Shape::leaf(Kind::Empty))]);
        let lines: Vec<_> = drift(&accepted, &observed).iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
