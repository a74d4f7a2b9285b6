//! What the pages promise of each field of a response: the table in `fields.yaml`, as typed values.
//!
//! The OpenAPI document describes a field that is present; this table says what follows if the field is absent, renamed
//! or of another type, and which sentence is shown to a team that disputes it. Without a sentence nothing follows.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::contract::{Contract, Meaning, OperationId, Stability};
use crate::pages::Quote;
use crate::schema;

/// What follows if a field is not as the document describes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Consequence {
    /// Nothing: a conforming server may do this.
    #[default]
    Nothing,
    /// A warning is reported, and no run fails.
    Warning,
    /// The server does not conform.
    Failure,
}

/// What the pages promise of one field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Promise<'a> {
    /// What follows if the field is absent or null.
    pub absence: Consequence,
    /// What follows if the field has another name.
    pub other_name: Consequence,
    /// What follows if the value has another type, or is not one of the listed values.
    pub other_type: Consequence,
    /// The sentence that promises the field; `None` if no page does, and then no deviation has a consequence.
    pub sentence: Option<&'a Quote>,
}

impl Promise<'_> {
    /// Returns the gravest of the three consequences.
    #[must_use]
    pub fn gravest(&self) -> Consequence {
        self.absence.max(self.other_name).max(self.other_type)
    }
}

/// An error code that the pages name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedCode {
    /// The meaning of the responses that carry the code.
    pub meaning: Meaning,
    /// Whether a response with that meaning can have no other code.
    #[serde(default)]
    pub sole: bool,
    /// Whether the code is only for bodies that do not parse.
    #[serde(default)]
    pub unparsed: bool,
    /// The sentence that names the code.
    pub says: Quote,
}

/// One row as it is written in the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum RowText {
    All(Consequence),
    Same(SameRow),
    Each(EachRow),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SameRow {
    all: Consequence,
    says: Option<Quote>,
    #[serde(default)]
    only: BTreeSet<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct EachRow {
    absence: Consequence,
    name: Consequence,
    r#type: Consequence,
    says: Option<Quote>,
    #[serde(default)]
    only: BTreeSet<String>,
}

/// The rows of one schema as they are written in the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaText {
    says: Option<Quote>,
    fields: BTreeMap<String, RowText>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableText {
    codes: BTreeMap<String, NamedCode>,
    schemas: BTreeMap<String, SchemaText>,
}

/// One row with the sentence of its schema applied.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    absence: Consequence,
    other_name: Consequence,
    other_type: Consequence,
    sentence: Option<Quote>,
    /// The operations that the row is about; empty for all of them.
    only: BTreeSet<String>,
}

/// The whole table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promises {
    rows: BTreeMap<(String, String), Row>,
    codes: BTreeMap<String, NamedCode>,
}

/// A mistake in the table: a JSON pointer into it, and what to do.
pub(crate) type Mistake = (String, String);

impl Promises {
    /// Reads a table from its YAML value.
    pub(crate) fn of(value: &Value) -> Result<Self, Vec<Mistake>> {
        let text: TableText = serde_json::from_value(value.clone())
            .map_err(|error| vec![(String::new(), format!("not a table of fields: {error}"))])?;
        let mut mistakes = Vec::new();
        let mut rows = BTreeMap::new();
        for (schema, SchemaText { says, fields }) in text.schemas {
            for (field, row) in fields {
                let row = resolve(row, says.as_ref());
                let pointer = format!("/schemas/{schema}/fields/{}", crate::place::escape(&field));
                // A sentence that does not name the field promises nothing of it.
                let said = row.sentence.as_ref().is_some_and(|quote| quote.text.contains(&field));
                if !said && row.promise().gravest() > Consequence::Nothing {
                    let message = "no sentence that names it stands behind it, so nothing can follow; quote one in `says`";
                    mistakes.push((pointer.clone(), message.to_owned()));
                }
                for name in
                    row.only.iter().filter(|name| !OperationId::ALL.iter().any(|id| id.name() == *name))
                {
                    mistakes.push((pointer.clone(), format!("`{name}` is no operation")));
                }
                rows.insert((schema.clone(), field), row);
            }
        }
        if mistakes.is_empty() { Ok(Self { rows, codes: text.codes }) } else { Err(mistakes) }
    }

    /// Returns every row as schema, field and promise, sorted by name. The operations of a row are not considered.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &str, Promise<'_>)> {
        self.rows.iter().map(|((schema, field), row)| (schema.as_str(), field.as_str(), row.promise()))
    }

    /// Returns the error codes that the pages name.
    #[must_use]
    pub const fn codes(&self) -> &BTreeMap<String, NamedCode> {
        &self.codes
    }

    /// Returns the only code of a meaning, if the pages allow no other.
    #[must_use]
    pub fn sole_code(&self, meaning: Meaning) -> Option<(&str, &NamedCode)> {
        let found = self.codes.iter().find(|(_, named)| named.sole && named.meaning == meaning);
        found.map(|(code, named)| (code.as_str(), named))
    }

    /// Returns the sentence that an error code contradicts: the pages give this code another meaning, or this meaning
    /// another code. `parses` is true if the body of the request is JSON in any reading.
    #[must_use]
    pub fn contradicted(&self, code: &str, meaning: Option<Meaning>, parses: bool) -> Option<&Quote> {
        let named = self.codes.get(code);
        // A code for bodies that do not parse is right for such a body, whatever the status of the response.
        let misplaced =
            named.filter(|named| if named.unparsed { parses } else { Some(named.meaning) != meaning });
        let missed = meaning.and_then(|meaning| self.sole_code(meaning)).filter(|(sole, _)| *sole != code);
        misplaced.or(missed.map(|(_, named)| named)).map(|named| &named.says)
    }

    fn row(&self, operation: OperationId, schema: &str, field: &str) -> Option<&Row> {
        let row = self.rows.get(&(schema.to_owned(), field.to_owned()))?;
        (row.only.is_empty() || row.only.contains(operation.name())).then_some(row)
    }
}

