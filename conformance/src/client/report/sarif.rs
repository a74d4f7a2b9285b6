//! SARIF 2.1.0 for clients: the rules are those for clients, and results point at the file of the program if it is
//! known.

use serde_json::{Value, json};

use super::view::{Cause, View};
use crate::report::formats::sarif::location;
use crate::report::text::{count, safe_json};
use crate::report::view::Place;

/// The file of a result if the program is not in the current directory. No file of that name exists, so no line of a
/// real file is marked.
const RULES: &str = "built-in-contract/client-requirements.yaml";

/// Renders the document, with a newline at its end.
///
/// # Errors
/// Returns an error if the document can't be serialized, which does not happen in practice.
pub(super) fn render(view: &View) -> serde_json::Result<String> {
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": view.causes.iter().map(rule).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": !view.is_empty(),
                "exitCodeDescription": view.certificate,
                "endTimeUtc": view.date,
            }],
            "columnKind": "unicodeCodePoints",
            "properties": { "subject": view.subject, "tasks": view.tasks, "contract": view.contract, "digest": view.digest },
            "results": view.causes.iter().enumerate().map(|it| result(view, it)).collect::<Vec<_>>(),
        }],
    });
    Ok(safe_json(&serde_json::to_string_pretty(&document)?) + "\n")
}

fn rule(cause: &Cause) -> Value {
    let says: Vec<String> = cause.says.iter().map(|it| format!("\"{}\" ({})", it.text, it.at)).collect();
    let says = if says.is_empty() {
        "Good practice: no page says it, so it only warns.".to_owned()
    } else {
        says.join(" ")
    };
    json!({
        "id": cause.id,
        "shortDescription": { "text": cause.statement },
        "fullDescription": { "text": cause.statement },
        "help": { "text": format!("{} {says}", cause.statement) },
        "defaultConfiguration": { "level": if cause.says.is_empty() { "warning" } else { "error" } },
    })
}

fn result(view: &View, (index, cause): (usize, &Cause)) -> Value {
    let place = match &view.file {
        Some(file) => Place { file: file.clone(), line: 1 },
        None => Place { file: RULES.to_owned(), line: cause.line },
    };
    let again = cause.again.as_ref().map(|it| format!(" Run it again with: {it}")).unwrap_or_default();
    let seen = count(cause.scenarios.len() as u64, "scenario", "scenarios");
    json!({
        "ruleId": cause.id,
        "ruleIndex": index,
        "level": if cause.fails { "error" } else { "warning" },
        "message": { "text": format!(
            "{} (expected {}; received {}). Seen in {seen}: {}.{again}",
            cause.summary, cause.expected, cause.received, cause.scenarios.join(", ")
        )},
        "locations": [location(&place)],
        "partialFingerprints": { "rule/v1": cause.id },
        "occurrenceCount": cause.scenarios.len().max(1),
        "properties": { "scenarios": cause.scenarios, "timeline": cause.timeline },
    })
}
