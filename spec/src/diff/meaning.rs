//! Computes what a schema accepts, however it is composed: parts under `allOf` are merged with the keywords beside
//! them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::revision::Document;
use super::schema::BOUNDS;
use crate::place::escape;

/// The maximum depth to which references are followed; deeper schemas are compared as they are written.
const DEPTH: u32 = 24;

/// Returns the schema at a pointer without descriptions, references and `allOf`; `None` if its parts contradict each
/// other or it is recursive.
pub(super) fn meaning(document: &Document, pointer: &str) -> Option<Value> {
    of(document, document.at(pointer), DEPTH).map(Value::Object)
}

fn of(document: &Document, node: &Value, depth: u32) -> Option<Map<String, Value>> {
    let depth = depth.checked_sub(1)?;
    if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
        let target = reference.strip_prefix('#')?;
        return of(document, document.at(target), depth);
    }
    let mut whole = Map::new();
    for (key, value) in node.as_object()?.iter().filter(|(key, _)| BOUNDS.contains(&key.as_str())) {
        if key != "allOf" {
            merge(&mut whole, key, plain(document, key, value, depth)?)?;
        }
    }
    let mut closed = closed_over(&whole);
    for part in node.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        let part = of(document, part, depth)?;
        closed = closed.max(closed_over(&part));
        for (key, value) in part {
            merge(&mut whole, &key, value)?;
        }
    }
    is_open(&whole, closed).then_some(whole)
}

/// Returns the number of fields of a part that restricts additional fields, which include those of other parts;
/// otherwise `None`.
fn closed_over(part: &Map<String, Value>) -> Option<usize> {
    let closed = part.get("additionalProperties").is_some_and(|it| *it != Value::Bool(true));
    let fields = part.get("properties").and_then(Value::as_object).map_or(0, Map::len);
    closed.then_some(fields)
}

/// Returns true if no part excludes fields of another part.
fn is_open(whole: &Map<String, Value>, closed: Option<usize>) -> bool {
    let fields = whole.get("properties").and_then(Value::as_object).map_or(0, Map::len);
    closed.is_none_or(|known| known == fields)
}

/// Returns the value of a keyword, with the schemas below it reduced to their meaning.
fn plain(document: &Document, key: &str, value: &Value, depth: u32) -> Option<Value> {
    let schema = |it: &Value| of(document, it, depth).map(Value::Object);
    Some(match (key, value) {
        ("properties", Value::Object(fields)) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            let fields = sorted.into_iter().map(|(name, it)| Some((name.clone(), schema(it)?)));
            Value::Object(fields.collect::<Option<_>>()?)
        }
        ("oneOf" | "anyOf", Value::Array(list)) => {
            Value::Array(list.iter().map(schema).collect::<Option<_>>()?)
        }
        ("items" | "not" | "additionalProperties", Value::Object(_)) => schema(value)?,
        ("required" | "enum", Value::Array(list)) => sorted(list),
        _ => value.clone(),
    })
}

/// Returns a list as a sorted set.
fn sorted(list: &[Value]) -> Value {
    let texts: BTreeSet<String> = list.iter().map(Value::to_string).collect();
    texts.into_iter().filter_map(|it| serde_json::from_str::<Value>(&it).ok()).collect()
}

/// Merges what a part says of a keyword; returns `None` if another part says something different.
fn merge(whole: &mut Map<String, Value>, key: &str, value: Value) -> Option<()> {
    let Some(before) = whole.get_mut(key) else {
        whole.insert(key.to_owned(), value);
        return Some(());
    };
    match (key, before, value) {
        ("properties", Value::Object(fields), Value::Object(more)) => {
            for (name, schema) in more {
                match fields.get(&name) {
                    Some(known) if *known != schema => return None,
                    Some(_) => {}
                    None => _ = fields.insert(name, schema),
                }
            }
            fields.sort_keys();
        }
        ("required", Value::Array(names), Value::Array(more)) => {
            names.extend(more);
            let all = sorted(names);
            whole.insert(key.to_owned(), all);
        }
        (_, before, value) if *before == value => {}
        _ => return None,
    }
    Some(())
}

/// An object schema whose parts under `allOf` are merged, with the place of each field.
#[derive(Debug, Default)]
pub(super) struct Whole {
    /// The restrictions of a value, as one schema.
    pub(super) value: Map<String, Value>,
    /// The pointers of the fields.
    pub(super) fields: BTreeMap<String, String>,
    /// The number of fields of the part that restricts additional fields, if there is one.
    closed: Option<usize>,
}

/// Merges the parts of an object schema; returns `None` if it has no fields or its parts contradict each other.
pub(super) fn whole(document: &Document, pointer: &str) -> Option<Whole> {
    let mut whole = Whole::default();
    whole.add(document, &document.resolve(pointer), DEPTH)?;
    (!whole.fields.is_empty() && is_open(&whole.value, whole.closed)).then_some(whole)
}

impl Whole {
    fn add(&mut self, document: &Document, pointer: &str, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let node = document.at(pointer).as_object()?;
        self.closed = self.closed.max(closed_over(node));
        for (key, value) in node.iter().filter(|(key, _)| BOUNDS.contains(&key.as_str()) && *key != "allOf") {
            merge(&mut self.value, key, value.clone())?;
        }
        for name in
            node.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name)
        {
            let at = format!("{pointer}/properties/{}", escape(name));
            self.fields.entry(name.clone()).or_insert(at);
        }
        let parts = node.get("allOf").and_then(Value::as_array).map_or(0, Vec::len);
        (0..parts).try_for_each(|at| {
            let part = document.resolve(&format!("{pointer}/allOf/{at}"));
            self.add(document, &part, depth)
        })
    }
}
