//! Where reports are written: standard output, devices, pipes, links, and a fallback if a file can't be written.

use std::os::unix::fs::{FileTypeExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::common::{Ended, conformance};

/// Runs a few cases on the built-in sandbox with these reports.
async fn reporting(reports: &[&str]) -> Ended {
    let mut args = vec!["--tier", "smoke", "--only", "COUNT-HIGH", "--seed", "1"];
    reports.iter().for_each(|it| args.extend(["--report", it]));
    conformance(&args).await
}

fn is_report(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok_and(|it| it["verdict"] == "incomplete")
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_output_is_a_report_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let junit = folder.path().join("junit.xml");
    let also = format!("junit={}", junit.display());
    for report in ["json=-", "json=/dev/stdout"] {
        let ended = reporting(&[report, &also]).await;
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(is_report(&ended.stdout), "{}", ended.stdout);
        assert!(
            ended.stderr.contains("INCOMPLETE")
                && ended.stderr.contains(&format!("wrote {}", junit.display())),
            "{}",
            ended.stderr
        );
    }
    assert!(!Path::new("-").exists());
    let two = reporting(&["json=-", "md=-"]).await;
    let all = reporting(&["dir=-"]).await;
    assert_eq!((two.code, all.code), (Some(2), Some(2)));
    insta::assert_snapshot!(two.stderr + &all.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_plain_file_stays_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    symlink("real.json", at("link.json")).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let pipe = at("pipe");
    let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
    let (link, pipe) =
        (format!("json={}", at("link.json").display()), format!("json={}", at("pipe").display()));
    let ended = reporting(&["json=/dev/null", &link, &pipe]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    assert!(std::fs::symlink_metadata(at("link.json")).unwrap().is_symlink());
    assert!(is_report(&std::fs::read_to_string(at("real.json")).unwrap()));
    assert!(is_report(&reader.join().unwrap()));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_cannot_be_written_is_kept_and_keeps_no_other_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    let after = format!("json={}", path.display());
    // A device that is always full: it can be opened, but not written.
    let mut command = crate::common::program(&["--tier", "smoke", "--only", "COUNT-HIGH", "--seed", "1"]);
    command.args(["--report", "json=/dev/full", "--report", "md=/dev/full", "--report", &after]);
    let kept = tempfile::tempdir().unwrap();
    command.env("TMPDIR", kept.path());
    let ended = crate::common::finish(command).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(
        ended.stdout.contains("INCOMPLETE") && ended.stdout.contains(&format!("wrote {}", path.display())),
        "{}",
        ended.stdout
    );
    let own = std::fs::read_dir(kept.path()).unwrap().next().unwrap().unwrap().path();
    assert!(is_report(&std::fs::read_to_string(own.join("report.json")).unwrap()));
    assert!(own.join("summary.md").is_file());
    let told = ended.stderr.replace(&own.display().to_string(), "[kept]");
    let told: Vec<&str> = told.lines().filter(|it| it.contains("can't write")).collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// By default, a process that exceeds this limit is killed at once, with orders in flight.
#[test]
fn a_limit_on_the_size_of_files_is_an_error_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let report = format!("json={}", folder.path().join("run.json").display());
    let run = ["--tier", "smoke", "--only", "COUNT-HIGH", "--seed", "1", "--report", &report];
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -f 0; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_conformance")]).args(run);
    let output = command.env_remove("CONFORMANCE_API_KEY").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains(&folder.path().display().to_string()) && told.contains("File too large"), "{told}");
}
