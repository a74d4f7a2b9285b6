//! Loads the operations with their responses and query parameters.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Builder;
use crate::contract::{Meaning, Operation, OperationId, ResponseSpec, Stability};
use crate::place::escape;

/// The media type of a body.
const JSON: &str = "application/json";

/// Returns a media type in lower case, without its parameters.
pub(crate) fn essence(media: &str) -> String {
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The keys of a path item that are operations.
pub(crate) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl Builder<'_> {
    pub(super) fn operations(&mut self) -> BTreeMap<OperationId, Operation> {
        let mut found = BTreeMap::new();
        let document = self.document;
        let paths = document.value.get("paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            let item_at = format!("/paths/{}", escape(path));
            if item.get("$ref").is_some() {
                self.complain(&item_at, "a path that is written elsewhere; write it here");
            }
            // Apart from operations, a path item may have a summary, parameters and servers.
            let operations = item.as_object().into_iter().flatten();
            for (method, operation) in operations.filter(|(key, _)| METHODS.contains(&key.as_str())) {
                let pointer = format!("{item_at}/{method}");
                // Operations without a known `operationId` are not used by any program.
                let Some(name) = operation.get("operationId").and_then(Value::as_str) else { continue };
                let Some(id) = OperationId::ALL.into_iter().find(|id| id.name() == name) else { continue };
                if found.contains_key(&id) {
                    self.complain(&pointer, format!("operationId `{name}` stands twice"));
                    continue;
                }
                let operation = Operation {
                    id,
                    method: method.to_ascii_uppercase(),
                    path: path.clone(),
                    stability: self
                        .need(
                            &format!("{pointer}/x-stability"),
                            "documented, companion, provisional or revision",
                        )
                        .unwrap_or(Stability::Companion),
                    purchase: self.optional(&format!("{pointer}/x-purchase"), "true or false"),
                    responses: self.responses(&pointer),
                    query: self.query(&pointer),
                    requirements: self
                        .optional(&format!("{pointer}/x-requirements"), "a list of requirement ids"),
                    pointer,
                };
                found.insert(id, operation);
            }
        }
        for id in OperationId::ALL {
            if !found.contains_key(&id) {
                self.complain("/paths", format!("no operation has the operationId `{}`", id.name()));
            }
        }
        if let Some(buy) = found.get(&OperationId::BuyBulk) {
            self.meanings(buy);
        }
        found
    }

    /// Reports each meaning used by the rules for which the order operation has no response.
    fn meanings(&mut self, buy: &Operation) {
        let pointer = format!("{}/responses", buy.pointer);
        for (meaning, name) in [
            (Meaning::Accepted, "accepted"),
            (Meaning::Invalid, "invalid"),
            (Meaning::Unauthorized, "unauthorized"),
            (Meaning::Insufficient, "insufficient"),
            (Meaning::Forbidden, "forbidden"),
            (Meaning::Count, "count"),
        ] {
            if buy.status(meaning).is_none() {
                self.complain(&pointer, format!("no response with `x-meaning: {name}`"));
            }
        }
    }

    fn responses(&mut self, operation: &str) -> Vec<ResponseSpec> {
        let mut found: Vec<ResponseSpec> = Vec::new();
        let base = format!("{operation}/responses");
        let document = self.document;
        for code in document
            .value
            .pointer(&base)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(code, _)| code)
        {
            let pointer = format!("{base}/{code}");
            let Ok(status) = code.parse::<u16>() else {
                self.complain(
                    &pointer,
                    "not a status; write three digits (the generator takes no `default`)",
                );
                continue;
            };
            let at = self.resolve(&pointer);
            let Some(meaning) =
                self.need::<Meaning>(&format!("{at}/x-meaning"), "what the response stands for")
            else {
                continue;
            };
            if found.iter().any(|other| other.meaning == meaning) {
                self.complain(&pointer, "a second response of the same operation with this `x-meaning`");
            }
            let media = self.json_of(&at);
            let schema = format!("{at}/content/{}/schema/$ref", escape(&media));
            let Some(schema) = self.need::<String>(&schema, "a reference to the schema of the body") else {
                continue;
            };
            if self.document.value.pointer(schema.trim_start_matches('#')).is_none() {
                self.complain(&pointer, format!("`{schema}` is not in the document"));
            }
            found.push(ResponseSpec {
                status,
                meaning,
                description: self.optional(&format!("{at}/description"), "a description"),
                schema,
                error_codes: self.optional(&format!("{at}/x-error-codes"), "a list of error codes"),
                requirements: self.optional(&format!("{at}/x-requirements"), "a list of requirement ids"),
                pointer,
            });
        }
        found.sort_by_key(|response| response.status);
        found
    }

    /// Returns the media type under which the JSON schema of a body is found. Parameters such as `charset=utf-8` do not
    /// matter.
    fn json_of(&self, body: &str) -> String {
        let content = self.document.value.pointer(&format!("{body}/content")).and_then(Value::as_object);
        let mut types = content.into_iter().flatten().map(|(name, _)| name);
        types.find(|it| essence(it) == JSON).cloned().unwrap_or_else(|| JSON.to_owned())
    }

    /// Returns the pointers of an operation's parameters and of those of its path, with references followed.
    pub(super) fn parameters(&self, operation: &str) -> Vec<String> {
        let item = operation.rsplit_once('/').map_or("", |(item, _)| item);
        let mut found = Vec::new();
        for list in [format!("{operation}/parameters"), format!("{item}/parameters")] {
            let length = self.document.value.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
            found.extend((0..length).map(|at| self.resolve(&format!("{list}/{at}"))));
        }
        found
    }

    fn query(&mut self, operation: &str) -> BTreeMap<String, String> {
        let document = self.document;
        let parameters = self.parameters(operation);
        parameters
            .iter()
            .filter_map(|it| document.value.pointer(it))
            .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some("query"))
            .filter_map(|parameter| {
                let text = |key| parameter.get(key).and_then(Value::as_str).map(str::to_owned);
                text("x-field").zip(text("name"))
            })
            .collect()
    }
}
