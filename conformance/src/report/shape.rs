//! What answers look like: the tree of fields with their types and no values, per operation, status and content type.
//!
//! The accepted shapes are snapshot files, one per scenario; a run tells how it drifts from them, as information.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spec::{Contract, OperationId};

use super::output::{ReportError, whole};
use super::text::visible;
use crate::history::store::Records;
use crate::history::{Exchange, Response};

/// Objects with more fields than this are taken for maps, whose keys are values.
const FIELDS: usize = 64;
/// Deeper trees are cut.
const DEPTH: usize = 24;

/// What an answer was given to and how: the name of a shape.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scenario {
    /// Operation.
    pub operation: OperationId,
    /// Status.
    pub status: u16,
    /// Content type without parameters, in lower case; `none` without one.
    pub kind: String,
}

/// As a file is called: `buyBulk-200-application-json`.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let safe = |it: char| if it.is_ascii_alphanumeric() || it == '.' { it } else { '-' };
        let kind: String = self.kind.chars().take(60).map(safe).collect();
        write!(f, "{}-{}-{kind}", self.operation.name(), self.status)
    }
}

/// Types and parts of a value seen at one place, over all answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// Types seen: `string`, `number`, `boolean`, `null`, `object`, `array`, or what a body is that is not JSON.
    pub types: BTreeSet<String>,
    /// Fields of objects.
    pub fields: BTreeMap<String, Field>,
    /// Elements of arrays, merged.
    pub items: Option<Box<Shape>>,
}

/// A field of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// Whether objects without it were seen too.
    pub optional: bool,
    /// Its shape.
    pub shape: Shape,
}

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
    Widened(String, String, Vec<String>),
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
                write!(f, "{scenario}: {path} can now be {}", types.join(" or "))
            }
            Self::Optional(scenario, path) => write!(f, "{scenario}: {path} is missing at times"),
        }
    }
}

/// The shapes of all answers.
#[must_use]
pub fn observe(cases: &Records) -> BTreeMap<Scenario, Shape> {
    let mut shapes = BTreeMap::<Scenario, Shape>::new();
    let mut note = |exchange: &Exchange| {
        let Some(response) = exchange.answer.response() else { return };
        let scenario =
            Scenario { operation: exchange.operation, status: response.status, kind: content_type(response) };
        let shape = match serde_json::from_slice::<Value>(&response.body.0) {
            Ok(value) => Shape::of(&value, 0),
            Err(_) if response.body.0.is_empty() => Shape::leaf("empty"),
            Err(_) if std::str::from_utf8(&response.body.0).is_ok() => Shape::leaf("text"),
            Err(_) => Shape::leaf("bytes"),
        };
        match shapes.get_mut(&scenario) {
            Some(known) => known.merge(shape),
            None => drop(shapes.insert(scenario, shape)),
        }
    };
    cases.iter().for_each(|case| case.exchanges.iter().for_each(&mut note));
    shapes
}

