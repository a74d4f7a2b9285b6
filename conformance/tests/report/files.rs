//! The formats for programs: their text, and that they can be read back.

use std::borrow::Cow;

use conformance::history::Line;
use conformance::report::formats::{github, har, json, junit, markdown, ndjson, sarif};
use conformance::report::output::{self, Format, ReportSpec};
use conformance::report::text;
use conformance::report::view::View;
use serde_json::Value;

use crate::fixture;

#[test]
fn the_json_report() {
    let fixture = fixture::failing();
    let rendered = json::render(&View::of(&fixture.run())).unwrap();
    let schema = include_str!("../../report.schema.json");
    assert_eq!(valid(schema, &rendered)["exit_code"], 1);
    valid(schema, &json::render(&View::of(&fixture::passing().run())).unwrap());
    insta::assert_snapshot!(rendered);
}

#[test]
fn the_history_reads_back() {
    let fixture = fixture::failing();
    let mut out = Vec::new();
    ndjson::write(&fixture.run(), &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(!out.chars().any(|character| character != '\n' && text::acts(character)));
    let lines: Vec<Line> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), fixture.history.cases.len() + 2);
    assert!(matches!(&lines[0], Line::Header(header) if **header == fixture.history.header));
    let cases =
        lines.iter().filter_map(|line| if let Line::Case(case) = line { Some(&**case) } else { None });
    assert!(cases.cloned().eq(fixture.history.cases.iter().map(Cow::into_owned)));
    assert!(matches!(lines.last(), Some(Line::Footer(footer)) if *footer == fixture.history.footer));
}

#[test]
fn the_junit_report() {
    let rendered = junit::render(&View::of(&fixture::failing().run())).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&rendered).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (53, 4, 0));
    let skipped = rendered.matches("<skipped").count();
    assert_eq!(
        skipped, 9,
        "known, inconclusive, not exercised, not applicable, and the verdict, which failures tell"
    );
    insta::assert_snapshot!(rendered);
}

#[test]
fn the_sarif_report_follows_its_schema() {
    let rendered = sarif::render(&View::of(&fixture::failing().run())).unwrap();
    let report = valid(include_str!("../schemas/sarif-2.1.0.json"), &rendered);
    let first = &report["runs"][0]["results"][0];
    assert_eq!(first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], spec::BUILT_IN);
    let index = first["ruleIndex"].as_u64().unwrap() as usize;
    assert_eq!(report["runs"][0]["tool"]["driver"]["rules"][index]["id"], first["ruleId"]);
    insta::assert_snapshot!(rendered);
}

#[test]
fn the_har_follows_its_schema_and_masks_keys() {
    let fixture = fixture::failing();
    let rendered = har::render(&fixture.run()).unwrap();
    let report = valid(include_str!("../schemas/har-1.2.json"), &rendered);
    let entries = report["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), fixture.history.cases.iter().map(|case| case.exchanges.len()).sum::<usize>());
    for entry in entries {
        let headers = entry["request"]["headers"].as_array().unwrap();
        let key = headers.iter().find(|header| header["name"] == "X-API-KEY").unwrap();
        assert_eq!(key["value"], "***");
    }
    let odd: Vec<_> =
        entries.iter().skip(155).map(|entry| serde_json::to_string_pretty(entry).unwrap()).collect();
    insta::assert_snapshot!(text::safe_json(&odd.join("\n")));
}

#[test]
fn the_summary() {
    insta::assert_snapshot!(markdown::render(&View::of(&fixture::failing().run())));
}

#[test]
fn a_long_summary_is_cut_between_findings() {
    let mut fixture = fixture::failing();
    let many = fixture.judgement.findings.iter().cycle().take(200).cloned().collect();
    fixture.judgement.findings = many;
    let rendered = markdown::render(&View::of(&fixture.run()));
    assert!(rendered.len() < 65_536);
    assert!(rendered.contains("more in the full report"));
    assert_eq!(rendered.matches("<details>").count(), rendered.matches("</details>").count());
}

#[test]
fn annotations_and_step_summary_come_by_themselves_in_actions() {
    let view = View::of(&fixture::failing().run());
    let dir = tempfile::tempdir().unwrap();
    let summary = dir.path().join("summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let emit = |actions: bool| {
        let mut out = Vec::new();
        let env = |name: &str| match name {
            "GITHUB_ACTIONS" => actions.then(|| "true".to_owned()),
            "GITHUB_STEP_SUMMARY" => Some(summary.display().to_string()),
            _ => None,
        };
        github::emit(&view, env, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(emit(false), "");
    let annotations = emit(true);
    assert_eq!(annotations.lines().count(), view.findings.len());
    insta::assert_snapshot!(annotations);
    let written = std::fs::read_to_string(&summary).unwrap();
    assert_eq!(written, format!("before\n{}", markdown::render(&view)));
}

#[test]
fn every_format_has_the_same_findings_and_nothing_that_acts() {
    let fixture = fixture::failing();
    let (run, view) = (fixture.run(), View::of(&fixture.run()));
    let ids: Vec<_> = view.findings.iter().map(|finding| finding.id.as_str()).collect();
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "an id names one finding: {ids:?}");
    for (format, name, _) in Format::ALL {
        let text = String::from_utf8(output::render(format, &run, &view).unwrap()).unwrap();
        assert!(!text.chars().any(|character| character != '\n' && text::acts(character)), "{name}");
        assert!(!text.contains("\n::"), "{name}: a command to a pipeline");
        // These formats record what happened rather than the findings.
        if !matches!(format, Format::Har | Format::Ndjson) {
            let missing: Vec<_> = ids.iter().filter(|id| !text.contains(**id)).collect();
            assert!(missing.is_empty(), "{name} lacks {missing:?}");
        }
    }
}

#[test]
fn a_directory_holds_everything_with_digests() {
    use sha2::Digest as _;
    let fixture = fixture::failing();
    let (run, view) = (fixture.run(), View::of(&fixture.run()));
    let dir = tempfile::tempdir().unwrap();
    let one = dir.path().join("one/run.json");
    let all = dir.path().join("all");
    let specs = [ReportSpec::File(Format::Json, one.clone()), ReportSpec::Dir(all.clone())];
    let written = output::write(&run, &view, &specs);
    assert!(written.failures.is_empty(), "{written:?}");
    assert_eq!(written.files.len(), 1 + Format::ALL.len() + 1);
    assert_eq!(std::fs::read(one).unwrap(), std::fs::read(all.join("report.json")).unwrap());
    let digests = std::fs::read_to_string(all.join(output::DIGESTS)).unwrap();
    assert_eq!(digests.lines().count(), Format::ALL.len());
    for line in digests.lines() {
        let (digest, name) = line.split_once("  ").unwrap();
        let bytes = std::fs::read(all.join(name)).unwrap();
        let actual: String = sha2::Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, actual, "{name}");
    }
}

/// Asserts that each line of a history is valid by the schema.
pub(crate) fn lines_are_valid(history: &str) {
    let schema: Value = serde_json::from_str(include_str!("../../history.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for line in history.lines() {
        let document: Value = serde_json::from_str(line).unwrap();
        let errors: Vec<_> =
            validator.iter_errors(&document).map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert!(errors.is_empty(), "{}\n{line:.2000}", errors.join("\n"));
    }
}

/// Returns the document after validating it by the schema.
pub(crate) fn valid(schema: &str, document: &str) -> Value {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let document: Value = serde_json::from_str(document).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    document
}
