//! SARIF 2.1.0: rules are requirements, results point at the lines of the contract that are broken.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use crate::judge::verdict::{Outcome, Verdict};
use crate::report::text::{count, safe_json};
use crate::report::view::{FindingView, Place, RequirementView, View};

/// What may not stand in a relative URI.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`');

/// The document, indented.
///
/// # Errors
/// Never in practice; serde's error otherwise.
pub fn render(view: &View) -> serde_json::Result<String> {
    let requirements: Vec<_> = view.groups.iter().flat_map(|group| &group.requirements).collect();
    let (name, version) = view.tool.split_once(' ').unwrap_or((&view.tool, "0"));
    let results: Vec<_> = view.findings.iter().map(|finding| result(finding, &requirements)).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": name,
                "semanticVersion": version,
                "rules": requirements.iter().map(|requirement| rule(view, requirement)).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": !matches!(view.verdict, Verdict::OwnFault | Verdict::Unreachable),
                "exitCode": view.exit_code,
                "exitCodeDescription": view.headline,
                "startTimeUtc": view.run.started,
            }],
            "columnKind": "unicodeCodePoints",
            "properties": {
                "target": view.run.target,
                "specDigest": view.run.spec_digest,
                "specRevision": view.run.spec_revision,
                "seed": view.run.seed,
            },
            "results": results,
        }],
    });
    Ok(safe_json(&serde_json::to_string_pretty(&document)?) + "\n")
}

fn rule(view: &View, requirement: &RequirementView) -> Value {
    let id = &requirement.verdict.id;
    let explain = view.program.line(&format!("explain {id}"));
    json!({
        "id": id,
        "shortDescription": { "text": requirement.statement },
        "fullDescription": { "text": requirement.statement },
        "help": { "text": format!("{} Run `{explain}` for what is sent and what is allowed.", requirement.statement) },
        "defaultConfiguration": { "level": "error" },
        "properties": { "tags": [if requirement.documented { "documented" } else { "companion" }] },
    })
}

fn result(finding: &FindingView, rules: &[&RequirementView]) -> Value {
    let level = match finding.outcome {
        Outcome::Warning => "warning",
        Outcome::Known => "note",
        _ => "error",
    };
    let expected: Vec<_> = finding.expected.iter().map(|expected| expected.what.as_str()).collect();
    let expected =
        if expected.is_empty() { "nothing of the kind".to_owned() } else { expected.join(", or ") };
    let locations: Vec<_> = finding.places.iter().map(location).collect();
    let mut result = json!({
        "ruleId": finding.requirement,
        "level": level,
        "message": { "text": format!(
            "{} (expected {expected}; received {}). Seen {}; send it again with: {}",
            finding.summary, finding.actual, count(finding.occurrences, "time", "times"), finding.replay
        )},
        "locations": locations.first().into_iter().collect::<Vec<_>>(),
        "relatedLocations": locations.iter().skip(1).collect::<Vec<_>>(),
        "partialFingerprints": { "cause/v1": finding.id },
        "occurrenceCount": finding.occurrences.max(1),
        "properties": { "case": finding.case, "request": finding.example.as_ref().map(|example| &example.request.line) },
    });
    if let (Some(index), Some(object)) =
        (rules.iter().position(|rule| rule.verdict.id == finding.requirement), result.as_object_mut())
    {
        object.insert("ruleIndex".to_owned(), json!(index));
    }
    if let (Some(ticket), Some(object)) = (&finding.known, result.as_object_mut()) {
        object.insert("suppressions".to_owned(), json!([{ "kind": "external", "justification": ticket }]));
    }
    result
}

fn location(place: &Place) -> Value {
    let uri = utf8_percent_encode(&place.file, UNSAFE).to_string();
    json!({ "physicalLocation": { "artifactLocation": { "uri": uri }, "region": { "startLine": place.line.max(1) } } })
}