fn content_type(response: &Response) -> String {
    let kind = response.header("content-type").unwrap_or("none");
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

impl Shape {
    fn leaf(kind: &str) -> Self {
        Self { types: BTreeSet::from([kind.to_owned()]), ..Self::default() }
    }

    fn of(value: &Value, depth: usize) -> Self {
        match value {
            Value::Null => Self::leaf("null"),
            Value::Bool(_) => Self::leaf("boolean"),
            // Whether a number is whole is a matter of its value.
            Value::Number(_) => Self::leaf("number"),
            Value::String(_) => Self::leaf("string"),
            Value::Array(list) => {
                let mut shape = Self::leaf("array");
                for item in list.iter().filter(|_| depth < DEPTH) {
                    let item = Self::of(item, depth + 1);
                    match &mut shape.items {
                        Some(items) => items.merge(item),
                        None => shape.items = Some(Box::new(item)),
                    }
                }
                shape
            }
            Value::Object(object) if object.len() > FIELDS => Self::leaf("map"),
            Value::Object(object) => {
                let mut shape = Self::leaf("object");
                for (name, value) in object.iter().filter(|_| depth < DEPTH) {
                    let shape_of = Self::of(value, depth + 1);
                    shape.fields.insert(name.clone(), Field { optional: false, shape: shape_of });
                }
                shape
            }
        }
    }

    fn merge(&mut self, other: Self) {
        // A field that one object has and another lacks is optional; a value that is no object says nothing about it.
        if self.types.contains("object") && other.types.contains("object") {
            for (name, field) in &mut self.fields {
                field.optional |= !other.fields.contains_key(name);
            }
            for (name, mut field) in other.fields {
                match self.fields.get_mut(&name) {
                    Some(known) => {
                        known.optional |= field.optional;
                        known.shape.merge(field.shape);
                    }
                    None => {
                        field.optional = true;
                        self.fields.insert(name, field);
                    }
                }
            }
        } else {
            self.fields.extend(other.fields);
        }
        match (&mut self.items, other.items) {
            (Some(items), Some(more)) => items.merge(*more),
            (items @ None, more) => *items = more,
            (Some(_), None) => {}
        }
        self.types.extend(other.types);
    }

    /// Adds the types that were seen before at the places that are still there.
    fn keep_types(&mut self, before: &Self) {
        self.types.extend(before.types.iter().cloned());
        for (name, field) in &mut self.fields {
            if let Some(known) = before.fields.get(name) {
                field.optional |= known.optional;
                field.shape.keep_types(&known.shape);
            }
        }
        if let (Some(items), Some(known)) = (&mut self.items, &before.items) {
            items.keep_types(known);
        }
    }

    /// The shape as text, a line for each place; [`parse`] reads it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write("$", false, 0, &mut out);
        out
    }

    fn write(&self, name: &str, optional: bool, depth: usize, out: &mut String) {
        let types: Vec<_> = self.types.iter().map(String::as_str).collect();
        let mark = if optional { "?" } else { "" };
        *out += &format!("{}{name}{mark}: {}\n", "  ".repeat(depth), types.join(" | "));
        for (name, field) in &self.fields {
            field.shape.write(&quoted(name), field.optional, depth + 1, out);
        }
        if let Some(items) = &self.items {
            items.write("[]", false, depth + 1, out);
        }
    }

    fn drift(&self, accepted: &Self, scenario: &str, path: &str, found: &mut Vec<Drift>) {
        let more: Vec<_> = self.types.difference(&accepted.types).cloned().collect();
        if !more.is_empty() {
            found.push(Drift::Widened(scenario.to_owned(), path.to_owned(), more));
        }
        let at = |name: &str| format!("{path}.{}", quoted(name));
        for (name, field) in &self.fields {
            match accepted.fields.get(name) {
                None => found.push(Drift::Added(scenario.to_owned(), at(name))),
                Some(known) => {
                    if field.optional && !known.optional {
                        found.push(Drift::Optional(scenario.to_owned(), at(name)));
                    }
                    field.shape.drift(&known.shape, scenario, &at(name), found);
                }
            }
        }
        // Without an object at all, its fields can't be missed.
        for name in accepted.fields.keys().filter(|_| self.types.contains("object")) {
            if !self.fields.contains_key(name) {
                found.push(Drift::Removed(scenario.to_owned(), at(name)));
            }
        }
        match (&self.items, &accepted.items) {
            (Some(items), Some(known)) => items.drift(known, scenario, &format!("{path}[]"), found),
            (Some(_), None) => found.push(Drift::Added(scenario.to_owned(), format!("{path}[]"))),
            (None, _) => {}
        }
    }
}

/// A name that stands for itself, or else its JSON string.
fn quoted(name: &str) -> String {
    let plain =
        !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_' || it == '-');
    if plain { name.to_owned() } else { super::text::safe_json(&Value::from(name).to_string()) }
}

/// Reads the text of a shape; none where it is not one.
#[must_use]
pub fn parse(text: &str) -> Option<Shape> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
    let (depth, name, field) = parse_line(lines.next()?)?;
    let mut root = field.shape;
    if depth != 0 || name != "$" {
        return None;
    }
    children(&mut root, 1, &mut lines)?;
    lines.peek().is_none().then_some(root)
}

fn children<'a>(
    parent: &mut Shape,
    depth: usize,
    lines: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
) -> Option<()> {
    while let Some(line) = lines.peek() {
        let (at, name, mut field) = parse_line(line)?;
        if at < depth {
            return Some(());
        }
        if at > depth {
            return None;
        }
        lines.next();
        children(&mut field.shape, depth + 1, lines)?;
        if name == "[]" {
            parent.items = Some(Box::new(field.shape));
        } else {
            let name = if name.starts_with('"') { serde_json::from_str(name).ok()? } else { name.to_owned() };
            parent.fields.insert(name, field);
        }
    }
    Some(())
}

fn parse_line(line: &str) -> Option<(usize, &str, Field)> {
    let rest = line.trim_start_matches(' ');
    let (name, types) = rest.rsplit_once(": ")?;
    let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
    let types = types.split(" | ").map(str::to_owned).collect();
    Some((
        (line.len() - rest.len()) / 2,
        name,
        Field { optional, shape: Shape { types, ..Shape::default() } },
    ))
}

/// How the shapes of a run differ from the accepted ones, by scenario; scenarios that the run did not meet say nothing.
#[must_use]
pub fn drift(accepted: &BTreeMap<String, Shape>, observed: &BTreeMap<Scenario, Shape>) -> Vec<Drift> {
    let mut found = Vec::new();
    for (scenario, shape) in observed {
        let name = scenario.to_string();
        match accepted.get(&name) {
            Some(known) => shape.drift(known, &name, "$", &mut found),
            None => found.push(Drift::New(name)),
        }
    }
    found
}

/// What stands above the shape in its file, as in every snapshot file of insta.
fn head(contract: &Contract, scenario: &Scenario) -> String {
    let operation = contract.operation(scenario.operation);
    let what = format!(
        "{} {} answered {} {}",
        operation.method,
        operation.path,
        scenario.status,
        visible(&scenario.kind)
    );
    format!("---\nsource: conformance/src/report/shape.rs\ndescription: {}\n---\n", Value::from(what))
}

