//! Rules about examples: present wherever one is required, and valid against the schema beside them.

use jsonschema::Draft;
use serde_json::{Map, Value};
use spec::schema::draft4;

use super::Notes;
use super::parts::Kind;

/// Requires an example for each media type, and content for request bodies and documented responses.
pub(super) fn missing(notes: &mut Notes<'_>) {
    for part in notes.parts {
        let node = part.node(notes.document);
        match part.kind {
            Kind::MediaType if node.get("example").is_none() => {
                notes.put(&part.pointer, "no `example`; show one that validates against the schema");
            }
            Kind::Response | Kind::RequestBody
                if node.get("$ref").is_none() && node["content"].as_object().is_none_or(Map::is_empty) =>
            {
                notes.put(&part.pointer, "no `content`; the generator needs a body, and a reader an example");
            }
            _ => {}
        }
    }
}

/// Requires every example and default to validate against its schema.
pub(super) fn wrong(notes: &mut Notes<'_>) {
    // One unusable schema would fail every example: it is reported once, and only if no earlier rule has found the
    // reason.
    if let Some((_, message)) = errors(&notes.document.value, &Value::Object(Map::new()), &Value::Null).pop()
    {
        if notes.findings.is_empty() {
            notes.put("/components/schemas", message);
        }
        return;
    }
    for part in notes.parts {
        let node = part.node(notes.document);
        let schema = match part.kind {
            Kind::MediaType | Kind::Parameter | Kind::Header => node.get("schema"),
            Kind::Schema => Some(node),
            _ => None,
        };
        for key in ["example", "default"] {
            // A default is only allowed in a schema; elsewhere it is an unknown keyword.
            let Some((schema, example)) = schema.zip(node.get(key)) else { continue };
            let pointer = format!("{}/{key}", part.pointer);
            for (below, message) in errors(&notes.document.value, schema, example) {
                notes.put(
                    &format!("{pointer}{below}"),
                    format!("the {key} is not what its schema says: {message}"),
                );
            }
        }
    }
}

/// Returns the places and reasons at which a value violates a schema that may refer to components of the document.
fn errors(document: &Value, schema: &Value, value: &Value) -> Vec<(String, String)> {
    // The converter takes only components, so the schema becomes one for a moment, under a name that no component can
    // have.
    const NAME: &str = "(here)";
    let mut components = document.pointer("/components/schemas").cloned().unwrap_or(Value::Null);
    if let Some(map) = components.as_object_mut() {
        map.insert(NAME.to_owned(), schema.clone());
    }
    let whole = serde_json::json!({"components": {"schemas": components}});
    let converted = draft4(&whole, &format!("#/components/schemas/{NAME}"));
    match jsonschema::options().with_draft(Draft::Draft4).build(&converted) {
        Ok(validator) => validator
            .iter_errors(value)
            .map(|error| (error.instance_path().to_string(), error.to_string()))
            .collect(),
        Err(error) => vec![(String::new(), format!("the schema can't be used: {error}"))],
    }
}

/// Requires the example of an error to use one of the codes that the response lists.
pub(super) fn codes(notes: &mut Notes<'_>) {
    let Some(fields) = notes.contract.map(|contract| &contract.fields) else { return };
    for part in notes.parts.iter().filter(|part| part.kind == Kind::Response) {
        let node = part.node(notes.document);
        let Some(codes) = node["x-error-codes"].as_array() else { continue };
        for (media, content) in node["content"].as_object().into_iter().flatten() {
            let code = &content["example"][&fields.error][&fields.error_detail.code];
            if !code.is_null() && !codes.contains(code) {
                let below = format!("/example/{}/{}", fields.error, fields.error_detail.code);
                let pointer = format!("{}/content/{}{below}", part.pointer, spec::place::escape(media));
                notes.put(&pointer, format!("{code} is not among the response's `x-error-codes`"));
            }
        }
    }
}
