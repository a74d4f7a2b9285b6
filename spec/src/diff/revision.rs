//! One revision of the contract as two documents with places. It need not be a usable [`Contract`](crate::Contract): a
//! gate must be able to report that an operation which every client needs was removed.

use std::path::Path;

use serde_json::{Map, Value};

use crate::load::{Reader, read};
use crate::place::Places;
use crate::problem::Problems;

static NULL: Value = Value::Null;

/// One parsed YAML text, with the line of every node.
#[derive(Debug, Clone)]
pub struct Document {
    /// The name in messages.
    pub file: String,
    /// The value, with keys in the order of the file.
    pub value: Value,
    /// The lines of its nodes.
    pub places: Places,
}

impl Document {
    /// Parses a text; `file` is its name in messages.
    ///
    /// # Errors
    /// Returns an error if the text is not YAML or has a repeated key; it lists every mistake with its place.
    pub fn from_text(file: &str, text: &str) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        match Reader::new(file, text, &mut problems) {
            Some(it) if problems.is_empty() => Ok(Self { file: it.file, value: it.value, places: it.places }),
            _ => Err(Problems(problems)),
        }
    }

    /// Returns the node at a JSON pointer; null if there is none.
    #[must_use]
    pub fn at(&self, pointer: &str) -> &Value {
        self.value.pointer(pointer).unwrap_or(&NULL)
    }

    /// Returns true if a node exists at a JSON pointer.
    #[must_use]
    pub fn has(&self, pointer: &str) -> bool {
        self.value.pointer(pointer).is_some()
    }

    /// Follows the references from `pointer` and returns the final pointer; `pointer` itself if there is no reference.
    #[must_use]
    pub fn resolve(&self, pointer: &str) -> String {
        let mut at = pointer.to_owned();
        // The bound ends a circle of references.
        for _ in 0..16 {
            match self.at(&at).get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix('#')) {
                Some(target) => target.clone_into(&mut at),
                None => break,
            }
        }
        at
    }
}

/// The two documents of one revision.
#[derive(Debug, Clone)]
pub struct Revision {
    /// `openapi.yaml`.
    pub openapi: Document,
    /// `requirements.yaml`.
    pub catalogue: Document,
}

impl Revision {
    /// Reads a revision from texts, each with its name in messages.
    ///
    /// # Errors
    /// Returns an error if either text is not YAML or has a repeated key; it lists every mistake with its place.
    pub fn from_texts(openapi: (&str, &str), requirements: (&str, &str)) -> Result<Self, Problems> {
        let read = |(file, text)| Document::from_text(file, text);
        match (read(openapi), read(requirements)) {
            (Ok(openapi), Ok(catalogue)) => Ok(Self { openapi, catalogue }),
            (openapi, catalogue) => {
                let wrong = [openapi.err(), catalogue.err()].into_iter().flatten();
                Err(Problems(wrong.flat_map(|problems| problems.0).collect()))
            }
        }
    }

    /// Returns the revision that is embedded in this build.
    ///
    /// # Errors
    /// Returns an error if the embedded files are wrong; a test of this crate makes sure that they are not.
    pub fn embedded() -> Result<Self, Problems> {
        Self::from_texts(crate::load::OPENAPI, crate::load::REQUIREMENTS)
    }

    /// Reads a revision from `openapi` and the `requirements.yaml` beside it, or else the embedded requirements, as
    /// [`spec::from_paths`](crate::from_paths) does.
    ///
    /// # Errors
    /// Returns an error if a file can't be read, or for the reasons of [`from_texts`](Self::from_texts).
    pub fn from_path(openapi: &Path) -> Result<Self, Problems> {
        let read = |path: &Path| read(path).map_err(|problem| Problems(vec![problem]));
        let beside = openapi.with_file_name("requirements.yaml");
        let openapi = read(openapi)?;
        let requirements = beside.is_file().then(|| read(&beside)).transpose()?;
        let requirements = requirements.as_ref().map(|it| (it.0.as_str(), it.1.as_str()));
        Self::from_texts((&openapi.0, &openapi.1), requirements.unwrap_or(crate::load::REQUIREMENTS))
    }

    /// Returns `info.version`, or a question mark if it is missing.
    #[must_use]
    pub fn version(&self) -> &str {
        self.openapi.at("/info/version").as_str().unwrap_or("?")
    }
}

/// Returns the object of a value; an empty one if the value is something else.
pub(super) fn object(value: &Value) -> &Map<String, Value> {
    static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    value.as_object().unwrap_or(&EMPTY)
}

/// Returns the strings of a list; none if the value is something else.
pub(super) fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Collects the ids cited by `x-requirements` of this node and every node below it.
pub(super) fn cites_below(node: &Value, found: &mut std::collections::BTreeSet<String>) {
    match node {
        Value::Object(object) => {
            found.extend(object.get("x-requirements").into_iter().flat_map(strings).map(str::to_owned));
            object.values().for_each(|child| cites_below(child, found));
        }
        Value::Array(list) => list.iter().for_each(|child| cites_below(child, found)),
        _ => {}
    }
}
