//! Rules about names: those that collide, and those that refer to nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use spec::place::escape;

use super::Notes;
use super::parts::Kind;

/// Reduces a name to what a generator keeps of it in an identifier.
fn identifier(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Forbids names that a reader or a generator can't tell apart: they differ only by letter case or punctuation (`_id`
/// and `id`).
pub(super) fn colliding(notes: &mut Notes<'_>) {
    let mut groups: Vec<Vec<(String, String)>> = Vec::new();
    let mut operations = Vec::new();
    for part in notes.parts {
        let node = part.node(notes.document);
        let keys = |below: &str| -> Vec<(String, String)> {
            let map = node[below].as_object().into_iter().flat_map(|map| map.keys());
            map.map(|key| (key.clone(), format!("{}/{below}/{}", part.pointer, escape(key)))).collect()
        };
        match part.kind {
            Kind::Root => groups.push(keys("paths")),
            Kind::Schema => {
                groups.push(keys("properties"));
                let values = node["enum"].as_array().into_iter().flatten().enumerate();
                groups.push(
                    values
                        .filter_map(|(at, value)| {
                            Some((value.as_str()?.to_owned(), format!("{}/enum/{at}", part.pointer)))
                        })
                        .collect(),
                );
            }
            Kind::Components => {
                for section in ["schemas", "responses", "parameters", "requestBodies", "headers"] {
                    groups.push(keys(section));
                }
            }
            Kind::Operation => {
                if let Some(name) = node["operationId"].as_str() {
                    operations.push((name.to_owned(), format!("{}/operationId", part.pointer)));
                }
            }
            _ => {}
        }
    }
    groups.push(operations);
    for mut group in groups {
        // In the order of the text, so that the later name is the one to change.
        group.sort_by_key(|(_, pointer)| notes.document.places.line(pointer));
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for (name, pointer) in group {
            // Paths may differ by punctuation alone.
            let key = if name.starts_with('/') { name.to_lowercase() } else { identifier(&name) };
            if let Some(first) = seen.get(&key) {
                notes.put(
                    &pointer,
                    format!("`{name}` and `{first}` become one name in generated code; rename one"),
                );
            } else {
                seen.insert(key, name);
            }
        }
    }
}

/// Requires the parameters of a path to match its template, and to be required.
pub(super) fn path_parameters(notes: &mut Notes<'_>) {
    for part in notes.parts.iter().filter(|part| part.kind == Kind::Operation) {
        let Some((item, _)) = part.pointer.rsplit_once('/') else { continue };
        let template = item.trim_start_matches("/paths/").replace("~1", "/").replace("~0", "~");
        let mut wanted: BTreeSet<&str> = template
            .split('/')
            .filter_map(|step| step.strip_prefix('{').and_then(|step| step.strip_suffix('}')))
            .collect();
        for list in [format!("{item}/parameters"), format!("{}/parameters", part.pointer)] {
            for at in 0..notes.document.at(&list).as_array().map_or(0, Vec::len) {
                let pointer = format!("{list}/{at}");
                let parameter = notes.document.at(&notes.document.resolve(&pointer));
                let name = parameter["name"].as_str().unwrap_or_default();
                if parameter["in"].as_str() != Some("path") {
                    continue;
                }
                if !wanted.remove(name) {
                    notes.put(&pointer, format!("`{name}` is not a parameter of the path `{template}`"));
                }
                if parameter["required"].as_bool() != Some(true) {
                    notes.put(&pointer, format!("`{name}` stands in the path, so it is `required: true`"));
                }
            }
        }
        for name in wanted {
            notes.put(&part.pointer, format!("the path's parameter `{name}` is not described"));
        }
    }
}

/// Requires each required property to exist and to be listed once.
pub(super) fn required(notes: &mut Notes<'_>) {
    for part in notes.parts.iter().filter(|part| part.kind == Kind::Schema) {
        let node = part.node(notes.document);
        let mut seen = BTreeSet::new();
        for name in node["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let pointer = format!("{}/required", part.pointer);
            if node["properties"].get(name).is_none() && node.get("allOf").is_none() {
                notes.put(&pointer, format!("`{name}` is required and not among the properties"));
            }
            if !seen.insert(name) {
                notes.put(&pointer, format!("`{name}` stands here twice"));
            }
        }
    }
}

/// Requires the security schemes of an operation to be among those of the document.
pub(super) fn security(notes: &mut Notes<'_>) {
    let places = notes.parts.iter().filter(|part| matches!(part.kind, Kind::Root | Kind::Operation));
    for part in places {
        let alternatives = part.node(notes.document)["security"].as_array();
        for (at, alternative) in alternatives.into_iter().flatten().enumerate() {
            for name in alternative.as_object().into_iter().flat_map(|map| map.keys()) {
                if !notes.document.has(&format!("/components/securitySchemes/{}", escape(name))) {
                    let pointer = format!("{}/security/{at}", part.pointer);
                    notes.put(&pointer, format!("`{name}` is not among the security schemes"));
                }
            }
        }
    }
}

/// Forbids unused components: people would read them as if they were in force.
pub(super) fn unused(notes: &mut Notes<'_>) {
    let used: BTreeSet<&str> =
        notes.parts.iter().filter_map(|part| part.node(notes.document)["$ref"].as_str()).collect();
    let components = notes.document.at("/components").as_object();
    for (section, names) in
        components.into_iter().flatten().filter(|(section, _)| *section != "securitySchemes")
    {
        for name in names.as_object().into_iter().flat_map(|map| map.keys()) {
            let pointer = format!("/components/{section}/{}", escape(name));
            if !used.contains(format!("#{pointer}").as_str()) {
                notes.put(&pointer, "nothing refers to it; remove it");
            }
        }
    }
}
