//! Ctrl-C: sending stops, what is in flight is waited for, ledger and reports are written; the second Ctrl-C leaves.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::common::proxy::{Fate, Proxy};
use crate::common::{Ended, program, states_of};
use conformance::history::{End, Line};

fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stopped_still_reports() {
    let sandbox = crate::common::faultless().await;
    let states = states_of(&sandbox);
    let proxy = Proxy::transparent(sandbox.url()).await;
    let folder = tempfile::tempdir().unwrap();
    let reports = format!("dir={}", folder.path().display());
    // At this rate all of it would take a minute: whenever the signal arrives, most has not been sent.
    let args =
        ["--url", &proxy.url, "--states", &states, "--seed", "1", "--rate", "20", "--report", &reports];
    let child = program(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    proxy.until(30).await;
    interrupt(&child);
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap();
    let ended = Ended::from(output);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stdout.starts_with("INCOMPLETE"), "{}", ended.stdout);
    assert!(ended.stdout.contains("orders sent"), "no ledger: {}", ended.stdout);
    let history = std::fs::read_to_string(folder.path().join("history.ndjson")).unwrap();
    let lines: Vec<Line> = history.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let [Line::Header(header), cases @ .., Line::Footer(footer)] = &lines[..] else { panic!("{history}") };
    assert_eq!(footer.end, End::Interrupted);
    assert!(!footer.left.is_empty() && (cases.len() as u64) < header.budget.cases);
    // What was in flight was waited for: every purchase that came has its answer in the history.
    let cases = cases.iter().filter_map(|it| if let Line::Case(case) = it { Some(case) } else { None });
    let exchanges = cases.flat_map(|it| &it.exchanges);
    let orders: Vec<_> = exchanges.filter(|it| it.operation == spec::OperationId::BuyBulk).collect();
    assert!(orders.iter().all(|it| it.answer.response().is_some()));
    assert_eq!(proxy.purchases().len(), orders.len());
    for report in ["report.json", "junit.xml", "report.sarif", "requests.har", "summary.md"] {
        assert!(folder.path().join(report).metadata().unwrap().len() > 0, "{report}");
    }
    let again =
        crate::common::conformance(&["judge", &folder.path().join("history.ndjson").display().to_string()])
            .await;
    assert_eq!(again.code, Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_ctrl_c_leaves() {
    let sandbox = crate::common::faultless().await;
    let states = states_of(&sandbox);
    // From some request on, nobody ever answers.
    let count = std::sync::atomic::AtomicUsize::new(0);
    let deaf = move |_: &crate::common::proxy::Message| {
        let nth = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if nth < 30 { Fate::Pass } else { Fate::Hold }
    };
    let proxy = Proxy::start(sandbox.url(), Box::new(deaf)).await;
    let args = ["--url", &proxy.url, "--states", &states, "--seed", "1", "--timeout", "600"];
    let mut child = program(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    proxy.until(31).await;
    interrupt(&child);
    // The first may not have been looked at yet when the second comes, and two that come together are one.
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => interrupt(&child),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(status.code(), Some(130));
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
