//! Invalid uses of the program, and the messages for them.

use std::process::Stdio;

use reqwest::Method;
use serde_json::json;

use super::{Program, command, output};
use crate::common::pesewas;

/// Returns the text on standard error after checking the exit code.
async fn refused(arguments: &[&str]) -> String {
    let output = output(arguments).await;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr).unwrap().trim_end().to_owned()
}

#[tokio::test]
async fn it_does_not_open_itself_to_everybody_without_being_told_so() {
    for (arguments, says) in [
        (
            &["--host", "0.0.0.0", "--port", "0", "--states"][..],
            "set SANDBOX_ADMIN_TOKEN or --admin-token-file",
        ),
        (&["--host", "::", "--port", "0", "--seed", "1"], "its keys are known to everybody"),
        (&["--admin-token-file", "/nowhere/at/all"], "--admin-token-file /nowhere/at/all"),
        (&["--host", "no.such.name.invalid"], "--host no.such.name.invalid"),
        (&["--speed", "0"], "--speed"),
        (&["--base-path", "sandbox"], "a base path begins with /"),
    ] {
        let said = refused(arguments).await;
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    let local = Program::start(&["--host", "localhost"]).await;
    assert!(local.send(Method::GET, "/healthz", &[], None).await.unwrap().status == 200);
    // With a token others may reach it, and only who has the token may create accounts.
    let mut open = command(&["--host", "0.0.0.0", "--states"]);
    open.env("SANDBOX_ADMIN_TOKEN", "let me in");
    let open = Program::of(open).await;
    let account = json!({"state": "account", "params": {"role": "Agent", "balance": 1}});
    for (token, status) in [(None, 401), (Some("Bearer let me"), 401), (Some("Bearer let me in"), 200)] {
        let headers: Vec<_> = token.iter().map(|token| ("authorization", *token)).collect();
        let url = open.url.replace("0.0.0.0", "127.0.0.1");
        let mut request =
            open.client.post(format!("{url}/_states")).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        assert_eq!(request.body(account.to_string()).send().await.unwrap().status(), status, "{token:?}");
    }
}

#[tokio::test]
async fn two_processes_do_not_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("s.db");
    let first = Program::on(&db, &[]).await;
    let said = refused(&["--port", "0", "--db", db.to_str().unwrap()]).await;
    let pid = first.child.id().unwrap();
    assert!(
        said.contains("s.db") && said.contains(&format!("another sandbox uses it (process {pid})")),
        "{said}"
    );
    assert!(!said.to_lowercase().contains("sql"), "{said}");
}

/// Keys are random and shown once; the file has only their digests.
#[tokio::test]
async fn keys_are_made_at_random_and_the_file_does_not_give_them_away() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("s.db");
    let on = |db: &std::path::Path| {
        let mut command = command(&["--db"]);
        command.arg(db);
        command
    };
    let mut first = Program::of(on(&db)).await;
    let key = first.key("Agent");
    let other = Program::start(&[]).await;
    assert_ne!(other.key("Agent"), key);
    let order = first.order(&["0201234567", "0209876543"]);
    assert_eq!(first.buy(&key, &order, &[]).await.unwrap().status, 200);
    first.signal("-TERM");
    first.ended().await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(key.len()).any(|it| it == key.as_bytes()));
    }
    let again = Program::of(on(&db)).await;
    assert!(
        !again.banner.contains(&key) && again.banner.contains("shown when it was made"),
        "{}",
        again.banner
    );
    // The banner shows the current balance of the wallet.
    assert!(again.banner.contains(" 99999.80 "), "{}", again.banner);
    let wallet = again.get("/wallet-balance", &key).await;
    assert_eq!(pesewas(&wallet.json["data"]["availableBalance"]), 9_999_980);
}

#[tokio::test]
async fn lists_may_be_cut_short_by_who_reads_them() {
    for list in ["--list-faults", "--list-freedoms", "--list-numbers"] {
        let mut child = command(&[list]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{list}: {output:?}");
    }
}

#[tokio::test]
async fn fixtures_copies_and_health() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures.example.toml");
    let mut program = Program::start(&["--fixtures", example, "--db", &at("s.db")]).await;
    let wallet = program.get("/wallet-balance", "netconnect_test_shop_at_the_corner").await;
    assert_eq!(pesewas(&wallet.json["data"]["availableBalance"]), 25_000);
    let package = program.get("/packages/q34example1gb", "netconnect_test_shop_at_the_corner").await;
    assert_eq!(pesewas(&package.json["data"]["price"]), 235);

    let run = async |arguments: &[&str]| output(arguments).await.status.code();
    assert_eq!(run(&["health", &program.url]).await, Some(0));
    assert_eq!(run(&["snapshot", "--db", &at("s.db"), &at("copy.db")]).await, Some(0));
    // An existing copy is kept, and a file in use is not replaced.
    assert_eq!(run(&["snapshot", "--db", &at("s.db"), &at("copy.db")]).await, Some(2));
    assert_eq!(run(&["restore", &at("copy.db"), "--db", &at("s.db")]).await, Some(2));
    let url = program.url.clone();
    program.signal("-KILL");
    program.ended().await;
    assert_eq!(run(&["restore", &at("copy.db"), "--db", &at("again.db")]).await, Some(0));
    assert_eq!(run(&["health", &url]).await, Some(1));
    let again = Program::start(&["--fixtures", example, "--db", &at("again.db")]).await;
    let wallet = again.get("/wallet-balance", "netconnect_test_shop_at_the_corner").await;
    assert_eq!(pesewas(&wallet.json["data"]["availableBalance"]), 25_000);
}
