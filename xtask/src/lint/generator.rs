//! Rules about what the client generator refuses with a panic or silently drops.

use std::collections::BTreeSet;

use serde_json::Value;
use spec::diff::Document;
use spec::place::escape;

use super::Notes;
use super::parts::Kind;

/// Forbids constructs on which the generator panics.
pub(super) fn refuses(notes: &mut Notes<'_>) {
    for part in notes.parts {
        let node = part.node(notes.document);
        let pointer = |below: &str| format!("{}/{below}", part.pointer);
        match part.kind {
            Kind::Parameter if node["in"].as_str() == Some("cookie") => {
                notes.put(&pointer("in"), "cookie parameters are refused by the generator; use a header");
            }
            Kind::Parameter if node["style"].as_str() == Some("deepObject") => {
                notes
                    .put(&pointer("style"), "`deepObject` is refused by the generator; use plain parameters");
            }
            Kind::RequestBody if node["content"].as_object().is_some_and(|content| content.len() > 1) => {
                notes.put(
                    &pointer("content"),
                    "two media types of a request are refused by the generator; keep one",
                );
            }
            Kind::Schema if node.get("not").is_some() => {
                notes.put(&pointer("not"), "`not` is refused by the generator; list what is allowed");
            }
            Kind::Schema if node["pattern"].as_str().is_some_and(|pattern| pattern.contains("(?")) => {
                notes.put(
                    &pointer("pattern"),
                    "flags and look-around are refused by the generator; write plain classes",
                );
            }
            _ => {}
        }
    }
}

/// Returns the schemas of the bodies of an operation, for statuses that start with one of these digits.
fn bodies(document: &Document, operation: &str, digits: &[char]) -> Vec<(String, Value)> {
    let responses = document.at(&format!("{operation}/responses")).as_object();
    let codes = responses.into_iter().flat_map(|map| map.keys()).filter(|code| code.starts_with(digits));
    codes
        .filter_map(|code| {
            let response = document.at(&document.resolve(&format!("{operation}/responses/{}", escape(code))));
            let media = response["content"].as_object()?.values().next()?;
            Some((code.clone(), media["schema"].clone()))
        })
        .collect()
}

fn one_body(notes: &mut Notes<'_>, digits: &[char], what: &str) {
    for part in notes.parts.iter().filter(|part| part.kind == Kind::Operation) {
        let bodies = bodies(notes.document, &part.pointer, digits);
        let Some((first, shape)) = bodies.first() else { continue };
        for (code, _) in bodies.iter().skip(1).filter(|(_, other)| other != shape) {
            let pointer = format!("{}/responses/{}", part.pointer, escape(code));
            notes.put(
                &pointer,
                format!("{what} {code} has another body than {first}; the generator takes one schema"),
            );
        }
    }
}

/// Requires all errors of an operation to have one schema.
pub(super) fn mixed_errors(notes: &mut Notes<'_>) {
    one_body(notes, &['4', '5'], "error");
}

/// Requires all successes of an operation to have one schema.
pub(super) fn mixed_successes(notes: &mut Notes<'_>) {
    one_body(notes, &['2'], "success");
}

/// Forbids a pattern or length on an id. It would become a type that is checked on decoding: an id of a server that
/// violates it would turn a good answer into an error without a status.
pub(super) fn pattern_on_id(notes: &mut Notes<'_>) {
    for part in notes.parts.iter().filter(|part| matches!(part.kind, Kind::Schema | Kind::Parameter)) {
        let node = part.node(notes.document);
        let (name, schema) = match part.kind {
            Kind::Parameter => (node["name"].as_str().unwrap_or_default(), &node["schema"]),
            _ => (part.pointer.rsplit('/').next().unwrap_or_default(), node),
        };
        if name.ends_with("Id") || name.to_lowercase().trim_start_matches('_') == "id" {
            for key in ["pattern", "minLength", "maxLength", "format"] {
                if schema.get(key).is_some() {
                    let below = if part.kind == Kind::Parameter { "/schema" } else { "" };
                    notes.put(
                        &format!("{}{below}/{key}", part.pointer),
                        format!("`{key}` on the id `{name}`: ids are the server's, take any text"),
                    );
                }
            }
        }
    }
}

/// Forbids closed responses: an answer may always have further fields.
pub(super) fn closed_response(notes: &mut Notes<'_>) {
    let mut seen = BTreeSet::new();
    let mut queue: Vec<String> = notes
        .parts
        .iter()
        .filter(|part| matches!(part.kind, Kind::Response))
        .map(|part| part.pointer.clone())
        .collect();
    while let Some(pointer) = queue.pop() {
        let pointer = notes.document.resolve(&pointer);
        if !seen.insert(pointer.clone()) {
            continue;
        }
        let inside = |other: &str| {
            other.strip_prefix(&pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        for part in notes.parts.iter().filter(|part| part.kind == Kind::Schema && inside(&part.pointer)) {
            let node = part.node(notes.document);
            if node["additionalProperties"] == Value::Bool(false) && seen.insert(format!("{}!", part.pointer))
            {
                let pointer = format!("{}/additionalProperties", part.pointer);
                notes.put(
                    &pointer,
                    "a response that refuses further fields breaks clients with every addition; remove it",
                );
            }
            if node.get("$ref").is_some() {
                queue.push(part.pointer.clone());
            }
        }
    }
}
