//! The reports in `run/`, as a real run against a sandbox with a planted fault wrote them: they are valid, have no
//! secrets and agree, and the recorded history still gives the same result.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use conformance::history::recorded;
use conformance::report::output::{DIGESTS, Format};
use conformance::report::view::finding_id;
use conformance::run::judge_again;
use serde_json::Value;
use sha2::Digest as _;

use crate::files::valid;

/// The finding for the planted fault, `count-unbounded`.
const FINDING: &str = "COUNT-HIGH~070c16";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report/run")
}

fn reports() -> BTreeMap<Format, String> {
    let read = |name| std::fs::read_to_string(folder().join(name)).unwrap();
    Format::ALL.into_iter().map(|(format, _, name)| (format, read(name))).collect()
}

#[test]
fn each_follows_its_schema() {
    let reports = reports();
    valid(include_str!("../../report.schema.json"), &reports[&Format::Json]);
    valid(include_str!("../schemas/sarif-2.1.0.json"), &reports[&Format::Sarif]);
    valid(include_str!("../schemas/har-1.2.json"), &reports[&Format::Har]);
    quick_junit::Report::deserialize_from_str(&reports[&Format::Junit]).unwrap();
}

#[test]
fn all_have_the_same_findings() {
    let reports = reports();
    let json: Value = serde_json::from_str(&reports[&Format::Json]).unwrap();
    let sarif: Value = serde_json::from_str(&reports[&Format::Sarif]).unwrap();
    let ids = |list: &Value, pointer: &str| -> Vec<String> {
        let all = list.as_array().unwrap().iter();
        all.map(|it| it.pointer(pointer).unwrap().as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&json["findings"], "/id"), [FINDING]);
    assert_eq!(ids(&sarif["runs"][0]["results"], "/partialFingerprints/cause~1v1"), [FINDING]);
    for format in [Format::Junit, Format::Md, Format::Html] {
        let words = |start: char| start.is_ascii_alphanumeric() || "-~".contains(start);
        let named: BTreeSet<_> = reports[&format]
            .split(|it| !words(it))
            .filter(|it| it.contains('~'))
            .map(str::to_owned)
            .collect();
        assert!(named.contains(FINDING), "{format:?}: {named:?}");
        let others: Vec<_> = named.iter().filter(|it| it.contains("-") && !it.starts_with(FINDING)).collect();
        assert!(others.is_empty(), "{format:?}: {others:?}");
    }
}

#[test]
fn none_has_a_key() {
    let contract = spec::embedded().unwrap();
    for (format, text) in reports() {
        for prefix in [&contract.key.test_prefix, &contract.key.live_prefix] {
            for rest in text.split(prefix.as_str()).skip(1) {
                let word: String =
                    rest.chars().take_while(|it| it.is_ascii_alphanumeric() || *it == '_').collect();
                assert!(word.is_empty() || word == "nobody_has_this", "{format:?}: {prefix}{word}");
            }
        }
    }
}

#[test]
fn the_digests_hold() {
    let digests = std::fs::read_to_string(folder().join(DIGESTS)).unwrap();
    assert_eq!(digests.lines().count(), Format::ALL.len());
    for line in digests.lines() {
        let (digest, name) = line.split_once("  ").unwrap();
        let bytes = std::fs::read(folder().join(name)).unwrap();
        let actual: String = sha2::Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, actual, "{name}");
    }
}

/// The lines of the contract that the reports name change with it; the result of the history does not.
#[test]
fn the_history_still_comes_to_the_same() {
    let contract = spec::embedded().unwrap();
    let mut history = recorded::read(&folder().join("history.ndjson")).unwrap();
    history.header.spec_digest.clone_from(&contract.digest);
    history.header.spec_revision.clone_from(&contract.revision);
    let judgement = judge_again::judge(&contract, history).unwrap().judgement;
    let ids: Vec<_> = judgement.findings.iter().map(finding_id).collect();
    assert_eq!(ids, [FINDING]);
}
