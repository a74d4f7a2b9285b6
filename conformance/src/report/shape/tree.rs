//! The shape of a value: the types that were seen at each place of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An object with more fields than this is taken for a map, whose keys are data.
const FIELDS: usize = 64;
/// The maximum depth of a tree; what is deeper is left out.
const DEPTH: usize = 24;

/// The type of a value, or the kind of a body that is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A list.
    Array,
    /// `true` or `false`.
    Boolean,
    /// A body that is not text.
    Bytes,
    /// A body without bytes.
    Empty,
    /// An object with so many fields that their names are data.
    Map,
    /// `null`.
    Null,
    /// Any number. Whether it is an integer depends on the value, so it is not part of the type.
    Number,
    /// An object.
    Object,
    /// A string.
    String,
    /// A body that is text but not JSON.
    Text,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The name is the same as in a file.
        self.serialize(f)
    }
}

/// The types and parts of the values that were seen at one place in all answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Shape {
    /// The types that were seen.
    pub(crate) types: BTreeSet<Kind>,
    /// The fields of objects.
    pub(crate) fields: BTreeMap<String, Shape>,
    /// The fields that some objects did not have.
    pub(crate) optional: BTreeSet<String>,
    /// The elements of arrays, merged.
    pub(crate) items: Option<Box<Shape>>,
}

impl Shape {
    /// Returns the shape of a value without parts.
    #[must_use]
    pub(crate) fn leaf(kind: Kind) -> Self {
        Self { types: BTreeSet::from([kind]), ..Self::default() }
    }

    /// Returns the shape of a JSON value.
    #[must_use]
    pub(crate) fn of(value: &Value) -> Self {
        Self::at(value, 0)
    }

    fn at(value: &Value, depth: usize) -> Self {
        match value {
            Value::Null => Self::leaf(Kind::Null),
            Value::Bool(_) => Self::leaf(Kind::Boolean),
            Value::Number(_) => Self::leaf(Kind::Number),
            Value::String(_) => Self::leaf(Kind::String),
            Value::Array(list) => {
                let items = list.iter().filter(|_| depth < DEPTH).map(|item| Self::at(item, depth + 1));
                let merged = items.reduce(|mut all, item| {
                    all.merge(item);
                    all
                });
                Self { items: merged.map(Box::new), ..Self::leaf(Kind::Array) }
            }
            Value::Object(object) if object.len() > FIELDS => Self::leaf(Kind::Map),
            Value::Object(object) => {
                let fields = object.iter().filter(|_| depth < DEPTH);
                let fields = fields.map(|(name, value)| (name.clone(), Self::at(value, depth + 1)));
                Self { fields: fields.collect(), ..Self::leaf(Kind::Object) }
            }
        }
    }

    /// Merges what was seen elsewhere into this shape.
    pub(crate) fn merge(&mut self, other: Self) {
        // A field that only one of two objects has is optional; a value that is not an object says nothing about
        // fields.
        if self.types.contains(&Kind::Object) && other.types.contains(&Kind::Object) {
            let here = self.fields.keys().filter(|name| !other.fields.contains_key(*name));
            let there = other.fields.keys().filter(|name| !self.fields.contains_key(*name));
            self.optional.extend(here.chain(there).cloned().collect::<Vec<_>>());
        }
        self.optional.extend(other.optional);
        for (name, shape) in other.fields {
            match self.fields.get_mut(&name) {
                Some(known) => known.merge(shape),
                None => drop(self.fields.insert(name, shape)),
            }
        }
        match (&mut self.items, other.items) {
            (Some(items), Some(more)) => items.merge(*more),
            (items @ None, more) => *items = more,
            (Some(_), None) => {}
        }
        self.types.extend(other.types);
    }

    /// Adds the types that were accepted before, at the places that still exist.
    pub(crate) fn keep_types(&mut self, before: &Self) {
        self.types.extend(&before.types);
        for (name, shape) in &mut self.fields {
            if let Some(known) = before.fields.get(name) {
                shape.keep_types(known);
            }
        }
        self.optional.extend(before.optional.iter().filter(|name| self.fields.contains_key(*name)).cloned());
        if let (Some(items), Some(known)) = (&mut self.items, &before.items) {
            items.keep_types(known);
        }
    }
}

/// A shape as written in a file: a single type is written alone, and types that follow from the parts are left out.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    /// One type, without parts.
    One(Kind),
    /// Several types, without parts.
    Any(BTreeSet<Kind>),
    /// A shape with parts.
    Parts(Parts),
}

/// The parts of an object, of an array, or of both.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    /// The fields of objects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<String, Shape>,
    /// The fields that some objects did not have.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    optional: BTreeSet<String>,
    /// The elements of arrays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    items: Option<Box<Shape>>,
    /// The types other than the object or the array.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    or: BTreeSet<Kind>,
}

impl From<Shape> for Written {
    fn from(shape: Shape) -> Self {
        let Shape { mut types, fields, optional, items } = shape;
        if fields.is_empty() && items.is_none() {
            return match types.first() {
                Some(kind) if types.len() == 1 => Self::One(*kind),
                _ => Self::Any(types),
            };
        }
        let told = |kind: &Kind| match kind {
            Kind::Object => !fields.is_empty(),
            Kind::Array => items.is_some(),
            _ => false,
        };
        types.retain(|kind| !told(kind));
        Self::Parts(Parts { fields, optional, items, or: types })
    }
}

impl From<Written> for Shape {
    fn from(written: Written) -> Self {
        let Parts { fields, optional, items, or: mut types } = match written {
            Written::One(kind) => return Self::leaf(kind),
            Written::Any(types) => return Self { types, ..Self::default() },
            Written::Parts(parts) => parts,
        };
        types.extend((!fields.is_empty()).then_some(Kind::Object));
        types.extend(items.is_some().then_some(Kind::Array));
        Self { types, fields, optional, items }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn merged(values: &[Value]) -> Shape {
        let mut all = values.iter().map(Shape::of);
        let mut shape = all.next().unwrap();
        all.for_each(|other| shape.merge(other));
        shape
    }

    #[test]
    fn values_become_types_and_arrays_are_merged() {
        let shape = merged(&[
            json!({ "data": { "orders": [{ "id": "a", "amount": 37.5 }, { "id": "b", "error": null }] } }),
            json!({ "data": { "orders": [] }, "odd name: x?": [[1], ["x"]] }),
            json!({ "data": "gone" }),
        ]);
        insta::assert_snapshot!(serde_json::to_string_pretty(&shape).unwrap());
    }

    #[test]
    fn a_file_may_say_no_more_than_there_is() {
        let read = |text: &str| serde_json::from_str::<Shape>(text);
        assert_eq!(read(r#""number""#).unwrap(), Shape::leaf(Kind::Number));
        for text in [r#""integer""#, r#"{"field": {}}"#, r#"["string", 1]"#, "null"] {
            assert!(read(text).is_err(), "{text}");
        }
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
        fn a_shape_reads_back_and_merging_is_fair(values in proptest::collection::vec(value(), 1..5)) {
            let shape = merged(&values);
            let text = serde_json::to_string(&shape).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Shape>(&text).unwrap(), &shape);
            let reversed: Vec<_> = values.into_iter().rev().collect();
            prop_assert_eq!(&merged(&reversed), &shape);
            let mut twice = shape.clone();
            twice.merge(shape.clone());
            prop_assert_eq!(twice, shape);
        }
    }
}
