//! One revision of the contract as two documents with places. It need not be a usable [`Contract`](crate::Contract): a
//! gate must be able to say that the operation which everybody needs was removed.

use std::path::Path;

use serde_json::{Map, Value};

use crate::load::{Reader, read};
use crate::place::Places;
use crate::problem::Problems;

static NULL: Value = Value::Null;

/// One YAML text, parsed, with the line of every node.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its name in messages.
    pub file: String,
    /// Its value, keys in the order of the file.
    pub value: Value,
    /// Its lines.
    pub places: Places,
}

impl Document {
    /// Reads a text, with the name that messages call it by.
    ///
    /// # Errors
    /// It is not YAML or has a key twice; every mistake with its place.
    pub fn from_text(file: &str, text: &str) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        match Reader::new(file, text, &mut problems) {
            Some(it) if problems.is_empty() => Ok(Self { file: it.file, value: it.value, places: it.places }),
            _ => Err(Problems(problems)),
        }
    }

    /// The node at a JSON pointer; null where there is none.
    #[must_use]
    pub fn at(&self, pointer: &str) -> &Value {
        self.value.pointer(pointer).unwrap_or(&NULL)
    }

    /// Whether a JSON pointer leads somewhere.
    #[must_use]
    pub fn has(&self, pointer: &str) -> bool {
        self.value.pointer(pointer).is_some()
    }

    /// Where `pointer` leads once references are followed; itself where none stands.
    #[must_use]
    pub fn resolve(&self, pointer: &str) -> String {
        let mut at = pointer.to_owned();
        // A reference to itself would go round for ever.
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
    /// A revision from texts, each with the name that messages call it by.
    ///
    /// # Errors
    /// Either text is not YAML or has a key twice; every mistake with its place.
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

    /// The revision that this build carries.
    ///
    /// # Errors
    /// The embedded files are wrong; a test of this crate keeps them right.
    pub fn embedded() -> Result<Self, Problems> {
        Self::from_texts(crate::load::OPENAPI, crate::load::REQUIREMENTS)
    }

    /// A revision from `openapi` and the `requirements.yaml` beside it; without one, with those that this build carries,
    /// as [`spec::from_paths`](crate::from_paths) does it.
    ///
    /// # Errors
    /// A file can't be read, or as [`from_texts`](Self::from_texts).
    pub fn from_path(openapi: &Path) -> Result<Self, Problems> {
        let read = |path: &Path| read(path).map_err(|problem| Problems(vec![problem]));
        let beside = openapi.with_file_name("requirements.yaml");
        let openapi = read(openapi)?;
        let requirements = beside.is_file().then(|| read(&beside)).transpose()?;
        let requirements = requirements.as_ref().map(|it| (it.0.as_str(), it.1.as_str()));
        Self::from_texts((&openapi.0, &openapi.1), requirements.unwrap_or(crate::load::REQUIREMENTS))
    }

    /// `info.version`, or a question mark.
    #[must_use]
    pub fn version(&self) -> &str {
        self.openapi.at("/info/version").as_str().unwrap_or("?")
    }
}

/// The object behind a value; an empty one where it is something else.
pub(super) fn object(value: &Value) -> &Map<String, Value> {
    static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    value.as_object().unwrap_or(&EMPTY)
}

/// The strings of a list; none where it is something else.
pub(super) fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Ids that `x-requirements` of every node at and below this one cite.
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
