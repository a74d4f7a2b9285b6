//! Keys are sent to the server and appear nowhere else, whatever is printed, logged, written or echoed back.

use std::collections::BTreeSet;

use crate::common::proxy::{Fate, Message, Proxy};
use crate::common::{finish, program, states_of};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Returns a key in every form in which it may appear.
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
    // The key in base64 at each offset, without the characters that depend on what surrounds it.
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

/// Returns every file below a folder with its text.
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

/// A server that echoes each key: in a header, unchanged, percent-encoded and in base64.
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

/// Returns every key that was sent over the wire, including those that the plan made up.
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
    // The files do contain the requests in which keys would appear: the history says whose key each was sent with.
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
        // Keys that the sandbox made; those that the plan makes up are not secret.
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
            // This combination has no target; only the message of the refusal matters.
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

/// Secrets other than keys: one word for each place in which one can be given.
const PLACES: [&str; 10] = [
    "c4n4ry-url-password",
    "c4n4ry-states-password",
    "c4n4ry-states-token",
    "c4n4ry-typed-header",
    "c4n4ry-header-file",
    "c4n4ry-header-variable",
    "c4n4ry-states-header",
    "c4n4ry-states-variable",
    "c4n4ry-proxy-password",
    "c4n4ry-location-token",
];

/// A server that echoes all credentials of a request, and redirects with a token of its own.
fn repeating(request: &Message, answer: &Message) -> Vec<u8> {
    let names = ["authorization", "x-typed", "x-file", "x-variable", "x-states", "proxy-authorization"];
    let given: Vec<String> = names.iter().filter_map(|it| request.header(it)).collect();
    let told = given.join(" ");
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let echo = format!("\"echo\":[\"{told}\",\"{}\"],", STANDARD.encode(&told));
    let bytes = answer.with_body(text.replacen('{', &format!("{{{echo}"), 1).as_bytes());
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.replacen("\r\n", &format!("\r\nx-echo: {told}\r\n"), 1).into_bytes()
}

/// Returns flags with a secret in each place that can have one.
fn with_secrets(target: &str, states: &str, file: &str) -> Vec<String> {
    let user = |url: &str, password: &str| url.replace("http://", &format!("http://u:{password}@"));
    let header = |name: &str, value: &str| format!("{name}: {value}");
    let pairs = [
        ("--url", user(target, PLACES[0])),
        ("--states", format!("{}?token={}", user(states, PLACES[1]), PLACES[2])),
        ("--header", header("X-Typed", PLACES[3])),
        ("--header", format!("X-File: @{file}")),
        ("--header-env", "X-Variable=GATEWAY".to_owned()),
        ("--states-header", header("X-States", PLACES[6])),
        ("--states-header-env", "X-Variable=STATES_GATEWAY".to_owned()),
    ];
    pairs.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]).collect()
}

async fn run_with(flags: &[String], more: &[&str]) -> crate::common::Ended {
    let mut command = program(&[]);
    command.args(flags).args(more).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    command.env("GATEWAY", PLACES[5]).env("STATES_GATEWAY", format!("Bearer {}", PLACES[7]));
    finish(command).await
}

