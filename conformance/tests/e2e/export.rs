//! The boundary cases of a plan, exported for other tools: runs the curl form against a correct and a wrong server.
//! `cargo xtask peers` runs the other forms, since their tools have to be installed first.

use std::path::Path;
use std::process::Command;

use crate::common::{Ended, accounts_file, conformance, fault, faultless, finish, program, start, states_of};

/// Runs an exported script against a server.
async fn script(folder: &Path, url: &str) -> Ended {
    let mut command = Command::new("sh");
    command.arg(folder.join("run.sh")).env("BASE_URL", url).env("STATES_URL", format!("{url}/_states"));
    finish(command).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_curl_form_passes_at_a_right_server_and_fails_at_a_wrong_one() {
    if !["sh", "curl"].iter().all(|it| Command::new(it).args(["-c", ":"]).output().is_ok()) {
        eprintln!("not run: this machine has no sh or no curl");
        return;
    }
    let sandbox = faultless().await;
    let folder = tempfile::tempdir().unwrap();
    let (out, states) = (folder.path().join("out"), states_of(&sandbox));
    let out = out.to_str().unwrap();
    let given = ["export", "--format", "curl", "--url", sandbox.url(), "--states", &states, "--out", out];
    let chosen =
        ["--tier", "smoke", "--only", "count/", "--only", "balance/", "--only", "orders/", "--only", "race/"];
    let ended = conformance(&[&given[..], &chosen].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("left out"), "{ended:?}");
    let page = std::fs::read_to_string(Path::new(out).join("README.md")).unwrap();
    assert!(page.contains("sends several requests at once\n\n- `race/"), "{page}");

    let passed = script(Path::new(out), sandbox.url()).await;
    assert_eq!(passed.code, Some(0), "{passed:?}");
    let lines = passed.stdout.lines().collect::<Vec<_>>();
    assert_eq!(lines[0], format!("1..{}", lines.len() - 1), "{passed:?}");
    assert!(lines.len() > 20 && lines[1..].iter().all(|it| it.starts_with("ok ")), "{passed:?}");

    for (id, told) in [
        ("count-unbounded", "allowed 422"),
        ("balance-unchecked", "allowed 402"),
        ("debit-twice", "data.availableBalance is"),
    ] {
        let wrong = start(|config| config.behaviour = fault(id)).await;
        let failed = script(Path::new(out), wrong.url()).await;
        assert_eq!(failed.code, Some(1), "{id}: {failed:?}");
        assert!(failed.stdout.contains(told), "{id}: {failed:?}");
    }

    let again = conformance(&given).await;
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.stderr.contains("is not empty"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_holds_a_key() {
    let sandbox = faultless().await;
    let folder = tempfile::tempdir().unwrap();
    let accounts = folder.path().join("accounts.toml");
    std::fs::write(&accounts, accounts_file(&sandbox)).unwrap();
    for format in ["hurl", "postman", "k6", "curl"] {
        let out = folder.path().join(format);
        let mut command = program(&["export", "--tier", "smoke", "--format", format, "--url", sandbox.url()]);
        command.arg("--accounts").arg(&accounts).arg("--out").arg(&out);
        command.args(["--header-env", "X-Gateway=GATEWAY"]).env("GATEWAY", "s3cr3t-of-a-gateway");
        let ended = finish(command).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let files = std::fs::read_dir(&out).unwrap();
        let all: String = files.map(|it| std::fs::read_to_string(it.unwrap().path()).unwrap()).collect();
        for account in &sandbox.demo().accounts {
            assert!(!all.contains(account.key.expose()), "{format} holds the key of {}", account.name);
        }
        assert!(!all.contains("s3cr3t"), "{format} holds the value of a header");
        assert!(
            all.to_lowercase().contains("key_of_") && all.to_lowercase().contains("gateway_1"),
            "{format}"
        );
    }
}
