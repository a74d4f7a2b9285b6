//! `doctor`: what it says about each kind of target, that a run agrees, and that it buys nothing.

use sandbox::Sandbox;

use crate::common::{Ended, accounts_file, conformance, faultless, finish, held, program, start, states_of};

const KEY: &str = "CONFORMANCE_API_KEY";

/// Returns a key and the id of one package, as the API's team would give them to a user.
fn key_and_package(sandbox: &Sandbox) -> (String, String) {
    let demo = sandbox.demo();
    let agent = demo.accounts.iter().find(|it| it.name == "agent").unwrap();
    let package = &demo.catalog.operators[0].products[0].packages[0];
    (agent.key.expose().to_owned(), package.id.clone())
}

fn shown(ended: &Ended, sandbox: &Sandbox) -> String {
    ended.shown(&[(sandbox.url(), "[url]")])
}

/// One report for each way to identify the caller.
#[tokio::test(flavor = "multi_thread")]
async fn what_it_says() {
    let sandbox = faultless().await;
    let before = held(sandbox.url()).await;
    let (key, package) = key_and_package(&sandbox);
    let folder = tempfile::tempdir().unwrap();
    let accounts = folder.path().join("accounts.toml");
    std::fs::write(&accounts, accounts_file(&sandbox)).unwrap();
    let accounts = accounts.display().to_string();
    let states = states_of(&sandbox);
    let url = sandbox.url();
    for (name, key, args, code) in [
        ("doctor_nobody", None, &["doctor", "--url", url][..], 3),
        ("doctor_key_and_package", Some(&key), &["doctor", "--url", url, "--package", &package], 3),
        ("doctor_accounts", None, &["doctor", "--url", url, "--accounts", &accounts], 0),
        ("doctor_cap", None, &["doctor", "--url", url, "--accounts", &accounts, "--max-spend", "1"], 5),
        ("doctor_states", None, &["doctor", "--url", url, "--states", &states, "--tier", "smoke"], 0),
    ] {
        let mut command = program(&[args, &["--seed", "1"]].concat());
        key.map(|key| command.env(KEY, key));
        let ended = finish(command).await;
        assert_eq!(ended.code, Some(code), "{name}: {ended:?}");
        insta::assert_snapshot!(name, shown(&ended, &sandbox));
    }
    assert_eq!(held(url).await, before, "it buys nothing");
}

/// It ends as a run does before its first case: for a wrong URL, and for a key that is refused.
#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_run_from_beginning() {
    let sandbox = faultless().await;
    let below = format!("{}/api/v1", sandbox.url());
    let ended = conformance(&["doctor", "--url", &below]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(4), ""), "{ended:?}");
    assert!(ended.stderr.contains("Leave `/api/v1` out of the URL"), "{ended:?}");
    let mut command = program(&["doctor", "--url", sandbox.url(), "--json"]);
    command.env(KEY, "netconnect_test_nobody_has_this");
    let ended = finish(command).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
    assert!(ended.stderr.contains("no key can be used"), "{ended:?}");
}

/// An address on another machine needs a cap, and the report says so without being asked.
#[tokio::test(flavor = "multi_thread")]
async fn elsewhere_a_cap_is_missing() {
    let sandbox = faultless().await;
    let (key, package) = key_and_package(&sandbox);
    let port = sandbox.url().rsplit(':').next().unwrap().to_owned();
    let url = format!("http://staging.example:{port}");
    let resolve = format!("staging.example:{port}:127.0.0.1");
    // The address counts as remote, since the name is not one of this machine.
    let mut command = program(&["doctor", "--url", &url, "--resolve", &resolve, "--package", &package]);
    command.env(KEY, &key);
    let ended = finish(command).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("--max-spend GHS"), "{}", ended.stdout);
}

/// What it says could be exercised is exercised by a run, with a key and a package and with accounts.
#[tokio::test(flavor = "multi_thread")]
async fn what_it_promises_a_run_keeps() {
    let sandbox = start(|config| config.states = false).await;
    let (key, package) = key_and_package(&sandbox);
    let folder = tempfile::tempdir().unwrap();
    let accounts = folder.path().join("accounts.toml");
    std::fs::write(&accounts, accounts_file(&sandbox)).unwrap();
    let (accounts, report) = (accounts.display().to_string(), folder.path().join("run.json"));
    let report_flag = format!("json={}", report.display());
    for (key, who) in [(Some(&key), ["--package", &package]), (None, ["--accounts", &accounts])] {
        let target = ["--url", sandbox.url(), who[0], who[1], "--tier", "standard"];
        let asked = |args: &[&str]| {
            let mut command = program(args);
            key.map(|key| command.env(KEY, key));
            finish(command)
        };
        let said = asked(&[&["doctor", "--json"], &target[..]].concat()).await;
        let said: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        let tiers = said["tiers"].as_array().unwrap();
        let tier = tiers.iter().find(|it| it["tier"] == "standard").unwrap();
        let ran =
            asked(&[&["--seed", "1", "--cases", "20", "--report", &report_flag], &target[..]].concat()).await;
        assert_eq!(ran.code.map(i64::from), said["exitCode"].as_i64(), "{ran:?}");
        let ran: serde_json::Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
        let groups = ran["groups"].as_array().unwrap();
        let requirements = groups.iter().flat_map(|it| it["requirements"].as_array().unwrap());
        let outcome =
            |it: &serde_json::Value, wanted: &[&str]| wanted.contains(&it["outcome"].as_str().unwrap());
        let (done, open): (Vec<_>, Vec<_>) =
            requirements.partition(|it| !outcome(it, &["not-exercised", "inconclusive", "not-applicable"]));
        let id = |it: &&serde_json::Value| it["id"].clone();
        let promised = tier["exercises"].as_array().unwrap();
        let kept: Vec<_> = done.iter().map(id).collect();
        let broken: Vec<_> = promised.iter().filter(|it| !kept.contains(it)).collect();
        assert!(
            broken.is_empty(),
            "{broken:?} was promised, and {:?} is open",
            open.iter().map(id).collect::<Vec<_>>()
        );
        let left = tier["leaves"].as_array().unwrap();
        let wrong: Vec<_> = left.iter().filter(|it| kept.contains(it)).collect();
        assert!(wrong.is_empty(), "{wrong:?} was exercised after all");
    }
}
