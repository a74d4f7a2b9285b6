//! How the program ends: one clear message and the right exit code for every failure, and never a panic.

use std::net::TcpListener as Bound;
use std::path::Path;

use crate::common::{Ended, accounts_file, conformance, faultless, finish, program, start};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const README: &str = include_str!("../../../README.md");

/// Starts a server that answers every connection with these bytes.
async fn answering(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    url
}

fn temp(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, path.display().to_string())
}

fn snapshot(name: &str, ended: &Ended, replace: &[(&str, &str)]) {
    insta::assert_snapshot!(name, ended.shown(replace));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_listens() {
    // A port that was free a moment ago.
    let url = format!("http://{}", Bound::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let ended = conformance(&["--url", &url]).await;
    assert_eq!(ended.code, Some(4));
    snapshot("nobody_listens", &ended, &[(&url, "[url]")]);
    let ended = conformance(&["--url", "http://127.0.0.1:1", "--states", &url]).await;
    assert_eq!(ended.code, Some(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_listens() {
    let html = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 33\r\n\r\n<html><h1>It works!</h1></html>\r\n";
    for (name, bytes) in [("html", &html[..]), ("not_http", b"SSH-2.0-OpenSSH_9.2\r\n"), ("silence", b"")] {
        let url = answering(bytes).await;
        let ended = conformance(&["--url", &url]).await;
        assert_eq!(ended.code, Some(4), "{name}: {ended:?}");
        snapshot(name, &ended, &[(&url, "[url]")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_and_files_that_are_wrong() {
    let (_folder, broken) = temp("openapi.yaml", "openapi: 3.0.3\ninfo: {title: x\n");
    let (_folder, other) =
        temp("openapi.yaml", "openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths: {}\n");
    let (_folder, accounts) =
        temp("accounts.toml", "[[account]]\nname = \"a\"\nrole = \"King\"\nbalance = 5\n");
    let (_folder, history) = temp("history.ndjson", "{\"header\": 7}\n");
    let url = ["--url", "http://127.0.0.1:9"];
    for (name, args) in [
        ("spec_broken", &["--spec", &broken][..]),
        ("spec_of_something_else", &["--spec", &other]),
        ("spec_absent", &["--spec", "/nowhere/openapi.yaml"]),
        ("accounts_absent", &[url[0], url[1], "--accounts", "/nowhere/accounts.toml"]),
        ("accounts_wrong", &[url[0], url[1], "--accounts", &accounts]),
        ("accounts_without_url", &["--accounts", &accounts]),
        ("url_of_no_server", &["--url", "localhost:8080"]),
        ("flag_unknown", &["--fast"]),
        ("flag_tier", &["--tier", "all"]),
        ("flag_shard", &["--shard", "3/2"]),
        ("flag_money", &["--max-spend", "1.005"]),
        ("flag_report", &["--report", "pdf=out.pdf"]),
        ("only_nothing", &["--only", "NO-SUCH-THING", "--dry-run"]),
        ("man_unknown", &["man", "no-such-command"]),
        ("explain_unknown", &["explain", "COUNT-HIHG"]),
        ("judge_absent", &["judge", "/nowhere/history.ndjson"]),
        ("judge_wrong", &["judge", &history]),
        ("judge_two", &["judge", "a.ndjson", "b.ndjson"]),
        ("merge_wrong", &["merge", &history]),
        ("replay_unknown", &["replay", "no/such/case", "--seed", "1"]),
        ("replay_without_seed", &["replay", "count/high/Agent/21"]),
        ("changed_since_nothing", &["--changed-since", "no-such-revision"]),
        // These mistakes must be found before anything is sent.
        ("baseline_absent", &["--baseline", "/nowhere/known.toml", "--tier", "smoke"]),
        ("baseline_wrong", &["--baseline", &history, "--tier", "smoke"]),
        ("report_unwritable", &["--report", "json=/dev/null/report.json", "--tier", "smoke"]),
        ("changed_since_option", &["--changed-since=--output=x"]),
    ] {
        let ended = conformance(args).await;
        assert_eq!(ended.code, Some(2), "{name}: {ended:?}");
        assert!(ended.stdout.is_empty(), "{name}: {}", ended.stdout);
        let replace = [
            (broken.as_str(), "[broken.yaml]"),
            (&other, "[other.yaml]"),
            (&accounts, "[accounts.toml]"),
            (&history, "[history.ndjson]"),
        ];
        snapshot(name, &ended, &replace);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn text_for_people() {
    for args in [
        &["list"][..],
        &["man"],
        &["man", "judge"],
        &["completions", "bash"],
        &["explain", "COUNT-HIGH"],
        &["--help"],
    ] {
        let ended = conformance(args).await;
        assert_eq!(ended.code, Some(0), "{args:?}: {ended:?}");
        assert!(ended.stderr.is_empty(), "{args:?}: {}", ended.stderr);
        assert!(ended.stdout.contains("COUNT-HIGH") || args[0] != "list", "{args:?}");
        assert!(ended.stdout.len() > 200, "{args:?}: {}", ended.stdout);
    }
    let help = conformance(&["--help"]).await.stdout;
    for (_, code, meaning) in conformance::exit::Exit::TABLE {
        assert!(help.contains(&format!("{code:>2}  {meaning}")), "{code} is not in the help");
        assert!(README.contains(&format!("\n| {code} | {meaning} |\n")), "{code} is not in the README");
    }
    // The longest line of the table must fit into 80 columns.
    for (_, _, meaning) in conformance::exit::Exit::TABLE {
        assert!(meaning.len() + 6 <= 80, "{meaning}");
    }
}

/// A verdict depends on the contract and the program, so both can be shown for a report.
#[tokio::test(flavor = "multi_thread")]
async fn the_version_says_of_what_it_is() {
    let name = concat!("conformance ", env!("CARGO_PKG_VERSION"), "\n");
    for args in [&["--version"][..], &["-V"]] {
        assert_eq!(conformance(args).await.stdout, name);
    }
    let contract = spec::embedded().unwrap();
    for args in [&["--version", "--verbose"][..], &["-v", "--version"], &["-Vv"]] {
        let told = conformance(args).await;
        assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""), "{args:?}");
        let facts: Vec<_> =
            told.stdout.strip_prefix(name).unwrap().lines().filter_map(|it| it.split_once(": ")).collect();
        assert_eq!(
            facts.iter().map(|it| it.0).collect::<Vec<_>>(),
            ["revision", "contract", "platform", "features"]
        );
        assert_eq!(facts[1].1, format!("{}, digest {}", contract.revision, contract.digest));
        assert!(facts.iter().all(|(_, fact)| !fact.is_empty()), "{facts:?}");
    }
}

/// An installed program runs without cargo and may have another name; messages must use the name that it was called by.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn it_is_called_as_it_was_called() {
    let own = program(&["list"]);
    let listed = conformance(&["list"]).await.stdout;
    assert!(listed.contains("\n`conformance explain ID` tells"), "{listed}");
    let mut through_cargo = program(&["list"]);
    through_cargo.env("CARGO", "cargo").env("CARGO_PKG_NAME", "conformance");
    let listed = finish(through_cargo).await.stdout;
    assert!(listed.contains("\n`cargo run -p conformance -- explain ID` tells"), "{listed}");

    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("judge-it");
    std::os::unix::fs::symlink(own.get_program(), &link).unwrap();
    let called = |args: &[&str]| {
        let mut command = std::process::Command::new(&link);
        command.args(args).env_remove("CARGO");
        finish(command)
    };
    assert!(called(&["list"]).await.stdout.contains("\n`judge-it explain ID` tells"));
    let help = called(&["--help"]).await.stdout;
    assert!(help.contains("  judge-it --url URL --dry-run      "), "{help}");
    assert!(!help.contains("  conformance "), "{help}");
    let wrong = called(&["explain", "NO-SUCH-ID"]).await;
    assert!(wrong.stderr.starts_with("judge-it: there is no requirement `NO-SUCH-ID`"), "{wrong:?}");
}

/// A reader that closes the pipe early (`conformance list
/// head`) must not cause a panic.
#[test]
fn a_reader_that_leaves() {
    for args in [&["list"][..], &["--dry-run", "--seed", "1"], &["completions", "bash"]] {
        let mut command = program(args);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdout(writer).stderr(std::process::Stdio::piped());
        let ended = command.spawn().unwrap().wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!((ended.status.code(), said.contains("panicked")), (Some(0), false), "{args:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_server_and_a_wrong_one() {
    let right = faultless().await;
    let states = crate::common::states_of(&right);
    let history = tempfile::tempdir().unwrap();
    let report = format!("ndjson={}", history.path().join("run.ndjson").display());
    let ended = conformance(&[
        "--url",
        right.url(),
        "--states",
        &states,
        "--seed",
        "5",
        "--tier",
        "smoke",
        "--report",
        &report,
        "-q",
    ])
    .await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.starts_with("CONFORMANT"), "{}", ended.stdout);
    // Judging the recording again gives the same verdict.
    let file = history.path().join("run.ndjson");
    let again = conformance(&["judge", &file.display().to_string(), "-q"]).await;
    assert_eq!((again.code, &again.stdout), (Some(0), &ended.stdout));
    // A recording that breaks off is incomplete.
    let cut = cut(&file, |lines| lines.len() - 1);
    assert_eq!(conformance(&["judge", &cut, "-q"]).await.code, Some(3));

    let wrong = start(|config| config.behaviour = crate::common::fault("count-one-too-many")).await;
    let states = crate::common::states_of(&wrong);
    let run = ["--url", wrong.url(), "--states", &states, "--seed", "5", "--tier", "smoke"];
    let ended = conformance(&[&run[..], &["-q", "--no-shrink"]].concat()).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("COUNT-HIGH"), "{}", ended.stdout);
    let replay = conformance(&[&["replay", "count/high/Agent/21"], &run[..]].concat()).await;
    assert_eq!(replay.code, Some(1), "{replay:?}");
    assert!(replay.stdout.contains("\nfails: COUNT-HIGH"), "{}", replay.stdout);
    let states = crate::common::states_of(&right);
    let elsewhere = ["--url", right.url(), "--states", &states, "--seed", "5", "--tier", "smoke"];
    let replay = conformance(&[&["replay", "count/high/Agent/21"], &elsewhere[..]].concat()).await;
    assert_eq!(replay.code, Some(0), "{replay:?}");
    assert!(replay.stdout.contains("\npasses: "), "{}", replay.stdout);
}

/// A recording of another server is not replayed on the built-in sandbox, which would pass; and a failed requirement
/// outranks a report that can't be written.
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_names_its_server() {
    let wrong = start(|config| config.behaviour = crate::common::fault("count-one-too-many")).await;
    let states = crate::common::states_of(&wrong);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.ndjson").display().to_string();
    let server = ["--url", wrong.url(), "--states", &states];
    let report = format!("ndjson={file}");
    let run = ["--seed", "5", "--tier", "smoke", "--only", "COUNT-HIGH", "-q", "--report", &report];
    assert_eq!(conformance(&[&server[..], &run].concat()).await.code, Some(1));
    let ended = conformance(&["replay", &file]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    snapshot(
        "replay_elsewhere",
        &ended,
        &[(&file, "[history]"), (&states, "[states]"), (wrong.url(), "[url]")],
    );
    let again = conformance(&[&["replay", &file], &server[..]].concat()).await;
    assert_eq!(again.code, Some(1), "{again:?}");

    let stale = folder.path().join("known.toml");
    let expired = "[[known]]\nrequirement = 'COUNT-HIGH'\ncause = 'accepted'\nreason = 'r'\nticket = 'T-1'\nexpires = 2020-01-01\n";
    std::fs::write(&stale, expired).unwrap();
    let judged = ["judge", &file, "-q", "--baseline", &stale.display().to_string()].map(str::to_owned);
    let ended = conformance(&judged.each_ref().map(String::as_str)).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("expired on 2020-01-01"), "{ended:?}");
    let started = folder.path().join("started.toml").display().to_string();
    let ended = conformance(&["judge", &file, "--write-baseline", &started]).await;
    assert!(ended.stdout.contains(&format!("wrote {started} with 1 known failure")), "{ended:?}");
    // Only known failures are left, but what the recording leaves out is still a gap.
    assert_eq!(conformance(&["judge", &file, "-q", "--baseline", &started]).await.code, Some(3));
}

/// Writes the first lines of a recording to another file.
fn cut(path: &Path, keep: impl Fn(&[&str]) -> usize) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let cut = path.with_extension("cut");
    std::fs::write(&cut, lines[..keep(&lines)].join("\n")).unwrap();
    cut.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_join_into_one_verdict() {
    const PARTS: u32 = 16;
    let sandbox = faultless().await;
    let states = crate::common::states_of(&sandbox);
    let folder = tempfile::tempdir().unwrap();
    let file = |k: u32| folder.path().join(format!("{k}.ndjson")).display().to_string();
    for k in 1..=PARTS {
        let (shard, report) = (format!("{k}/{PARTS}"), format!("ndjson={}", file(k)));
        let run = ["--url", sandbox.url(), "--states", &states, "--seed", "5", "--tier", "smoke", "-q"];
        let ended = conformance(&[&run[..], &["--shard", &shard, "--report", &report]].concat()).await;
        // A small part of a plan exercises only some of the requirements.
        assert_eq!(ended.code, Some(3), "{ended:?}");
    }
    let files: Vec<String> = (1..=PARTS).map(file).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let whole = conformance(&[&["merge", "-q"], &files[..]].concat()).await;
    assert_eq!(whole.code, Some(0), "{whole:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_tried_is_incomplete() {
    let sandbox = faultless().await;
    let ended = conformance(&["--url", sandbox.url(), "--seed", "1", "-q"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    snapshot("no_key", &ended, &[(sandbox.url(), "[url]")]);
    // Cases that are not sent cost nothing, so a cap does not change the result.
    let capped = conformance(&["--url", sandbox.url(), "--seed", "1", "-q", "--max-spend", "0"]).await;
    assert_eq!((capped.code, capped.stdout), (ended.code, ended.stdout));
    let agent = sandbox.demo().accounts.iter().find(|it| it.role == "Agent").unwrap();
    let mut command = program(&["--url", sandbox.url(), "--seed", "1", "--tier", "smoke", "-q"]);
    command.env("CONFORMANCE_API_KEY", agent.key.expose());
    let ended = finish(command).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    snapshot("one_key", &ended, &[(sandbox.url(), "[url]")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounts_file_from_end_to_end() {
    let sandbox = faultless().await;
    let (_folder, accounts) = temp("accounts.toml", &accounts_file(&sandbox));
    let run = ["--url", sandbox.url(), "--accounts", &accounts, "--seed", "1", "--tier", "smoke", "-q"];
    let ended = conformance(&run).await;
    assert!([Some(0), Some(3)].contains(&ended.code), "{ended:?}");
}
