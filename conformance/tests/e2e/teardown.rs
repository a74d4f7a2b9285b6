//! Provider states: a run tears down what it sets up, however it ends.

use std::collections::BTreeMap;

use crate::common::proxy::{Fate, Message, Proxy};
use crate::common::{Ended, conformance, faultless, finish, program};

/// Returns the state, the action and the params of a request for a provider state.
fn asked(request: &Message) -> Option<(String, String, serde_json::Value)> {
    let json: serde_json::Value = serde_json::from_slice(&request.body).ok()?;
    let text = |name: &str| json[name].as_str().map(str::to_owned);
    request.start_line().contains("/_states").then_some(())?;
    Some((text("state")?, text("action")?, json["params"].clone()))
}

/// Counts, for each state, how often it was set up and torn down. Each account must be torn down once, by its key.
fn counted(proxy: &Proxy) -> BTreeMap<String, (usize, usize)> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let (mut made, mut torn) = (Vec::new(), Vec::new());
    for (request, answer) in proxy.log() {
        // A revoked key needs no teardown of its own, since its account is torn down.
        let revoked = |it: &(String, String, serde_json::Value)| it.0 == "revoke";
        let Some((state, action, params)) = asked(&request).filter(|it| !revoked(it)) else { continue };
        let count = counts.entry(state).or_default();
        if action == "setup" {
            count.0 += 1;
            let answer = answer.and_then(|it| serde_json::from_slice::<serde_json::Value>(&it.body).ok());
            made.extend(answer.and_then(|it| it["apiKey"].as_str().map(str::to_owned)));
        } else {
            count.1 += 1;
            torn.extend(params["apiKey"].as_str().map(str::to_owned));
        }
    }
    made.sort();
    torn.sort();
    assert!(torn.is_empty() || made == torn, "{} made, {} torn down", made.len(), torn.len());
    counts
}

fn flags<'a>(proxy: &'a Proxy, states: &'a str) -> [&'a str; 8] {
    ["--url", &proxy.url, "--states", states, "--seed", "3", "--only", "count/"]
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_set_up_is_torn_down() {
    let sandbox = faultless().await;
    for (more, code, torn_down) in [
        (&["--quiet"][..], 3, true),
        (&["--dry-run"], 0, true),
        (&["--report", "json=/dev/null/report.json"], 2, true),
        (&["--journal", "/dev/full"], 2, true),
        (&["--quiet", "--max-spend", "1000", "--time-limit", "1", "--rate", "20"], 3, true),
        (&["--quiet", "--keep-states"], 3, false),
    ] {
        let proxy = Proxy::transparent(sandbox.url()).await;
        let states = format!("{}/_states", proxy.url);
        let ended = conformance(&[&flags(&proxy, &states)[..], more].concat()).await;
        assert_eq!(ended.code, Some(code), "{more:?}: {ended:?}");
        let counts = counted(&proxy);
        assert!(counts["account"].0 > 0 && counts["catalog"].0 == 1, "{more:?}: {counts:?}");
        for (state, (set_up, torn)) in &counts {
            assert_eq!(*torn, if torn_down { *set_up } else { 0 }, "{more:?}: {state}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_plan_is_torn_down_too() {
    let sandbox = faultless().await;
    let proxy = Proxy::transparent(sandbox.url()).await;
    let states = format!("{}/_states", proxy.url);
    let args = ["--url", &proxy.url, "--states", &states, "--only", "NOTHING"];
    assert_eq!(conformance(&args).await.code, Some(2));
    assert!(counted(&proxy).values().all(|(set_up, torn)| set_up == torn));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_does_not_leave_anything_behind() {
    let sandbox = faultless().await;
    // The signal arrives during discovery, and while cases are sent.
    for requests in [8, 60] {
        let proxy = Proxy::transparent(sandbox.url()).await;
        let states = format!("{}/_states", proxy.url);
        let args = [&flags(&proxy, &states)[..], &["--quiet", "--rate", "20"]].concat();
        let mut command = program(&args);
        let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn();
        let child = child.unwrap();
        proxy.until(requests).await;
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap();
        let ended = Ended::from(output);
        assert_eq!(ended.code, Some(3), "{requests}: {ended:?}");
        let counts = counted(&proxy);
        assert!(counts.values().all(|(set_up, torn)| set_up == torn), "{requests}: {counts:?}");
        assert!(counts["account"].0 > 0);
    }
}

/// Runs with a handler that answers every teardown with this status.
async fn answered(status: &'static str) -> (Ended, Proxy) {
    let sandbox = faultless().await;
    let answer = move |request: &Message, answer: &Message| match asked(request) {
        Some((_, action, _)) if action == "teardown" => {
            let body = r#"{"error":"no"}"#;
            format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
        }
        _ => answer.bytes.clone(),
    };
    let proxy = Proxy::rewriting(sandbox.url(), Box::new(|_| Fate::Pass), Box::new(answer)).await;
    let states = format!("{}/_states", proxy.url);
    let ended = finish(program(&flags(&proxy, &states))).await;
    (ended, proxy)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_does_not_know_teardown_is_no_failure() {
    for status in ["400 Bad Request", "404 Not Found", "405 Method Not Allowed", "501 Not Implemented"] {
        let (ended, proxy) = answered(status).await;
        assert_eq!(ended.code, Some(3), "{status}: {ended:?}");
        assert!(!ended.stdout.contains("torn down"), "{status}: {}", ended.stdout);
        let torn: usize =
            proxy.log().iter().filter_map(|it| asked(&it.0)).filter(|it| it.1 == "teardown").count();
        assert!(torn < 30, "{status}: it was asked {torn} times, and had said that it does not know");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_torn_down_is_told() {
    let (ended, proxy) = answered("500 Internal Server Error").await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let shown = ended.stdout.replace(&proxy.url, "http://proxy");
    let lines = shown.lines().skip_while(|it| !it.starts_with("  note"));
    let notes: Vec<&str> = lines.take_while(|it| !it.is_empty()).collect();
    let told = ended.stderr.lines().find(|it| it.starts_with("tearing down")).unwrap_or_default();
    // How many accounts a run needs follows the plan; each one must be counted.
    let counts = counted(&proxy);
    let (accounts, all) = (counts["account"].0, counts.values().map(|it| it.0).sum::<usize>());
    assert!(accounts > 1, "{counts:?}");
    let text = format!("{told}\n{}", notes.join("\n"))
        .replace(&format!("tearing down {all} provider"), "tearing down ALL provider")
        .replace(&format!(" {accounts} of {accounts} "), " ACCOUNTS of ACCOUNTS ");
    insta::assert_snapshot!("not_torn_down", text);
}
