//! Requests can be found in the logs of the server.

use std::collections::{BTreeMap, BTreeSet};

use sandbox::Sandbox;

use crate::common::proxy::{Message, Proxy};
use crate::common::{conformance, fault, start, states_of};

/// Maximum size of both headers together.
const SHORT: usize = 200;

async fn unbounded() -> Sandbox {
    start(|config| config.behaviour = fault("count-unbounded")).await
}

/// Runs with additional flags; returns what was received, and the JSON report.
async fn run(flags: &[&str]) -> (Vec<Message>, serde_json::Value) {
    let sandbox = unbounded().await;
    let proxy = Proxy::transparent(sandbox.url()).await;
    let (states, folder) = (states_of(&sandbox), tempfile::tempdir().unwrap());
    let file = folder.path().join("report.json");
    let report = format!("json={}", file.display());
    let given = ["--url", &proxy.url, "--states", &states, "--tier", "smoke", "--seed", "1", "--only"];
    let more = ["count/", "--concurrency", "1", "--report", &report];
    let ended = conformance(&[&given[..], &more, flags].concat()).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let json = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    (proxy.log().into_iter().map(|it| it.0).collect(), json)
}

fn is_hexadecimal(text: &str, length: usize) -> bool {
    let digit = |it: char| it.is_ascii_digit() || ('a'..='f').contains(&it);
    text.len() == length && text.chars().all(digit) && text.chars().any(|it| it != '0')
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_says_which_case_it_is_of_and_findings_say_its_trace() {
    let (received, report) = run(&[]).await;
    let mut cases: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut parents = BTreeSet::new();
    for request in &received {
        let line = request.start_line();
        let (trace, case) = (request.header("traceparent"), request.header("x-conformance-case"));
        let (trace, case) = trace.zip(case).unwrap_or_else(|| panic!("{line} says neither"));
        let parts: Vec<&str> = trace.split('-').collect();
        let [version, id, parent, flags] = parts[..] else { panic!("{trace}") };
        assert_eq!((version, flags), ("00", "01"), "{trace}");
        assert!(is_hexadecimal(id, 32) && is_hexadecimal(parent, 16), "{trace}");
        assert!(parents.insert(parent.to_owned()), "{line} has the parent id of another request");
        assert!(trace.len() + case.len() < SHORT, "{trace} {case}");
        cases.entry(case).or_default().insert(id.to_owned());
    }
    assert!(cases.contains_key("discovery") && cases.contains_key("count/high/Agent/21"), "{cases:?}");
    assert!(cases.values().all(|traces| traces.len() == 1), "one trace for each case: {cases:?}");
    let finding = &report["findings"][0];
    let (trace, parent) =
        (&finding["example"]["trace"]["trace_id"], &finding["example"]["trace"]["parent_id"]);
    let found = cases.iter().find(|(_, ids)| trace.as_str().is_some_and(|it| ids.contains(it)));
    assert!(found.is_some_and(|(case, _)| case.starts_with("count/high/")), "{finding}");
    assert!(parent.as_str().is_some_and(|it| parents.contains(it)), "{finding}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_repeated_asks_under_the_same_names() {
    let names = |received: Vec<Message>| -> BTreeSet<(String, String)> {
        let of = |it: &Message| Some((it.header("x-conformance-case")?, it.header("traceparent")?));
        received.iter().filter_map(of).collect()
    };
    let ((first, _), (second, _)) = tokio::join!(run(&["--no-shrink"]), run(&["--no-shrink"]));
    assert_eq!(names(first), names(second));
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_header_goes_where_it_is_not_wanted() {
    let (received, report) = run(&["--no-trace-headers"]).await;
    for request in &received {
        let both = ["traceparent", "x-conformance-case"].map(|it| request.header(it));
        assert_eq!(both, [None, None], "{}", request.start_line());
    }
    assert!(report["findings"][0]["example"]["trace"].is_null());
    // A header that the user gives takes precedence.
    let own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let (received, _) = run(&["--header", &format!("traceparent: {own}")]).await;
    for request in &received {
        assert_eq!(request.header("traceparent").as_deref(), Some(own), "{}", request.start_line());
    }
}
