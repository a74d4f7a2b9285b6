//! Converts OpenAPI 3.0 schemas to JSON Schema Draft 4, which validators understand.

use serde_json::{Map, Value, json};

/// Returns the schema behind `reference` (`#/components/schemas/X`) as one self-contained Draft 4 document.
///
/// It deliberately differs from a plain copy in two ways: `nullable` becomes a type that may be null, and `integer`
/// becomes a number with an integer value, since `3.0` is a legal JSON spelling of 3 (AMB-DECIMALS).
#[must_use]
pub fn draft4(document: &Value, reference: &str) -> Value {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let definitions: Map<String, Value> =
        schemas.into_iter().flatten().map(|(name, schema)| (name.clone(), convert(schema))).collect();
    json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "allOf": [{"$ref": reference.replace("#/components/schemas/", "#/definitions/")}],
        "definitions": definitions,
    })
}

fn convert(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => convert_object(object),
        Value::Array(list) => Value::Array(list.iter().map(convert).collect()),
        other => other.clone(),
    }
}

fn convert_object(object: &Map<String, Value>) -> Value {
    if let Some(Value::String(reference)) = object.get("$ref") {
        return json!({"$ref": reference.replace("#/components/schemas/", "#/definitions/")});
    }
    let mut out = Map::new();
    for (key, value) in object {
        match key.as_str() {
            "properties" => {
                let properties = value.as_object().into_iter().flatten();
                out.insert(key.clone(), properties.map(|(name, it)| (name.clone(), convert(it))).collect());
            }
            "enum" | "required" | "minimum" | "maximum" | "minItems" | "maxItems" | "minLength"
            | "maxLength" | "pattern" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf"
            | "uniqueItems" | "type" => {
                out.insert(key.clone(), value.clone());
            }
            "allOf" | "anyOf" | "oneOf" | "not" | "items" | "additionalProperties" => {
                out.insert(key.clone(), convert(value));
            }
            // Descriptions, examples, formats and extensions don't constrain a value.
            _ => {}
        }
    }
    if out.get("type") == Some(&json!("integer")) {
        out.insert("type".into(), json!("number"));
        out.entry("multipleOf").or_insert(json!(1));
    }
    let nullable = object.get("nullable") == Some(&Value::Bool(true));
    if nullable {
        if let Some(Value::Array(values)) = out.get_mut("enum") {
            values.push(Value::Null);
        }
        if let Some(Value::String(kind)) = out.get("type").cloned() {
            out.insert("type".into(), json!([kind, "null"]));
            return Value::Object(out);
        }
    }
    let mut schema = Value::Object(out);
    if nullable {
        allow_null(&mut schema);
    }
    schema
}

/// Makes a Draft 4 schema accept null as well.
pub(crate) fn allow_null(schema: &mut Value) {
    *schema = json!({"anyOf": [schema.take(), {"type": "null"}]});
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nullable_and_integer_are_converted_and_extensions_dropped() {
        let document = json!({"components": {"schemas": {
            "A": {"type": "object", "required": ["n"], "x-stability": "documented", "properties": {
                "n": {"type": "integer", "description": "x"},
                "description": {"type": "string", "nullable": true},
                "b": {"$ref": "#/components/schemas/B", "description": "ignored"},
                "c": {"allOf": [{"$ref": "#/components/schemas/B"}], "nullable": true},
            }},
            "B": {"type": "string", "enum": ["x"], "nullable": true},
        }}});
        let schema = draft4(&document, "#/components/schemas/A");
        assert_eq!(
            schema["definitions"]["A"],
            json!({"type": "object", "required": ["n"], "properties": {
                "n": {"type": "number", "multipleOf": 1},
                "description": {"type": ["string", "null"]},
                "b": {"$ref": "#/definitions/B"},
                "c": {"anyOf": [{"allOf": [{"$ref": "#/definitions/B"}]}, {"type": "null"}]},
            }})
        );
        assert_eq!(schema["definitions"]["B"], json!({"type": ["string", "null"], "enum": ["x", null]}));
    }
}
