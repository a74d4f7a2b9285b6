//! Canaries: keys go to the server and nowhere else, whatever is printed, logged, written or echoed back.

use std::collections::BTreeSet;

use crate::common::proxy::{Fate, Message, Proxy};
use crate::common::{finish, program, states_of};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A key in every form in which it may show.
fn forms(key: &str) -> Vec<String> {
    let percent: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let hex: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
    let unicode: String = key.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    let mut forms = vec![
        key.to_owned(),
        utf8_percent_encode(key, NON_ALPHANUMERIC).to_string(),
        percent.to_lowercase(),
        percent,
        hex,
        unicode,
        key.chars().rev().collect(),
    ];
    // In base64 at each offset, less the letters that depend on what stands around it.
    for offset in 0..3 {
        let padded = [&b"\0\0\0"[..offset], key.as_bytes()].concat();
        for engine in [STANDARD, URL_SAFE] {
            let text = engine.encode(&padded);
            let text = text.trim_end_matches('=');
            forms.push(text[(offset * 8).div_ceil(6)..text.len() - 1].to_owned());
        }
    }
    forms
}

#[test]
fn the_forms_are_found_where_they_stand() {
    let key = "netconnect_test_c4n4ry";
    for around in ["", "x", "xy", "xyz"] {
        let text = STANDARD.encode(format!("{around}{key}{around}"));
        assert!(forms(key).iter().any(|it| text.contains(it)), "{around:?}");
    }
    assert!(forms("a_b").contains(&"%61%5F%62".to_owned()));
}

/// Every file below a folder, with what it says.
fn files(folder: &std::path::Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            found.push((path.display().to_string(), text));
        }
    }
    found
}

/// A server that hands each key back: in a header, as it is, percent-encoded and in base64.
fn echoing(request: &Message, answer: &Message) -> Vec<u8> {
    let Some(key) = request.header("x-api-key") else { return answer.bytes.clone() };
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let echo = format!(
        "\"echo\":[\"{key}\",\"{}\",\"{}\",\"user:{}\"],",
        utf8_percent_encode(&key, NON_ALPHANUMERIC),
        STANDARD.encode(&key),
        STANDARD.encode(format!("user:{key}")),
    );
    let bytes = answer.with_body(text.replacen('{', &format!("{{{echo}"), 1).as_bytes());
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.replacen("\r\n", &format!("\r\nx-echo: {key}\r\n"), 1).into_bytes()
}

/// Every key that went over the wire, made up ones of the plan included or not.
fn keys(proxy: &Proxy) -> BTreeSet<String> {
    proxy.log().iter().filter_map(|(request, _)| request.header("x-api-key")).collect()
}

async fn assert_no_key_shows(proxy: &Proxy, secret: impl Fn(&str) -> bool, args: &[&str], key: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let reports = format!("dir={}", folder.path().join("reports").display());
    let history = folder.path().join("reports/history.ndjson").display().to_string();
    let journal = folder.path().join("journal.ndjson").display().to_string();
    let mut all = vec!["--url", &proxy.url, "--tier", "smoke", "--seed", "2", "-v", "--report", &reports];
    all.extend(["--journal", &journal]);
    all.extend(args);
    let run = |args: &[&str]| {
        let mut command = program(args);
        command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
        if let Some(key) = key {
            command.env("CONFORMANCE_API_KEY", key);
        }
        finish(command)
    };
    let first = run(&all).await;
    assert!([Some(0), Some(1), Some(3)].contains(&first.code), "{first:?}");
    let again = run(&["judge", &history, "-v"]).await;
    let mut told = files(folder.path());
    assert!(told.len() > 5, "{told:?}");
    for (name, ended) in [("run", first), ("judge", again)] {
        told.push((format!("{name}: output"), ended.stdout));
        told.push((format!("{name}: errors"), ended.stderr));
    }
    let canaries: Vec<String> = keys(proxy).into_iter().filter(|it| secret(it)).collect();
    assert!(!canaries.is_empty());
    for key in &canaries {
        for form in forms(key) {
            for (name, text) in &told {
                assert!(!text.contains(&form), "a key shows in {name} as {form}");
            }
        }
    }
    // The search looks where keys would be: every request of the history says whose it went with.
    for file in ["history.ndjson", "journal.ndjson"] {
        assert!(told.iter().any(|(name, text)| name.ends_with(file) && text.contains("\"key\":\"own\"")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_made_accounts_show_nowhere() {
    let sandbox = crate::common::faultless().await;
    let states = states_of(&sandbox);
    for echo in [false, true] {
        let proxy = if echo {
            Proxy::rewriting(sandbox.url(), Box::new(|_| Fate::Pass), Box::new(echoing)).await
        } else {
            Proxy::transparent(sandbox.url()).await
        };
        // Keys that the sandbox made; those that the plan makes up are no secret.
        let made = |key: &str| key.starts_with("netconnect_test_") && key.len() > 36 && !key.contains("0000");
        assert_no_key_shows(&proxy, made, &["--states", &states], None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_the_environment_shows_nowhere() {
    let sandbox = crate::common::faultless().await;
    let agent = sandbox.demo().accounts.iter().find(|it| it.role == "Agent").unwrap();
    let key = agent.key.expose();
    for echo in [false, true] {
        let proxy = if echo {
            Proxy::rewriting(sandbox.url(), Box::new(|_| Fate::Pass), Box::new(echoing)).await
        } else {
            Proxy::transparent(sandbox.url()).await
        };
        assert_no_key_shows(&proxy, |it| it == key, &[], Some(key)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_shows_in_no_message() {
    let key = "netconnect_test_c4n4ryInAMessage";
    for args in [
        &["--url", "http://127.0.0.1:1"][..],
        &["--url", "ftp://127.0.0.1"],
        &["--url", "http://10.0.0.7", "--timeout", "1"],
        &["--url", "http://127.0.0.1:1", "--tier", "everything"],
        &["--help"],
        &["replay", "x", "--url", "http://127.0.0.1:1", "--seed", "1"],
    ] {
        if args.contains(&"http://10.0.0.7") {
            // Not a target of a test; only the words of the refusal are.
            continue;
        }
        let mut command = program(args);
        command.env("CONFORMANCE_API_KEY", key).env("RUST_LOG", "trace");
        let ended = finish(command).await;
        assert!(!format!("{ended:?}").contains("c4n4ry"), "{args:?}: {ended:?}");
    }
    let mut command = program(&["--url", "http://127.0.0.1:1", "--api-key", key]);
    command.env("RUST_LOG", "trace");
    let ended = finish(command).await;
    assert!(!format!("{ended:?}").contains("c4n4ry"), "{ended:?}");
}
