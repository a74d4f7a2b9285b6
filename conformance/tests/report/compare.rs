//! Comparing two runs: ten pairs, each with its expected output, and every format for one pair.

use conformance::judge::verdict::{Finding, FindingGroup, Outcome, Verdict};
use conformance::report::compare::formats::{html, json, markdown, terminal};
use conformance::report::compare::{Comparison, Side, State};
use conformance::report::look::{Look, Verbosity};
use conformance::report::view::View;
use serde_json::{Value, json};

use crate::files::valid;
use crate::fixture::{self, Fixture};

const LOOK: Look = Look { width: 80, color: false, verbosity: Verbosity::Normal };

/// Returns a whole run in which these requirements fail, each with a cause and ways.
fn run(failures: &[(&str, &str, &[&str])]) -> Fixture {
    let mut fixture = fixture::passing();
    fixture.history.header.shard = None;
    let template = fixture::failing().judgement.findings.remove(1);
    for (id, cause, ways) in failures {
        let example =
            Finding { cause: (*cause).into(), summary: format!("it is {cause}"), ..template.example.clone() };
        fixture.judgement.findings.push(FindingGroup {
            requirement: (*id).to_owned(),
            example,
            ways: ways.iter().map(|it| (*it).to_owned()).collect(),
            occurrences: 3,
            ..template.clone()
        });
        outcome(&mut fixture, id, Outcome::Fail);
        fixture.judgement.verdict = Verdict::NotConformant;
    }
    fixture
}

fn outcome(fixture: &mut Fixture, id: &str, outcome: Outcome) {
    let found = fixture.judgement.requirements.iter_mut().find(|it| it.id == id);
    found.unwrap().outcome = outcome;
}

fn report(fixture: &Fixture) -> Value {
    serde_json::to_value(View::of(&fixture.run())).unwrap()
}

fn compared(old: &Value, new: &Value) -> Comparison {
    let side = |report: &Value| Side::read(&report.to_string()).unwrap();
    Comparison::of(side(old), side(new))
}

fn with(mut report: Value, pointer: &str, value: Value) -> Value {
    *report.pointer_mut(pointer).unwrap() = value;
    report
}

fn latency(millis: u64) -> Value {
    let us = millis * 1_000;
    json!([{"operation": "buyBulk", "status": 200, "count": 50, "p50_us": us, "p90_us": us, "p99_us": us, "max_us": us}])
}

const HIGH: (&str, &str, &[&str]) = ("COUNT-HIGH", "accepted", &["count/high"]);

/// Returns ten pairs: a name, the older and the newer report.
fn pairs() -> Vec<(&'static str, Value, Value)> {
    let (well, high) = (report(&run(&[])), report(&run(&[HIGH])));
    let any_key = run(&[("AUTH-UNKNOWN", "accepted", &["auth/revoked", "key: longer"])]);
    let one_key = run(&[("AUTH-UNKNOWN", "accepted", &["auth/revoked"])]);
    let mut untested = run(&[]);
    outcome(&mut untested, "COUNT-HIGH", Outcome::NotExercised);
    let mut cut = run(&[]);
    cut.history.header.only = vec!["auth/".to_owned()];
    let shape = |kind: &str| {
        with(well.clone(), "/shapes", json!({"buyBulk-200-application-json": {"fields": {"fee": kind}}}))
    };
    vec![
        ("nothing failed and nothing fails", well.clone(), well.clone()),
        ("a new failure", well.clone(), high.clone()),
        ("a failure that is fixed", high.clone(), well.clone()),
        ("a failure that stays", high.clone(), high.clone()),
        (
            "another cause of the same requirement",
            high.clone(),
            report(&run(&[("COUNT-HIGH", "answered 400", &["count/high"])])),
        ),
        (
            "a failure that was not tried again, since its requirement was not",
            high.clone(),
            report(&untested),
        ),
        ("a failure that was not tried again, since --only left it out", high.clone(), report(&cut)),
        ("one accepted key has become any", report(&one_key), report(&any_key)),
        (
            "another revision and another seed, with a slower server and a new type of a field",
            with(with(shape("number"), "/run/spec_revision", json!("1.0.0")), "/latency", latency(10)),
            with(with(shape("string"), "/run/seed", json!(7)), "/latency", latency(40)),
        ),
        (
            "questions that are answered otherwise",
            with(high.clone(), "/ambiguities/0/choices", json!([["400", 2, "x"]])),
            with(high, "/ambiguities/0/choices", json!([["200", 2, "x"]])),
        ),
    ]
}

