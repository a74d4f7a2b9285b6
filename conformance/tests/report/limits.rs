//! What the readers of a format refuse or drop: characters, numbers, sizes, and places outside the user's files.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use conformance::history::{Answer, CaseRecord};
use conformance::judge::verdict::Verdict;
use conformance::report::formats::{github, har, junit, sarif};
use conformance::report::view::View;
use serde_json::Value;

use crate::files::valid;
use crate::fixture::{self, Fixture};

/// Returns a run with this many findings.
fn with_findings(count: usize) -> Fixture {
    let mut fixture = fixture::failing();
    fixture.judgement.findings = fixture.judgement.findings.iter().cycle().take(count).cloned().collect();
    fixture
}

/// Returns the run with a contract that was read from a file.
fn by_file(mut fixture: Fixture) -> Fixture {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/openapi.yaml");
    fixture.contract = spec::from_paths(&file, None).unwrap();
    fixture
}

fn annotations(fixture: &Fixture) -> String {
    let mut out = Vec::new();
    let env = |name: &str| (name == "GITHUB_ACTIONS").then(|| "true".to_owned());
    github::emit(&View::of(&fixture.run()), env, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn junit_is_xml_whatever_a_server_sends() {
    let mut fixture = fixture::failing();
    let all: String = (0..=0x1_ffff).filter_map(char::from_u32).collect();
    fixture.judgement.findings[0].example.actual = all.clone();
    fixture.judgement.notes.push(all);
    let rendered = junit::render(&View::of(&fixture.run())).unwrap();
    let allowed = |it: char| matches!(it, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    let wrong: Vec<char> = rendered.chars().filter(|it| !allowed(*it)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(rendered.contains("\\u{fffe}\\u{ffff}"), "they are spelt out rather than lost");
    assert!(quick_junit::Report::deserialize_from_str(&rendered).is_ok());
}

#[test]
fn a_run_that_could_not_tell_is_not_green() {
    for (verdict, errors) in [
        (Verdict::Conformant, 0),
        (Verdict::Incomplete, 1),
        (Verdict::BudgetExhausted, 1),
        (Verdict::Unreachable, 1),
        (Verdict::OwnFault, 1),
    ] {
        let mut fixture = fixture::passing();
        fixture.judgement.verdict = verdict;
        let rendered = junit::render(&View::of(&fixture.run())).unwrap();
        let report = quick_junit::Report::deserialize_from_str(&rendered).unwrap();
        assert_eq!((report.failures, report.errors), (0, errors), "{verdict:?}");
    }
    let mut fixture = fixture::passing();
    fixture.judgement.verdict = Verdict::Incomplete;
    let rendered = junit::render(&View::of(&fixture.run())).unwrap();
    let at = rendered.find("<testsuite name=\"verdict\"").unwrap();
    insta::assert_snapshot!(&rendered[at..]);
}

#[test]
fn places_in_the_built_in_contract_are_in_no_file_of_the_reader() {
    let (built_in, file) = (fixture::failing(), by_file(fixture::failing()));
    let junit = |fixture: &Fixture| junit::render(&View::of(&fixture.run())).unwrap();
    assert!(!annotations(&built_in).contains("file=") && !junit(&built_in).contains("file="));
    assert!(
        annotations(&file).contains("openapi.yaml,line=") && junit(&file).contains("openapi.yaml\" line=")
    );
}

#[test]
fn annotations_beyond_what_github_shows_are_counted() {
    let shown = |count: usize| {
        let text = annotations(&with_findings(count));
        let of = |level: &str| text.lines().filter(|it| it.starts_with(&format!("::{level} "))).count();
        (["error", "warning", "notice"].map(of), text)
    };
    // Five failures, a warning and a known failure, repeated.
    assert_eq!(shown(14).0, [10, 2, 2]);
    let (counts, text) = shown(77);
    assert_eq!(counts, [10, 10, 10]);
    let more: Vec<&str> = text.lines().filter(|it| it.contains("title=more::")).collect();
    let wanted = |level: &str, left: usize| {
        format!(
            "::{level} title=more::{left} more findings of this level: see the summary of the step, or the reports"
        )
    };
    assert_eq!(more, [wanted("error", 46), wanted("warning", 2), wanted("notice", 2)]);
}

#[test]
fn sarif_is_what_github_takes() {
    let read = |fixture: &Fixture| -> Value {
        let text = sarif::render(&View::of(&fixture.run())).unwrap();
        valid(include_str!("../schemas/sarif-2.1.0.json"), &text)
    };
    let mut fixture = fixture::failing();
    fixture.judgement.findings[0].requirement = "CITED-NOWHERE".to_owned();
    let results = read(&fixture)["runs"][0]["results"].take();
    for result in results.as_array().unwrap() {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], spec::BUILT_IN);
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
    }
    let many = with_findings(6_000);
    let text = sarif::render(&View::of(&many.run())).unwrap();
    let run = serde_json::from_str::<Value>(&text).unwrap()["runs"][0].take();
    assert_eq!(run["results"].as_array().unwrap().len(), 5_000);
    let told = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(told.as_str().unwrap().starts_with("1000 more findings are left out here"), "{told}");
}

#[test]
fn a_har_has_a_bound_and_says_what_it_leaves_out() {
    let mut fixture = fixture::failing();
    let found: BTreeSet<String> =
        fixture.judgement.findings.iter().map(|it| it.example.case.clone()).collect();
    let (examples, others): (Vec<_>, Vec<_>) =
        fixture.history.cases.iter().map(Cow::into_owned).partition(|it| found.contains(&it.id));
    // The cases without findings are large and many, and come first.
    let mut cases: Vec<CaseRecord> = others.iter().cycle().take(300).cloned().collect();
    for exchange in cases.iter_mut().flat_map(|it| &mut it.exchanges) {
        if let Answer::Response(response) = &mut exchange.answer {
            response.body = "x".repeat(600_000).into_bytes().into();
        }
    }
    cases.extend(examples.clone());
    let requests = |cases: &[CaseRecord]| cases.iter().map(|it| it.exchanges.len()).sum::<usize>();
    let all = requests(&cases);
    fixture.history.cases = cases.into();
    let text = har::render(&fixture.run()).unwrap();
    assert!(text.len() < 51_000_000, "{}", text.len());
    let log = serde_json::from_str::<Value>(&text).unwrap()["log"].take();
    let entries = log["entries"].as_array().unwrap();
    let kept = entries.iter().filter(|it| it["_case"].as_str().is_some_and(|id| found.contains(id)));
    assert_eq!(kept.count(), requests(&examples), "what findings are about is there");
    let left = all - entries.len();
    assert!(left > 0);
    let told = log["comment"].as_str().unwrap();
    assert!(told.starts_with(&format!("{left} of {all} requests are left out")), "{told}");
    let cut = entries.iter().find_map(|it| it["response"]["content"]["comment"].as_str()).unwrap();
    assert_eq!(cut, "the first 65536 of 600000 bytes");
}
