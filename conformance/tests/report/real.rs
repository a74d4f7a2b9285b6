//! Reports of real runs against the sandbox: with a planted fault, with a server that echoes keys, and without a fault.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use conformance::history::Tier;
use conformance::judge::verdict::Verdict;
use conformance::report::event::Silent;
use conformance::report::output::{self, Format};
use conformance::report::program::Program;
use conformance::report::view::{View, finding_id};
use conformance::report::{Run, shape};
use conformance::run::built_in_sandbox;
use conformance::run::session::{self, Finished, Options};
use conformance::sut::Target;
use sandbox::{Behaviour, faults};
use serde_json::Value;
use spec::Contract;

use crate::files::{lines_are_valid, valid};

/// Runs against a sandbox with this fault; returns the contract, the run, and its reports by format.
async fn reports(tier: Tier, fault: Option<&str>) -> (Arc<Contract>, Finished, BTreeMap<Format, String>) {
    let contract = Arc::new(spec::embedded().unwrap());
    let behaviour =
        Behaviour { freedoms: BTreeSet::new(), fault: fault.map(|id| faults::by_id(id).unwrap()) };
    let options = Options { concurrency: 8, ..Options::new(tier, 1) };
    let (sandbox, url, states) = built_in_sandbox::sandbox(contract.clone(), behaviour).await.unwrap();
    let target = Target { states: Some(states.clone()), ..Target::new(url) };
    let prepared = session::prepare(contract.clone(), target, Some(states), &options).await.unwrap();
    let finished = prepared.run(&options, &mut Silent).await.unwrap();
    sandbox.stop().await;
    let Finished { history, judgement, .. } = &finished;
    let program = Program::installed();
    let run = Run { program: &program, contract: &contract, history, judgement };
    let view = View::of(&run);
    let all = Format::ALL.map(|(format, ..)| {
        (format, String::from_utf8(output::render(format, &run, &view).unwrap()).unwrap())
    });
    (contract.clone(), finished, BTreeMap::from(all))
}

fn follow_their_schemas(reports: &BTreeMap<Format, String>) {
    lines_are_valid(&reports[&Format::Ndjson]);
    valid(include_str!("../../report.schema.json"), &reports[&Format::Json]);
    valid(include_str!("../schemas/sarif-2.1.0.json"), &reports[&Format::Sarif]);
    valid(include_str!("../schemas/har-1.2.json"), &reports[&Format::Har]);
    quick_junit::Report::deserialize_from_str(&reports[&Format::Junit]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_planted_fault_is_one_finding_in_every_format() {
    let (_, finished, reports) = reports(Tier::Smoke, Some("count-unbounded")).await;
    let [group] = &finished.judgement.findings[..] else { panic!("{:#?}", finished.judgement.findings) };
    assert_eq!(group.requirement, "COUNT-HIGH");
    assert!(group.occurrences > 1, "several cases hit it");
    follow_their_schemas(&reports);
    let report: Value = serde_json::from_str(&reports[&Format::Json]).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    let id = report["findings"][0]["id"].as_str().unwrap();
    for format in [Format::Junit, Format::Sarif, Format::Md, Format::Html] {
        assert!(reports[&format].contains(id), "{format:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_cases_that_hit_one_fault_are_one_finding() {
    let (_, finished, reports) = reports(Tier::Standard, Some("message-empty")).await;
    let [group] = &finished.judgement.findings[..] else { panic!("{:#?}", finished.judgement.findings) };
    assert!(group.occurrences > 200, "{} cases", group.occurrences);
    follow_their_schemas(&reports);
    let id = finding_id(group);
    for format in [Format::Json, Format::Junit, Format::Sarif, Format::Md, Format::Html] {
        assert!(reports[&format].contains(&id), "{format:?}");
    }
    assert_eq!(reports[&Format::Html].matches("data-item=\"finding\"").count(), 1);
    assert_eq!(reports[&Format::Junit].matches("<failure ").count(), 1);
    let sarif: Value = serde_json::from_str(&reports[&Format::Sarif]).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["occurrenceCount"], group.occurrences);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_report_has_a_key_although_the_server_repeats_it() {
    let (contract, finished, reports) = reports(Tier::Smoke, Some("leak-key-created")).await;
    assert!(finished.judgement.findings.iter().any(|group| group.requirement == "ERR-LEAK"));
    follow_their_schemas(&reports);
    for (format, text) in &reports {
        for prefix in [&contract.key.test_prefix, &contract.key.live_prefix] {
            for rest in text.split(prefix.as_str()).skip(1) {
                let word: String =
                    rest.chars().take_while(|it| it.is_ascii_alphanumeric() || *it == '_').collect();
                // The only word that may follow the prefix is the placeholder for a key that belongs to nobody.
                assert!(word.is_empty() || word == "nobody_has_this", "{format:?}: {prefix}{word}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faultless_run_has_the_accepted_shapes() {
    let (_, finished, reports) = reports(Tier::Smoke, None).await;
    assert_eq!(finished.judgement.verdict, Verdict::Conformant, "{}", reports[&Format::Md]);
    follow_their_schemas(&reports);
    let accepted = shape::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("shapes")).unwrap();
    let drift = shape::drift(&accepted, &shape::observe(&finished.history.cases));
    assert_eq!(drift, [], "`cargo run -p conformance -- --update-shapes` accepts them");
}
