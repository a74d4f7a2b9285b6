//! Servers that throttle: a run waits as long as they ask, up to `--max-wait`, and is slower from then on.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use conformance::history::{Answer, End};
use spec::OperationId;

use crate::common::proxy::{Decide, Fate, Message, Proxy};
use crate::common::recording::{charged_behind, ledger, read};
use crate::common::{Ended, conformance, faultless, states_of};

/// Returns a 429 with these headers.
fn too_many(headers: &str) -> Fate {
    let answer = format!("HTTP/1.1 429 Too Many Requests\r\n{headers}content-length: 0\r\n\r\n");
    Fate::Answer(Box::leak(answer.into_boxed_str()))
}

/// A gateway that passes this many requests per second, except for the fortieth of all.
fn gateway(lets_through: u32) -> Decide {
    let state = Mutex::new((Instant::now(), 0, 0));
    let full = too_many("retry-after: 1\r\n");
    Box::new(move |_| {
        let mut state = state.lock().unwrap();
        let (since, in_second, all) = &mut *state;
        *all += 1;
        if since.elapsed() >= Duration::from_secs(1) {
            (*since, *in_second) = (Instant::now(), 0);
        }
        *in_second += 1;
        if *all == 40 || *in_second > lets_through { full } else { Fate::Pass }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_behind_a_gateway_is_steady_and_leaves_nothing_out() {
    let sandbox = faultless().await;
    let proxy = Proxy::start(sandbox.url(), gateway(50)).await;
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("run.ndjson");
    // The handler of provider states is behind the gateway too.
    let states = format!("{}/_states", proxy.url);
    let report = format!("ndjson={}", history.display());
    let args =
        ["--url", &proxy.url, "--states", &states, "--seed", "1", "--rate", "400", "--report", &report];
    let ended = conformance(&[&args[..], &["--only", "count/", "--only", "balance/"]].concat()).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let recorded = read(&history);
    assert_eq!(recorded.footer.end, End::Complete);
    assert!(recorded.footer.left.is_empty(), "{:?}", recorded.footer.left);
    assert!(recorded.cases.iter().all(|it| it.skipped.is_none()), "{}", ended.stdout);
    let said = ledger(&history);
    assert_eq!((said.charged, said.unknown), (charged_behind(&proxy), 0));
    // The throttling is reported during the wait and at the end.
    assert!(ended.stderr.contains("throttled by the server: waiting "), "{}", ended.stderr);
    assert!(ended.stdout.contains(" throttled; the pace went down to "), "{}", ended.stdout);
}

/// Runs one case whose first order gets this response instead of the server's.
async fn first_order(answer: Fate, flags: &[&str]) -> (Ended, Proxy) {
    let sandbox = faultless().await;
    let first = Mutex::new(true);
    let decide = move |request: &Message| match request.is_purchase() && request.header("x-api-key").is_some()
    {
        true if std::mem::take(&mut *first.lock().unwrap()) => answer,
        _ => Fate::Pass,
    };
    let proxy = Proxy::start(sandbox.url(), Box::new(decide)).await;
    let states = states_of(&sandbox);
    let args = ["--url", &proxy.url, "--states", &states, "--seed", "1", "--only", "count/range/Agent/20"];
    let ended = conformance(&[&args[..], flags].concat()).await;
    (ended, proxy)
}

#[tokio::test(flavor = "multi_thread")]
async fn both_forms_are_waited_for_and_nonsense_is_not() {
    for headers in [
        "retry-after: 0\r\n",
        "retry-after: 1\r\n",
        "date: Sun, 01 Nov 2026 12:00:00 GMT\r\nretry-after: Sun, 01 Nov 2026 12:00:01 GMT\r\n",
        "retry-after: Sun, 01 Nov 2020 12:00:00 GMT\r\n",
        "retry-after: -5\r\n",
        "retry-after: soon\r\n",
        "",
    ] {
        let (ended, proxy) = first_order(too_many(headers), &[]).await;
        assert_eq!(proxy.purchases().len(), 2, "{headers}: {ended:?}");
        assert!(!ended.stdout.contains("cut short"), "{headers}: {}", ended.stdout);
        assert!(ended.stdout.contains("1 request was throttled"), "{headers}: {}", ended.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_asks_for_too_much_is_cut_short_and_counted() {
    for (headers, flags) in [
        ("retry-after: 31536000\r\n", &[][..]),
        ("retry-after: 99999999999999999999999999\r\n", &[]),
        ("retry-after: Fri, 01 Jan 2100 00:00:00 GMT\r\n", &[]),
        ("retry-after: 61\r\n", &[]),
        ("retry-after: 2\r\n", &["--max-wait", "1"]),
    ] {
        let (ended, proxy) = first_order(too_many(headers), flags).await;
        assert_eq!(ended.code, Some(3), "{headers}: {ended:?}");
        assert_eq!(proxy.purchases().len(), 1, "{headers}");
        let lines = ended.stdout.lines().skip_while(|it| !it.starts_with("  note"));
        let notes: Vec<&str> = lines.take_while(|it| !it.is_empty()).collect();
        let name = if flags.is_empty() { "too_long" } else { "too_long_of_one_second" };
        insta::assert_snapshot!(name, without_figures(&notes.join("\n")));
    }
}

/// Replaces the pace, which depends on the machine.
fn without_figures(text: &str) -> String {
    match text.split_once("went down to ") {
        Some((before, after)) => {
            format!("{before}went down to N{}", after.trim_start_matches(|it: char| it.is_ascii_digit()))
        }
        None => text.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_limit_ends_a_wait() {
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("run.ndjson");
    let report = format!("ndjson={}", history.display());
    let (ended, proxy) =
        first_order(too_many("retry-after: 50\r\n"), &["--time-limit", "6", "--report", &report]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(proxy.purchases().len(), 1);
    let recorded = read(&history);
    assert_eq!(recorded.footer.end, End::TimeLimit);
    let case = recorded.cases.iter().next().unwrap().into_owned();
    assert_eq!(case.skipped.as_deref(), Some("the run was stopped"));
    let answers =
        case.exchanges.iter().filter(|it| it.operation == OperationId::BuyBulk).map(|it| &it.answer);
    assert!(
        answers.clone().count() == 1
            && answers.clone().all(|it| matches!(it, Answer::Response(it) if it.status == 429))
    );
    let told = ended.stderr.lines().find(|it| it.starts_with("throttled")).unwrap_or_default();
    insta::assert_snapshot!("waiting", told.split(", then ").next().unwrap_or_default());
}
