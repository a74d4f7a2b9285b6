//! Prepares the document for the client generator: whatever a conforming server may do differently gets no type.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Prepares the document for the generator.
///
/// - Provisional properties of answers (`x-stability: provisional`) that are lists or objects are left out: only this
///   spec defines their shape, and another server may choose another. Their values are kept unchanged among the further
///   fields.
/// - A schema with `additionalProperties: true` keeps its further fields.
/// - `x-` keywords are removed: the generator does not know them, and they would prevent it from recognising a schema.
pub(super) fn prepared(document: &Value) -> Value {
    let answers = answers(document);
    let mut copy = document.clone();
    let schemas = copy.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (_, schema) in schemas.into_iter().flatten().filter(|(name, _)| answers.contains(*name)) {
        let Some(schema) = schema.as_object_mut() else { continue };
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.retain(|_, property| !shaped_by_us(document, property));
        }
        if schema.get("additionalProperties") == Some(&Value::Bool(true)) {
            // The generator ignores `true`; an empty schema makes it keep the further fields.
            schema.insert("additionalProperties".to_owned(), json!({}));
        }
    }
    drop_unused(&mut copy);
    without_extensions(&copy)
}

/// Returns true if a property is provisional and is a list or an object.
fn shaped_by_us(document: &Value, property: &Value) -> bool {
    let reference =
        property.get("$ref").or_else(|| property.pointer("/allOf/0/$ref")).and_then(Value::as_str);
    let behind = reference.and_then(|it| document.pointer(it.strip_prefix('#')?)).unwrap_or(property);
    property["x-stability"] == "provisional"
        && (behind.get("items").is_some() || behind.get("properties").is_some())
}

/// Removes provisional components that nothing refers to any more, since only a list that was left out used them.
fn drop_unused(document: &mut Value) {
    let text = document.to_string();
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    if let Some(schemas) = schemas {
        schemas.retain(|name, schema| {
            schema["x-stability"] != "provisional"
                || text.contains(&format!("\"$ref\":\"#/components/schemas/{name}\""))
        });
    }
}

/// Returns the names of the components that answers are made of.
pub(super) fn answers(document: &Value) -> BTreeSet<String> {
    let mut found = Vec::new();
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let operations = paths.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    for (_, operation) in operations {
        found.extend(references(&operation["responses"]));
    }
    found.extend(references(&document["components"]["responses"]));
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    closure(document, &found).into_iter().map(|(name, _)| name).collect()
}

/// Returns the names of the schemas that a part of the document refers to.
fn references(part: &Value) -> Vec<String> {
    let text = part.to_string();
    let names = text.split("\"#/components/schemas/").skip(1).filter_map(|it| it.split('"').next());
    names.map(str::to_owned).collect()
}

/// Returns these schemas and everything that they refer to, in the order of the document.
pub(super) fn closure(document: &Value, names: &[&str]) -> Map<String, Value> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let mut wanted: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut next = 0;
    while let Some(name) = wanted.get(next) {
        let inner = schemas.and_then(|all| all.get(name)).map(references).unwrap_or_default();
        for name in inner {
            if !wanted.contains(&name) {
                wanted.push(name);
            }
        }
        next += 1;
    }
    let kept = schemas.into_iter().flatten().filter(|(name, _)| wanted.contains(name));
    kept.map(|(name, schema)| (name.clone(), schema.clone())).collect()
}

fn without_extensions(node: &Value) -> Value {
    match node {
        Value::Object(object) => {
            let kept = object.iter().filter(|(key, _)| !key.starts_with("x-"));
            let clean = |(key, child): (&String, &Value)| {
                let child = match child {
                    // The keys of `properties` are names of the API, even if they start with `x-`.
                    Value::Object(names) if key == "properties" => {
                        names.iter().map(|(name, it)| (name.clone(), without_extensions(it))).collect()
                    }
                    child => without_extensions(child),
                };
                (key.clone(), child)
            };
            Value::Object(kept.map(clean).collect())
        }
        Value::Array(list) => list.iter().map(without_extensions).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_we_have_shaped_is_no_type_and_a_request_stays_as_it_is() {
        let provisional = json!({"type": "array", "x-stability": "provisional", "items": {"$ref": "#/components/schemas/Part"}});
        let document = json!({
            "paths": {"/a": {"post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Asked"}}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Told"}}}}},
            }}},
            "components": {"schemas": {
                "Asked": {"properties": {"parts": {"type": "array", "x-stability": "provisional"}}},
                "Told": {"additionalProperties": true, "properties": {
                    "parts": provisional,
                    "balance": {"type": "number", "x-stability": "provisional"},
                    "x-id": {"type": "string"},
                }},
                "Part": {"x-stability": "provisional", "properties": {}},
            }},
        });
        let prepared = prepared(&document);
        assert_eq!(
            prepared["components"]["schemas"],
            json!({
                "Asked": {"properties": {"parts": {"type": "array"}}},
                "Told": {"additionalProperties": {}, "properties": {
                    "balance": {"type": "number"},
                    "x-id": {"type": "string"},
                }},
            })
        );
    }
}