fn assert_hidden(what: &str, text: &str) {
    for place in PLACES {
        for form in forms(place) {
            assert!(!text.contains(&form), "{place} shows in {what} as {form}:\n{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lets_us_in_shows_in_no_report() {
    let sandbox =
        crate::common::start(|config| config.behaviour = crate::common::fault("count-unbounded")).await;
    let proxy = Proxy::rewriting(sandbox.url(), Box::new(|_| Fate::Pass), Box::new(repeating)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, format!("Bearer {}", PLACES[4])).unwrap();
    let reports = folder.path().join("reports");
    let to = format!("dir={}", reports.display());
    let summary = folder.path().join("step.md");
    std::fs::write(&summary, "").unwrap();
    let flags = with_secrets(&proxy.url, &format!("{}/_states", proxy.url), &file.display().to_string());
    let mut command = program(&[]);
    command.args(&flags).args(["--tier", "smoke", "--seed", "2", "-v", "--report", &to]);
    command.env("GATEWAY", PLACES[5]).env("STATES_GATEWAY", format!("Bearer {}", PLACES[7]));
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
    let ended = finish(command).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let sent: Vec<Message> = proxy.log().into_iter().map(|it| it.0).collect();
    assert!(sent.iter().any(|it| it.header("x-file").is_some_and(|it| it.ends_with(PLACES[4]))));
    assert!(sent.iter().any(|it| it.header("x-variable").is_some_and(|it| it.ends_with(PLACES[7]))));
    let history = reports.join("history.ndjson").display().to_string();
    let again = finish(program(&["judge", &history, "-v"])).await;
    let mut told = files(&reports);
    assert!(told.len() > 7 && told.iter().any(|(_, text)| text.contains("echo")), "it is repeated somewhere");
    told.push(("the step's summary".to_owned(), std::fs::read_to_string(&summary).unwrap()));
    for (name, ended) in [("run", ended), ("judge", again)] {
        told.push((format!("{name}: output"), ended.stdout));
        told.push((format!("{name}: errors"), ended.stderr));
    }
    told.iter().for_each(|(name, text)| assert_hidden(name, text));
    // A gateway that echoes its own header must not cause a finding about keys.
    let report = &told.iter().find(|(name, _)| name.ends_with("report.json")).unwrap().1;
    let report: serde_json::Value = serde_json::from_str(report).unwrap();
    let failing = report["findings"].as_array().unwrap().iter().filter(|it| it["outcome"] == "fail");
    let failing: BTreeSet<&str> = failing.filter_map(|it| it["requirement"].as_str()).collect();
    assert!(
        failing.contains("COUNT-HIGH") && failing.iter().all(|it| it.starts_with("COUNT")),
        "{failing:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lets_us_in_shows_in_no_message() {
    let sandbox = crate::common::faultless().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, PLACES[4]).unwrap();
    let file = file.display().to_string();
    let refusing = Proxy::rewriting(
        sandbox.url(),
        Box::new(|_| Fate::Pass),
        Box::new(|request, answer| {
            let told = repeating(request, answer);
            let told = String::from_utf8_lossy(&told).into_owned();
            told.replacen("HTTP/1.1 200", "HTTP/1.1 400", 1).into_bytes()
        }),
    );
    let moving = crate::common::tiny::Tiny::start(Box::new(|_| {
        let location = format!("Location: https://u:{0}@h/?t={0}#{0}\r\n", PLACES[9]);
        crate::common::tiny::answer("302 Found", &location, "")
    }));
    let (refusing, moving) = (refusing.await, moving.await);
    let here = sandbox.url().to_owned();
    let (nobody, states) = ("http://127.0.0.1:1".to_owned(), states_of(&sandbox));
    let proxy = format!("http://u:{}@127.0.0.1:1", PLACES[8]);
    let away = format!("{}/away", here);
    for (target, states, more) in [
        (&nobody, &states, &[][..]),
        (&here, &nobody, &[]),
        (&here, &states, &["--proxy", &proxy]),
        (&refusing.url, &format!("{}/_states", refusing.url), &[]),
        (&here, &format!("{}/_states", refusing.url), &[]),
        (&moving.url, &states, &[]),
        (&here, &moving.url, &[]),
        (&away, &away, &[]),
        (&here, &states, &["--tier", "everything"]),
        (&here, &states, &["--only", "NOTHING"]),
        (&here, &states, &["--dry-run", "--tier", "smoke"]),
        (&here, &states, &["http://u:c4n4ry-url-password@h/?t=c4n4ry-states-token"]),
        (&here, &states, &["--ca", "/nowhere"]),
        (&nobody, &states, &["--wait", "1"]),
        (&format!("{here}/?a=c4n4ry-states-token"), &states, &[]),
        (&"https://h:port/c4n4ry".replace("c4n4ry", "a"), &states, &[]),
        (&here, &"ftp://h/".to_owned(), &[]),
        (&here, &states, &["--header", "c4n4ry-typed-header"]),
        (&here, &states, &["--header", "X: $c4n4ry_typed_header c4n4ry-typed-header"]),
    ] {
        let ended = run_with(&with_secrets(target, states, &file), more).await;
        assert_hidden(&format!("{target} {more:?}"), &format!("{}{}", ended.stdout, ended.stderr));
        let quiet = ended.code == Some(0) && more.contains(&"--dry-run");
        assert!(quiet || [Some(2), Some(4)].contains(&ended.code), "{target} {states} {more:?}: {ended:?}");
    }
    // A history names the server that it was recorded from, and so does the message of `replay`.
    let reports = format!("ndjson={}", folder.path().join("history.ndjson").display());
    let flags = with_secrets(&here, &states, &file);
    let ended = run_with(&flags, &["--tier", "smoke", "--only", "COUNT-HIGH", "--report", &reports]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let history = folder.path().join("history.ndjson").display().to_string();
    let replay = finish(program(&["replay", &history])).await;
    assert_hidden("replay", &format!("{}{}", replay.stdout, replay.stderr));
    assert_hidden("the history", &std::fs::read_to_string(&history).unwrap());
}

/// The password for a proxy, and everything that the proxy sees of a plain URL.
#[tokio::test(flavor = "multi_thread")]
async fn who_we_are_to_a_proxy_shows_in_no_report() {
    let sandbox = crate::common::start(|config| config.behaviour = crate::common::fault("count-unbounded"));
    let sandbox = sandbox.await;
    let asked = crate::common::tls::Asked::start(&format!("u:{}", PLACES[8]), sandbox.url()).await;
    let folder = tempfile::tempdir().unwrap();
    let to = format!("dir={}", folder.path().display());
    let proxy = format!("http://u:{}@127.0.0.1:{}", PLACES[8], asked.port);
    let states = "http://api.example/_states";
    let mut command = program(&["--url", "http://api.example", "--states", states, "--proxy", &proxy, "-v"]);
    command.args([
        "--tier",
        "smoke",
        "--only",
        "count/",
        "--seed",
        "1",
        "--max-spend",
        "100",
        "--report",
        &to,
    ]);
    let ended = finish(command).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let told = files(folder.path());
    assert!(told.iter().any(|(name, text)| name.ends_with(".md") && text.contains("--proxy")), "{told:?}");
    told.iter().for_each(|(name, text)| assert_hidden(name, text));
    assert_hidden("the output", &format!("{}{}", ended.stdout, ended.stderr));
}
