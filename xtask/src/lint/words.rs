//! Rules about texts for people: operations, descriptions, requirements, open questions.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Notes;
use super::parts::Kind;

/// Requires every operation to have a summary, a description, and tags that exist.
pub(super) fn operations(notes: &mut Notes<'_>) {
    let tags: BTreeSet<&str> = notes
        .document
        .at("/tags")
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tag| tag["name"].as_str())
        .collect();
    for part in notes.parts.iter().filter(|part| part.kind == Kind::Operation) {
        let node = part.node(notes.document);
        // The reader already refuses a missing name.
        for key in ["summary", "description"] {
            if node[key].as_str().is_none_or(|text| text.trim().is_empty()) {
                notes.put(&part.pointer, format!("an operation without `{key}`"));
            }
        }
        let own: Vec<&str> =
            node["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if own.is_empty() {
            notes.put(&part.pointer, "an operation without `tags`; file it under one of the document's");
        }
        for tag in own.into_iter().filter(|tag| !tags.contains(tag)) {
            notes.put(
                &format!("{}/tags", part.pointer),
                format!("`{tag}` is not among the document's tags; add it there, with a description"),
            );
        }
    }
}

/// Requires parameters, responses, components and properties to have a description, unless they are references.
pub(super) fn descriptions(notes: &mut Notes<'_>) {
    for part in notes.parts {
        let due = match part.kind {
            Kind::Parameter
            | Kind::RequestBody
            | Kind::Response
            | Kind::Header
            | Kind::Tag
            | Kind::SecurityScheme => true,
            Kind::Schema => {
                let mut steps = part.pointer.rsplit('/').skip(1);
                let above = (steps.next(), steps.next());
                matches!(above, (Some("properties"), _) | (Some("schemas"), Some("components")))
            }
            _ => false,
        };
        let node = part.node(notes.document);
        let said = node["description"].as_str().is_some_and(|text| !text.trim().is_empty());
        if due && !said && node.get("$ref").is_none() {
            notes.put(&part.pointer, "no `description`; say what it is");
        }
    }
}

/// Requires every requirement to be cited by some part of the document.
pub(super) fn uncited(notes: &mut Notes<'_>) {
    let Some(catalogue) = notes.catalogue else { return };
    let mut cited = BTreeSet::new();
    for part in notes.parts {
        let ids = part.node(notes.document)["x-requirements"].as_array().into_iter().flatten();
        cited.extend(ids.filter_map(Value::as_str));
    }
    for (at, entry) in catalogue.at("/requirements").as_array().into_iter().flatten().enumerate() {
        if let Some(id) = entry["id"].as_str().filter(|id| !cited.contains(id)) {
            let message = format!("no part of {} cites `{id}` in `x-requirements`", notes.document.file);
            notes.put_in(catalogue, &format!("/requirements/{at}"), message);
        }
    }
}

/// Number of ids that one message names.
const NAMED: usize = 5;

/// Requires every requirement to state its kind, its severity and the sentences behind it. An empty list of sentences
/// means that no page states the requirement: breaking it only warns.
pub(super) fn unfounded(notes: &mut Notes<'_>) {
    let Some(catalogue) = notes.catalogue else { return };
    let entries = catalogue.at("/requirements").as_array().map_or(&[][..], Vec::as_slice);
    // An older revision has none of these properties.
    if !entries.iter().any(|entry| entry.get("severity").is_some()) {
        return;
    }
    let silent = |entry: &&Value| ["kind", "severity", "quotes"].iter().any(|key| entry.get(*key).is_none());
    let ids: Vec<&str> = entries.iter().filter(silent).filter_map(|entry| entry["id"].as_str()).collect();
    if !ids.is_empty() {
        let more = ids.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let named = ids[..ids.len().min(NAMED)].join(", ");
        let message =
            format!("{named}{more}: no `kind`, `severity` or `quotes`; the file's head explains them");
        notes.put_in(catalogue, "/requirements", message);
    }
}

/// Requires every quote to be on its page.
pub(super) fn quotes(notes: &mut Notes<'_>) {
    let Some(catalogue) = notes.catalogue else { return };
    for (at, entry) in catalogue.at("/requirements").as_array().into_iter().flatten().enumerate() {
        for (quote_at, quote) in entry["quotes"].as_array().into_iter().flatten().enumerate() {
            // The reader already refuses an entry that is not a quote.
            let quote = serde_json::from_value::<spec::Quote>(quote.clone());
            if quote.is_ok_and(|quote| quote.address().is_none()) {
                let message = "its page does not have these words; quote them as spec/pages has them";
                notes.put_in(catalogue, &format!("/requirements/{at}/quotes/{quote_at}"), message);
            }
        }
    }
}

/// Requires an open question to accept statuses, each once, in ascending order, and no server errors.
pub(super) fn questions(notes: &mut Notes<'_>) {
    let Some(catalogue) = notes.catalogue else { return };
    for (at, entry) in catalogue.at("/ambiguities").as_array().into_iter().flatten().enumerate() {
        let statuses: Vec<u64> =
            entry["accepts"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
        let pointer = format!("/ambiguities/{at}/accepts");
        for status in statuses.iter().filter(|status| !(200..500).contains(*status)) {
            let message = format!("{status} is no status that a conforming server answers with (200 to 499)");
            notes.put_in(catalogue, &pointer, message);
        }
        if !statuses.is_sorted_by(|a, b| a < b) {
            notes.put_in(catalogue, &pointer, "list each status once, in ascending order");
        }
    }
}
