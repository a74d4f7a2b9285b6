//! What the pages promise of each field of an answer: the table in `fields.yaml`, typed.
//!
//! The document says how a field is written where it is there; this table says what follows where it is not so, and which
//! sentence a team is shown that disputes it. What no sentence stands behind has no consequence.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::contract::{Contract, Meaning, OperationId, Stability};
use crate::pages::Quote;
use crate::schema;

/// What follows if a field is not as the document has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Consequence {
    /// Nothing: a conforming server may do so.
    #[default]
    Nothing,
    /// It is told, and fails no run.
    Warning,
    /// The server does not conform.
    Failure,
}

/// What the pages promise of one field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Promise<'a> {
    /// If it is not there, or null.
    pub absence: Consequence,
    /// If it is there under another name.
    pub other_name: Consequence,
    /// If its value is of another type, or none of those that are listed.
    pub other_type: Consequence,
    /// The sentence that says so; `None` where no page does, and then nothing follows from anything.
    pub sentence: Option<&'a Quote>,
}

impl Promise<'_> {
    /// The gravest of the three.
    #[must_use]
    pub fn gravest(&self) -> Consequence {
        self.absence.max(self.other_name).max(self.other_type)
    }
}

/// A value of the error code that the pages name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedCode {
    /// What it stands for.
    pub meaning: Meaning,
    /// Whether an answer of that meaning has no other code.
    #[serde(default)]
    pub sole: bool,
    /// Whether it is for bodies that do not parse only.
    #[serde(default)]
    pub unparsed: bool,
    /// The sentence that names it.
    pub says: Quote,
}

/// One row as it is written.
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

/// The rows of one schema as they are written.
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

/// One row, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    absence: Consequence,
    other_name: Consequence,
    other_type: Consequence,
    sentence: Option<Quote>,
    /// Operations that it is about; empty for all.
    only: BTreeSet<String>,
}

/// The whole table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promises {
    rows: BTreeMap<(String, String), Row>,
    codes: BTreeMap<String, NamedCode>,
}

/// What is wrong with a table: a JSON pointer into it, and what to do.
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
                // A sentence that does not name the field says nothing of it.
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

    /// Every row: schema, field, and what is promised of it where its sentence applies, in the order of their names.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &str, Promise<'_>)> {
        self.rows.iter().map(|((schema, field), row)| (schema.as_str(), field.as_str(), row.promise()))
    }

    /// The error codes that the pages name.
    #[must_use]
    pub const fn codes(&self) -> &BTreeMap<String, NamedCode> {
        &self.codes
    }

    /// The one code of a meaning, where the pages allow no other.
    #[must_use]
    pub fn sole_code(&self, meaning: Meaning) -> Option<(&str, &NamedCode)> {
        let found = self.codes.iter().find(|(_, named)| named.sole && named.meaning == meaning);
        found.map(|(code, named)| (code.as_str(), named))
    }

    /// The sentence that an error code contradicts, if it contradicts one: the pages give the code to another meaning, or
    /// the meaning another code. `parses` is whether the body of the request is JSON in any reading.
    #[must_use]
    pub fn contradicted(&self, code: &str, meaning: Option<Meaning>, parses: bool) -> Option<&Quote> {
        let named = self.codes.get(code);
        // A code for bodies that do not parse is right for one, whatever the status beside it.
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
    // Nothing needs no sentence, so that of the schema does not stand behind it.
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
    /// What the pages promise of a field of an operation's answer, by its JSON pointer in the answer:
    /// `/data/orders/3/amount`. Positions of lists may be any number. What the document does not have is promised nothing.
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

    /// The table of promises.
    #[must_use]
    pub const fn promises(&self) -> &Promises {
        &self.promises
    }

    /// As [`response_schema`](Self::response_schema), with only those demands left whose breach has at least this
    /// consequence: what an answer misses of it for [`Consequence::Failure`] fails a run.
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

/// Takes out of an object's schema what is not kept: fields that it requires, and what their values may be.
fn loosen(schema: &mut Value, kept: &impl Fn(&str, fn(&Promise<'_>) -> Consequence) -> bool) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (field, property) in properties.iter_mut() {
        if !kept(field, |promise| promise.other_type) {
            // Of any type; but null is as good as absent.
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
        // Draft 4 wants at least one.
        if required.is_empty()
            && let Some(object) = schema.as_object_mut()
        {
            object.remove("required");
        }
    }
}

/// Schema and name of the field that a pointer into an answer leads to. A position of a list stands for the list.
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

/// A component, with its name.
fn named<'d>(document: &'d Value, reference: &str) -> Option<(String, &'d Value)> {
    let schema = document.pointer(reference.strip_prefix('#')?)?;
    Some((reference.rsplit('/').next()?.to_owned(), schema))
}

/// The component that a schema refers to, by itself or as the one member of `allOf`; or else the schema, without a name.
fn behind<'d>(document: &'d Value, schema: &'d Value) -> (String, &'d Value) {
    let reference = schema.get("$ref").or_else(|| schema.pointer("/allOf/0/$ref")).and_then(Value::as_str);
    reference.and_then(|reference| named(document, reference)).unwrap_or((String::new(), schema))
}