fn resolve(row: RowText, of_schema: Option<&Quote>) -> Row {
    let (absence, other_name, other_type, says, only) = match row {
        RowText::All(all) => (all, all, all, None, BTreeSet::new()),
        RowText::Same(SameRow { all, says, only }) => (all, all, all, says, only),
        RowText::Each(EachRow { absence, name, r#type, says, only }) => (absence, name, r#type, says, only),
    };
    let gravest = absence.max(other_name).max(other_type);
    // A row without consequences needs no sentence, so it does not take the one of its schema.
    let sentence = says.or_else(|| of_schema.filter(|_| gravest > Consequence::Nothing).cloned());
    Row { absence, other_name, other_type, sentence, only }
}

impl Row {
    const fn promise(&self) -> Promise<'_> {
        Promise {
            absence: self.absence,
            other_name: self.other_name,
            other_type: self.other_type,
            sentence: self.sentence.as_ref(),
        }
    }
}

impl Contract {
    /// Returns what the pages promise of a field of an operation's response, given its JSON pointer in the response,
    /// such as `/data/orders/3/amount`. A list position may be any number. Fields that are not in the document have no
    /// promise.
    #[must_use]
    pub fn promise(&self, operation: OperationId, pointer: &str) -> Promise<'_> {
        if self.operation(operation).stability == Stability::Provisional {
            return Promise::default();
        }
        let responses = &self.operation(operation).responses;
        let place = responses.iter().find_map(|response| field_at(&self.document, &response.schema, pointer));
        place
            .and_then(|(schema, field)| self.promises.row(operation, &schema, &field))
            .map_or_else(Promise::default, Row::promise)
    }

    /// Returns the table of promises.
    #[must_use]
    pub const fn promises(&self) -> &Promises {
        &self.promises
    }

    /// Returns [`response_schema`](Self::response_schema) reduced to the demands whose breach has at least the
    /// consequence `least`: a response that violates the schema for [`Consequence::Failure`] fails a run.
    #[must_use]
    pub fn promised_schema(&self, id: OperationId, status: u16, least: Consequence) -> Option<Value> {
        let mut whole = self.response_schema(id, status)?;
        let provisional = self.operation(id).stability == Stability::Provisional;
        for (schema, definition) in whole["definitions"].as_object_mut().into_iter().flatten() {
            let kept = |field: &str, of: fn(&Promise<'_>) -> Consequence| {
                let row = self.promises.row(id, schema, field).filter(|_| !provisional);
                row.is_some_and(|row| of(&row.promise()) >= least)
            };
            loosen(definition, &kept);
        }
        Some(whole)
    }
}

/// Removes the demands that are not kept from an object's schema: required fields, and restrictions of their values.
fn loosen(schema: &mut Value, kept: &impl Fn(&str, fn(&Promise<'_>) -> Consequence) -> bool) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (field, property) in properties.iter_mut() {
        if !kept(field, |promise| promise.other_type) {
            // Any type is allowed here, but null counts as absence.
            *property = if kept(field, |promise| promise.absence) {
                serde_json::json!({"not": {"type": "null"}})
            } else {
                Value::Object(Map::new())
            };
        } else if !kept(field, |promise| promise.absence) {
            schema::allow_null(property);
        }
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|field| field.as_str().is_some_and(|field| kept(field, |promise| promise.absence)));
        // In Draft 4 an empty `required` is invalid.
        if required.is_empty()
            && let Some(object) = schema.as_object_mut()
        {
            object.remove("required");
        }
    }
}

/// Returns the schema and name of the field at a pointer into a response. List positions are skipped.
fn field_at(document: &Value, reference: &str, pointer: &str) -> Option<(String, String)> {
    let mut schema = named(document, reference)?;
    let mut found = None;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let next = if schema.1.get("items").is_some() {
            step.bytes().all(|byte| byte.is_ascii_digit()).then(|| &schema.1["items"])?
        } else {
            let property = schema.1.get("properties")?.get(&step)?;
            found = Some((schema.0.clone(), step));
            property
        };
        schema = behind(document, next);
    }
    found
}

/// Returns a component with its name.
fn named<'d>(document: &'d Value, reference: &str) -> Option<(String, &'d Value)> {
    let schema = document.pointer(reference.strip_prefix('#')?)?;
    Some((reference.rsplit('/').next()?.to_owned(), schema))
}

/// Returns the component that a schema refers to, directly or as the first member of `allOf`; otherwise the schema
/// itself with an empty name.
fn behind<'d>(document: &'d Value, schema: &'d Value) -> (String, &'d Value) {
    let reference = schema.get("$ref").or_else(|| schema.pointer("/allOf/0/$ref")).and_then(Value::as_str);
    reference.and_then(|reference| named(document, reference)).unwrap_or((String::new(), schema))
}
