//! Ctrl-C, SIGTERM and SIGHUP: sending stops, requests in flight are waited for up to a bound, and the ledger and
//! reports are written; a second signal ends the program at once.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::common::proxy::{Fate, Message, Proxy};
use crate::common::{Ended, program, states_of};
use conformance::history::{End, Line};

fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stopped_still_reports() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        stopped(signal).await;
    }
}

async fn stopped(with: &str) {
    let sandbox = crate::common::faultless().await;
    let states = states_of(&sandbox);
    let proxy = Proxy::transparent(sandbox.url()).await;
    let folder = tempfile::tempdir().unwrap();
    let reports = format!("dir={}", folder.path().display());
    // At this rate the whole run would take a minute, so most of it has not been sent when the signal arrives.
    let args =
        ["--url", &proxy.url, "--states", &states, "--seed", "1", "--rate", "20", "--report", &reports];
    let child = program(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    proxy.until(30).await;
    signal(&child, with);
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap();
    let ended = Ended::from(output);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stdout.starts_with("INCOMPLETE"), "{}", ended.stdout);
    assert!(ended.stdout.contains("orders sent"), "no ledger: {}", ended.stdout);
    assert_whole(folder.path(), &proxy);
    let history = folder.path().join("history.ndjson").display().to_string();
    assert_eq!(crate::common::conformance(&["judge", &history]).await.code, Some(3));
}

/// The history must have everything that the server received, with its response, and every report must exist.
fn assert_whole(folder: &std::path::Path, proxy: &Proxy) {
    let history = std::fs::read_to_string(folder.join("history.ndjson")).unwrap();
    let lines: Vec<Line> = history.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let [Line::Header(header), cases @ .., Line::Footer(footer)] = &lines[..] else { panic!("{history}") };
    assert_eq!(footer.end, End::Interrupted);
    assert!(!footer.left.is_empty() && (cases.len() as u64) < header.budget.cases);
    // Requests in flight were waited for: every purchase that was received has its response in the history.
    let cases = cases.iter().filter_map(|it| if let Line::Case(case) = it { Some(case) } else { None });
    let exchanges = cases.flat_map(|it| &it.exchanges);
    let orders: Vec<_> = exchanges.filter(|it| it.operation == spec::OperationId::BuyBulk).collect();
    assert!(orders.iter().all(|it| it.answer.response().is_some()));
    assert_eq!(proxy.purchases().len(), orders.len());
    for report in ["report.json", "junit.xml", "report.sarif", "requests.har", "summary.md"] {
        assert!(folder.join(report).metadata().unwrap().len() > 0, "{report}");
    }
}

/// If the terminal is gone, only its output is lost; the reports are still written.
#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_listens_any_more_the_reports_are_written() {
    let nobody = || std::fs::OpenOptions::new().write(true).open("/dev/full");
    let (Ok(out), Ok(err)) = (nobody(), nobody()) else { return };
    let sandbox = crate::common::faultless().await;
    let states = states_of(&sandbox);
    let proxy = Proxy::transparent(sandbox.url()).await;
    let folder = tempfile::tempdir().unwrap();
    let reports = format!("dir={}", folder.path().display());
    let args =
        ["--url", &proxy.url, "--states", &states, "--seed", "1", "--rate", "20", "--report", &reports];
    let mut child = program(&args).stdout(out).stderr(err).spawn().unwrap();
    proxy.until(30).await;
    signal(&child, "-HUP");
    let status = tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(2), "standard output could not be written");
    assert_whole(folder.path(), &proxy);
}

/// Sends the same signal until the program ends; returns its exit code and output.
async fn insist(mut child: Child, with: &str) -> Ended {
    // The program may not have handled the first signal when the second arrives, and two pending ones are delivered as
    // one.
    while child.try_wait().unwrap().is_none() {
        signal(&child, with);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap().into()
}

/// Starts a proxy that passes this many requests, and applies the fate to every later one.
async fn then(upstream: &str, passes: usize, fate: Fate) -> Proxy {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let decide = move |_: &Message| {
        let nth = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if nth < passes { Fate::Pass } else { fate }
    };
    Proxy::start(upstream, Box::new(decide)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_signal_leaves() {
    for (with, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let sandbox = crate::common::faultless().await;
        let states = states_of(&sandbox);
        // From some request on, there are no responses.
        let proxy = then(sandbox.url(), 30, Fate::Hold).await;
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("run.ndjson").display().to_string();
        let args = ["--url", &proxy.url, "--states", &states, "--seed", "1", "--timeout", "600"];
        let mut command = program(&[&args[..], &["--quiet", "--journal", &journal]].concat());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        proxy.until(31).await;
        let ended = insist(child, with).await;
        assert_eq!(ended.code, Some(code), "{ended:?}");
        insta::assert_snapshot!(format!("second{with}"), ended.shown(&[(&journal, "run.ndjson")]));
        assert_eq!(crate::common::conformance(&["judge", &journal]).await.code, Some(3));
    }
}

/// A signal ends every kind of wait: each of these would take minutes.
#[tokio::test(flavor = "multi_thread")]
async fn no_wait_outlasts_a_signal() {
    let sandbox = crate::common::faultless().await;
    let too_many = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 50\r\ncontent-length: 0\r\n\r\n";
    let throttled = then(sandbox.url(), 20, Fate::Answer(too_many)).await;
    let closed = then(sandbox.url(), 0, Fate::Answer(too_many)).await;
    let plain = Proxy::transparent(sandbox.url()).await;
    let deaf = then(sandbox.url(), 20, Fate::Hold).await;
    let own = states_of(&sandbox);
    let deaf_states = format!("{}/_states", deaf.url);
    for (what, proxy, states, flags, sent) in [
        ("a pace", &plain, &own, &["--rate", "1"][..], 20),
        ("a throttle before the first case", &closed, &own, &[], 1),
        ("a throttle", &throttled, &own, &[], 21),
        ("provider states", &deaf, &deaf_states, &["--timeout", "600"], 21),
    ] {
        let args = ["--url", &proxy.url, "--states", states, "--seed", "1", "--quiet"];
        let mut command = program(&[&args[..], flags].concat());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        proxy.until(sent).await;
        signal(&child, "-TERM");
        let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap();
        let ended = Ended::from(output);
        assert_eq!(ended.code, Some(3), "{what}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_limit_ends_a_run_as_incomplete() {
    let sandbox = crate::common::faultless().await;
    let states = states_of(&sandbox);
    let args = [
        "--url",
        sandbox.url(),
        "--states",
        &states,
        "--seed",
        "1",
        "--rate",
        "20",
        "--time-limit",
        "1",
        "-q",
    ];
    let ended = crate::common::conformance(&args).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
}
