//! Comparing two runs and sending cases again, with the program itself.

use std::path::{Path, PathBuf};

use crate::common::{Ended, conformance};

/// Returns a file of the recorded run against a sandbox with a planted fault, which has every format.
fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report/run").join(name)
}

async fn compare(old: &Path, new: &Path, more: &[&str]) -> Ended {
    let (old, new) = (old.display().to_string(), new.display().to_string());
    conformance(&[&["compare", &old, &new], more].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_reports_and_folders_are_compared() {
    let history = recorded("history.ndjson");
    for (old, new) in [(history.clone(), recorded("report.json")), (recorded(""), history.clone())] {
        let ended = compare(&old, &new, &[]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(
            ended.stdout.starts_with("1 still failing\n") && ended.stdout.ends_with("\n1 still failing\n")
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let clean = folder.path().join("clean.json");
    let report = format!("json={}", clean.display());
    let run = ["--tier", "smoke", "--seed", "2", "--only", "COUNT-HIGH", "--report", &report];
    assert_eq!(conformance(&run).await.code, Some(3));
    let ended = compare(&clean, &history, &[]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("\nNEW\n  - COUNT-HIGH an order was accepted"), "{}", ended.stdout);
    assert_eq!(compare(&clean, &history, &["--fail-on", "never"]).await.code, Some(0));
    let back = compare(&history, &clean, &["--report", "md=-"]).await;
    assert_eq!(back.code, Some(0), "{back:?}");
    // Only a part of the plan was sent, so the rest must not be called fixed.
    assert!(back.stdout.starts_with("## Conformance: 1 no longer exercised"), "{}", back.stdout);
    assert!(back.stderr.starts_with("1 no longer exercised"), "what is for people goes to standard error");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_compared_is_told_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("odd.json");
    std::fs::write(&odd, "{}").unwrap();
    let history = recorded("history.ndjson");
    let mut told = String::new();
    for (old, more) in [
        (odd, &[][..]),
        (folder.path().join("absent"), &[]),
        (folder.path().to_owned(), &[]),
        (history.clone(), &["--report", "har=x.har"]),
    ] {
        let ended = compare(&old, &history, more).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        told += &ended.stderr.replace(&folder.path().display().to_string(), "[folder]");
    }
    insta::assert_snapshot!(told);
}

/// `fixed:` is printed only for a case that has failed before.
#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_never_failed_passes() {
    let ended = conformance(&["replay", "count/range/Agent/2", "--seed", "1", "--tier", "smoke"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("  sent      POST ") && ended.stdout.contains("  received  200 "));
    assert!(ended.stdout.contains("\npasses: count/range/Agent/2 at ") && !ended.stdout.contains("fixed: "));
    let ended = conformance(&["replay", "COUNT-HIGH~070c16", "--seed", "1", "--tier", "smoke"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("fixed: COUNT-HIGH~070c16 is not seen at "), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trend_has_a_line_for_each_run() {
    let folder = tempfile::tempdir().unwrap();
    let (trend, page) = (folder.path().join("trend.ndjson"), folder.path().join("page.html"));
    let report = format!("html={}", page.display());
    let path = trend.display().to_string();
    for _ in 0..2 {
        let run = ["--tier", "smoke", "--only", "COUNT-HIGH", "--trend", &path, "--report", &report];
        assert_eq!(conformance(&run).await.code, Some(3));
    }
    assert_eq!(std::fs::read_to_string(&trend).unwrap().lines().count(), 2);
    assert!(std::fs::read_to_string(&page).unwrap().contains("id=\"trend\""));
    std::fs::write(&trend, "[1]\n").unwrap();
    let ended = conformance(&["--tier", "smoke", "--trend", &path]).await;
    assert_eq!(ended.code, Some(2), "before anything is sent: {ended:?}");
}
