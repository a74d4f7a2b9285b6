//! Operations with their responses and query parameters.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Builder;
use crate::contract::{Meaning, Operation, OperationId, ResponseSpec, Stability};
use crate::place::escape;

impl Builder<'_> {
    pub(super) fn operations(&mut self) -> BTreeMap<OperationId, Operation> {
        let mut found = BTreeMap::new();
        let document = self.document;
        let paths = document.value.get("paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let pointer = format!("/paths/{}/{method}", escape(path));
                let Some(name) = operation.get("operationId").and_then(Value::as_str) else {
                    self.complain(&pointer, "no operationId; name the operation");
                    continue;
                };
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
        found
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
            let schema = format!("{at}/content/application~1json/schema/$ref");
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

    fn query(&mut self, operation: &str) -> BTreeMap<String, String> {
        let document = self.document;
        let parameters = document.value.pointer(&format!("{operation}/parameters")).and_then(Value::as_array);
        parameters
            .into_iter()
            .flatten()
            .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some("query"))
            .filter_map(|parameter| {
                let text = |key| parameter.get(key).and_then(Value::as_str).map(str::to_owned);
                text("x-field").zip(text("name"))
            })
            .collect()
    }
}
