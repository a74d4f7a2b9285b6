//! Determines how the shapes of a run differ from the accepted ones.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::scenario::Scenario;
use super::tree::{Kind, Shape};
use crate::report::text::safe_json;

/// A difference between a shape of a run and the accepted one. The first text is the scenario, the second the path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drift {
    /// There is no accepted shape for the scenario.
    New(String),
    /// A field that the accepted shape does not have.
    Added(String, String),
    /// A field of the accepted shape that was not seen.
    Removed(String, String),
    /// A path with further types.
    Widened(String, String, Vec<Kind>),
    /// A field that was always present and is now missing in some answers.
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

/// Returns the differences between the shapes of a run and the accepted ones. Scenarios that the run did not meet are
/// skipped.
#[must_use]
pub fn drift(accepted: &BTreeMap<String, Shape>, observed: &BTreeMap<Scenario, Shape>) -> Vec<Drift> {
    drift_of(accepted, observed.iter().map(|(scenario, shape)| (scenario.to_string(), shape)))
}

/// As [`drift`], with the scenarios given by name.
#[must_use]
pub fn drift_of<'s>(
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
    // If no object was seen, nothing can be said about missing fields.
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

/// Returns a field's name as it is if it is plain, or else as a JSON string.
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
