//! SARIF 2.1.0: the rules are requirements, and the results point at the lines of the contract that are broken.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use crate::judge::verdict::{Outcome, Verdict};
use crate::report::text::{count, safe_json};
use crate::report::view::{FindingView, Place, RequirementView, View};

/// Characters that must be escaped in a relative URI.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`');

/// The maximum number of results that GitHub processes. It drops the rest, and rejects a file with five times as many.
const MOST_RESULTS: usize = 5_000;

/// The maximum number of locations of a result that GitHub processes.
const MOST_LOCATIONS: usize = 100;

/// The maximum size, in bytes, of a compressed file that GitHub accepts.
const LARGEST: usize = 10_000_000;

/// Renders the indented document within the limits of GitHub. The worst findings come first, and a notification says
/// how many are left out.
///
/// # Errors
/// Returns an error if serde fails, which it does not in practice.
pub fn render(view: &View) -> serde_json::Result<String> {
    let mut most = MOST_RESULTS.min(view.findings.len());
    loop {
        let text = document(view, most)?;
        if most <= 1 || compressed(&text) <= LARGEST {
            return Ok(text);
        }
        most /= 2;
    }
}

/// Returns the size of a text as it is uploaded. It is compressed only if it might be too large.
fn compressed(text: &str) -> usize {
    if text.len() <= LARGEST {
        return text.len();
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).map_or(usize::MAX, |bytes| bytes.len())
}

fn document(view: &View, most: usize) -> serde_json::Result<String> {
    let requirements: Vec<_> = view.groups.iter().flat_map(|group| &group.requirements).collect();
    let (name, version) = view.tool.split_once(' ').unwrap_or((&view.tool, "0"));
    let results: Vec<_> =
        view.findings.iter().take(most).map(|finding| result(view, finding, &requirements)).collect();
    let left = view.findings.len() - results.len();
    let notifications: Vec<_> = (left > 0)
        .then(|| json!({ "level": "warning", "message": { "text": format!("{left} more findings are left out here, where they would go beyond the limits of GitHub; the other reports have them.") } }))
        .into_iter()
        .collect();
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
                "toolExecutionNotifications": notifications,
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

fn result(view: &View, finding: &FindingView, rules: &[&RequirementView]) -> Value {
    let level = match finding.outcome {
        Outcome::Warning => "warning",
        Outcome::Known => "note",
        _ => "error",
    };
    let expected: Vec<_> = finding.expected.iter().map(|expected| expected.what.as_str()).collect();
    let expected =
        if expected.is_empty() { "nothing of the kind".to_owned() } else { expected.join(", or ") };
    let mut locations: Vec<_> = finding.places.iter().take(MOST_LOCATIONS).map(location).collect();
    if locations.is_empty() {
        // GitHub rejects a file if a result has no location. A requirement that the contract does not cite is located
        // at its first line.
        locations.push(location(&Place { file: view.run.spec_file.clone(), line: 1 }));
    }
    let mut result = json!({
        "ruleId": finding.requirement,
        "level": level,
        "message": { "text": format!(
            "{} (expected {expected}; received {}). Seen {}; send it again with: {}",
            finding.summary, finding.actual, count(finding.occurrences, "time", "times"), finding.replay
        )},
        "locations": locations[..1],
        "relatedLocations": locations[1..],
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

/// A place as SARIF has it.
pub(crate) fn location(place: &Place) -> Value {
    let uri = utf8_percent_encode(&place.file, UNSAFE).to_string();
    json!({ "physicalLocation": { "artifactLocation": { "uri": uri }, "region": { "startLine": place.line.max(1) } } })
}