fn file(dir: &Path, scenario: &str) -> PathBuf {
    dir.join(format!("{scenario}.snap"))
}

/// Reads the accepted shapes of a directory, by scenario; a missing directory has none.
///
/// # Errors
/// The directory or a file can't be read, or a file is not a shape.
pub fn read(dir: &Path) -> io::Result<BTreeMap<String, Shape>> {
    let mut shapes = BTreeMap::new();
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(shapes),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "snap") {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let body = text.splitn(3, "---\n").nth(2).unwrap_or(&text);
        let bad = || io::Error::new(io::ErrorKind::InvalidData, format!("{} is not a shape", path.display()));
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        shapes.insert(name, parse(body).ok_or_else(bad)?);
    }
    Ok(shapes)
}

/// Writes the shapes of a run over the accepted ones (`--update-shapes`); those of other scenarios stay.
///
/// A field that is still there keeps the types that it was accepted with, since which of them a run meets may be a matter
/// of timing: an order is submitted by the time it is read, or not yet.
///
/// # Errors
/// An accepted shape can't be read, or a file can't be written.
pub fn write(contract: &Contract, dir: &Path, shapes: &BTreeMap<Scenario, Shape>) -> Result<(), ReportError> {
    let accepted = read(dir).map_err(|source| ReportError::Write { path: dir.to_owned(), source })?;
    for (scenario, shape) in shapes {
        let mut shape = shape.clone();
        if let Some(known) = accepted.get(&scenario.to_string()) {
            shape.keep_types(known);
        }
        let text = head(contract, scenario) + &shape.text();
        whole(&file(dir, &scenario.to_string()), text.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn merged(values: &[Value]) -> Shape {
        let mut shapes = values.iter().map(|value| Shape::of(value, 0));
        let mut shape = shapes.next().unwrap();
        shapes.for_each(|other| shape.merge(other));
        shape
    }

    #[test]
    fn values_become_types_and_arrays_are_merged() {
        let shape = merged(&[
            json!({ "data": { "orders": [{ "id": "a", "amount": 37.5 }, { "id": "b", "error": null }] } }),
            json!({ "data": { "orders": [] }, "odd name: x?": [[1], ["x"]] }),
            json!({ "data": "gone" }),
        ]);
        insta::assert_snapshot!(shape.text());
    }

    #[test]
    fn drift_names_what_changed() {
        let before = merged(&[json!({ "a": 1, "b": { "c": "x" }, "list": [{ "x": 1 }] })]);
        let after =
            merged(&[json!({ "a": null, "b": { "d": 1 }, "list": [{ "x": 1 }, {}] }), json!({ "a": 2 })]);
        let scenario =
            Scenario { operation: OperationId::Wallet, status: 200, kind: "application/json".to_owned() };
        let other = Scenario { status: 500, ..scenario.clone() };
        let accepted = BTreeMap::from([(scenario.to_string(), before)]);
        let observed = BTreeMap::from([(scenario, after), (other, Shape::leaf("empty"))]);
        let lines: Vec<_> = drift(&accepted, &observed).iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn what_is_written_is_read_and_has_no_drift() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("shapes");
        assert_eq!(read(&path).unwrap(), BTreeMap::new());
        let scenario = Scenario { operation: OperationId::BuyBulk, status: 400, kind: "none".to_owned() };
        let observed = BTreeMap::from([(scenario, merged(&[json!({ "a\n---\n": [1, null] })]))]);
        write(&spec::embedded().unwrap(), &path, &observed).unwrap();
        assert_eq!(drift(&read(&path).unwrap(), &observed), []);
        let scenario = observed.keys().next().unwrap().clone();
        let later = BTreeMap::from([(scenario, merged(&[json!({ "a\n---\n": ["x"], "b": 1 })]))]);
        write(&spec::embedded().unwrap(), &path, &later).unwrap();
        assert_eq!(drift(&read(&path).unwrap(), &later), []);
        let again: Vec<_> = drift(&read(&path).unwrap(), &observed).iter().map(ToString::to_string).collect();
        assert_eq!(again, ["buyBulk-400-none: $.b was not seen"], "types stay, fields go");
        fs::write(path.join("bad.snap"), "---\n---\nnothing").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("bad.snap is not a shape"));
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            ".{0,3}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-c:? \"\n|.]{0,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn text_reads_back_and_merging_is_fair(values in proptest::collection::vec(value(), 1..5)) {
            let shape = merged(&values);
            prop_assert_eq!(parse(&shape.text()), Some(shape.clone()));
            let reversed: Vec<_> = values.into_iter().rev().collect();
            prop_assert_eq!(merged(&reversed), shape.clone());
            let mut twice = shape.clone();
            twice.merge(shape.clone());
            prop_assert_eq!(twice, shape);
        }
    }
}