#[test]
fn ten_pairs() {
    let told: Vec<String> = pairs()
        .iter()
        .map(|(name, old, new)| format!("# {name}\n{}", terminal::render(&compared(old, new), &LOOK)))
        .collect();
    assert_eq!(told.len(), 10);
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn the_json_of_every_pair_follows_its_schema() {
    let schema = include_str!("../../comparison.schema.json");
    for (_, old, new) in pairs() {
        valid(schema, &json::render(&compared(&old, &new)).unwrap());
    }
    let (old, new) = (report(&fixture::passing()), report(&fixture::failing()));
    let document = valid(schema, &json::render(&compared(&old, &new)).unwrap());
    for list in ["changes", "moved", "notes"] {
        assert!(!document[list].as_array().unwrap().is_empty(), "{list}");
    }
}

#[test]
fn nothing_is_fixed_that_was_not_tried() {
    for (name, old, new) in pairs() {
        let comparison = compared(&old, &new);
        let fixed = comparison.changes.iter().filter(|it| it.state == State::Fixed).count();
        assert_eq!(fixed, usize::from(name == "a failure that is fixed"), "{name}");
    }
    let smaller = with(report(&run(&[])), "/run/tier", json!("smoke"));
    let comparison = compared(&report(&run(&[HIGH])), &smaller);
    assert_eq!(comparison.changes[0].state, State::NotTried, "a smaller tier tries less");
}

#[test]
fn a_run_compared_with_itself_has_no_change() {
    for fixture in [fixture::failing(), fixture::passing()] {
        let report = report(&fixture);
        let comparison = compared(&report, &report);
        assert!(comparison.changes.iter().all(|it| it.state == State::Still), "{:?}", comparison.changes);
        assert!(comparison.moved.is_empty() && comparison.dropped.is_empty());
        assert!(
            comparison.latency.is_empty() && comparison.shapes.is_empty() && comparison.questions.is_empty()
        );
    }
}

#[test]
fn every_format_says_the_same_and_nothing_acts() {
    let (old, new) = (report(&fixture::passing()), report(&fixture::failing()));
    let comparison = compared(&old, &new);
    let page = html::render(&comparison);
    assert!(!page.contains("<script>alert"), "what a server sends is no markup");
    let json = json::render(&comparison).unwrap();
    let texts = [page, json, markdown::render(&comparison), terminal::render(&comparison, &LOOK)];
    for text in &texts {
        assert!(!text.chars().any(|it| it != '\n' && conformance::report::text::acts(it)));
        for change in &comparison.changes {
            assert!(text.contains(&change.requirement), "{}: {text}", change.id);
        }
    }
    insta::assert_snapshot!(texts[2]);
}

/// A report of an older version has neither ways nor latency, and is compared as far as possible.
#[test]
fn a_report_of_an_older_version_is_read() {
    let mut old = report(&run(&[HIGH]));
    for name in ["latency", "shapes", "drift", "next"] {
        old.as_object_mut().unwrap().remove(name);
    }
    for name in ["ways", "cause", "under"] {
        old["findings"][0].as_object_mut().unwrap().remove(name);
    }
    let comparison = compared(&old, &report(&run(&[HIGH])));
    assert_eq!(comparison.changes[0].state, State::Still);
    assert_eq!(comparison.notes.len(), 1, "{:?}", comparison.notes);
}

#[test]
fn what_is_no_report_is_refused() {
    let error = |text: &str| Side::read(text).unwrap_err().to_string();
    assert!(error("{}").starts_with("it is neither a history nor a JSON report (missing field"));
    let future = with(report(&run(&[])), "/format", json!(9));
    assert_eq!(error(&future.to_string()), "its format is 9; this program reads format 1");
}
