//! What happens before the first case: keys that are refused, paths that do not exist, gateways in front of a server,
//! and the endpoints that it has. Tests what a user sees and how the program ends.

use std::time::{Duration, Instant};

use conformance::history::Tier;
use conformance::judge::verdict::Outcome;
use sandbox::{Freedom, Sandbox};
use spec::OperationId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::common::proxy::{Fate, Message, Proxy};
use crate::common::tiny::{Answering, Tiny, answer, json, page};
use crate::common::{
    Ended, accounts_file, assert_silent, conformance, contract, faultless, finish, freedoms, options,
    program, run, start, states_of, target_at,
};

const NOT_FOUND: &str = r#"{"success":false,"error":{"message":"Not found","code":"NOT_FOUND"}}"#;

/// Runs the program against such a server.
async fn seen(answering: Answering, below: &str) -> Ended {
    let server = Tiny::start(answering).await;
    let url = format!("{}{below}", server.url);
    let mut command = program(&["--url", &url, "--tier", "probe", "--timeout", "1"]);
    command.env("CONFORMANCE_API_KEY", "netconnect_test_abcdefgh");
    let mut ended = finish(command).await;
    ended.stderr = ended.stderr.replace(&server.url, "[url]");
    ended.stderr = ended.stderr.replace(&server.url.replace("http:", "https:"), "[https url]");
    ended
}

/// Servers with another API, or with something in front of them: each has its own message and remedy.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_stands_there_is_named() {
    const NGINX: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body></html>";
    let rows: [(&str, &str, Answering); 13] = [
        ("every path is 404", "", Box::new(|_| json("404 Not Found", NOT_FOUND))),
        (
            "every path is a page that names it",
            "/shop",
            Box::new(|it| page("404 Not Found", &format!("<pre>Cannot {} {}</pre>", it.method, it.path))),
        ),
        ("the paths begin twice", "/api/v1", Box::new(|_| json("404 Not Found", NOT_FOUND))),
        (
            "files and no API",
            "",
            Box::new(|it| match it.method.as_str() {
                "GET" => page("404 Not Found", "<h1>404</h1>"),
                _ => page("405 Not Allowed", "<h1>405</h1>"),
            }),
        ),
        (
            "a login",
            "",
            Box::new(|_| answer("302 Found", "Location: https://login.example/in?to=%2F\r\n", "")),
        ),
        (
            "the same by https",
            "",
            Box::new(|it| {
                let host = it.head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
                answer("301 Moved", &format!("Location: https://{host}{}\r\n", it.path), "")
            }),
        ),
        (
            "a door",
            "",
            Box::new(|_| answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"staging\"\r\n", "")),
        ),
        (
            "a firewall",
            "",
            Box::new(|_| page("403 Forbidden", "<title>Attention Required!</title><p>Access denied")),
        ),
        ("a proxy without a server", "", Box::new(|_| page("502 Bad Gateway", NGINX))),
        (
            "a server that starts",
            "",
            Box::new(|_| answer("503 Service Unavailable", "Retry-After: 0\r\n", "starting")),
        ),
        ("a page for every path", "", Box::new(|_| page("200 OK", "<!doctype html><title>My shop</title>"))),
        ("no answer to anything", "", Box::new(|_| None)),
        ("another protocol", "", Box::new(|_| Some("SSH-2.0-OpenSSH_9.2\r\n".to_owned()))),
    ];
    let mut told = String::new();
    for (name, below, answering) in rows {
        let ended = seen(answering, below).await;
        assert!(ended.stdout.is_empty(), "{name}: {}", ended.stdout);
        told += &format!("{name}: exit code {:?}\n{}\n", ended.code, ended.stderr);
    }
    insta::assert_snapshot!(told);
}

/// A plain server that reads the TLS handshake as a request.
#[tokio::test(flavor = "multi_thread")]
async fn plain_http_where_tls_is_expected() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(page("400 Bad Request", "no").unwrap().as_bytes()).await;
        }
    });
    let ended = conformance(&["--url", &url]).await;
    assert_eq!(ended.code, Some(4), "{ended:?}");
    insta::assert_snapshot!(ended.stderr.replace(&url, "[https url]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_silent_is_told_soon() {
    let server = Tiny::start(Box::new(|_| None)).await;
    let start = Instant::now();
    // Two readings and an empty order, with a timeout of one second each.
    let ended = conformance(&["--url", &server.url, "--timeout", "1"]).await;
    assert_eq!((ended.code, server.log().len()), (Some(4), 3), "{ended:?}");
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_up_meanwhile_is_judged() {
    let sandbox = faultless().await;
    let count = std::sync::atomic::AtomicUsize::new(0);
    let starting =
        move |_: &Message, answer: &Message| match count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 | 1 => b"HTTP/1.1 503 Wait\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n".to_vec(),
            _ => answer.bytes.clone(),
        };
    let proxy = Proxy::rewriting(sandbox.url(), Box::new(|_| Fate::Pass), Box::new(starting)).await;
    let ended = conformance(&["--url", &proxy.url, "--dry-run"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

/// Returns the accounts file of a sandbox, with other keys for some accounts.
fn with_keys(
    sandbox: &Sandbox,
    folder: &tempfile::TempDir,
    other: impl Fn(&str) -> Option<&'static str>,
) -> String {
    let mut text = accounts_file(sandbox);
    for account in &sandbox.demo().accounts {
        if let Some(key) = other(&account.name) {
            text = text.replace(account.key.expose(), key);
        }
    }
    let path = folder.path().join("accounts.toml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_refused_are_our_configuration() {
    let sandbox = faultless().await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(&["--url", sandbox.url()]);
    command.env("CONFORMANCE_API_KEY", "netconnect_test_qwertyuiop");
    let single = finish(command).await;
    assert_eq!(single.code, Some(2), "{single:?}");
    assert!(!single.stderr.contains("qwertyuiop"));
    // An account whose key must be refused can't be used to reach the server.
    let mut text = String::new();
    for (at, account) in sandbox.demo().accounts.iter().take(3).enumerate() {
        let revoked = if account.revoked { "revoked = true\n" } else { "" };
        text +=
            &format!("[[account]]\nname = {:?}\nkey = \"netconnect_test_gone{at}\"\n{revoked}", account.name);
    }
    let path = folder.path().join("gone.toml");
    std::fs::write(&path, text).unwrap();
    let all = conformance(&["--url", sandbox.url(), "--accounts", &path.display().to_string()]).await;
    assert_eq!(all.code, Some(2), "{all:?}");
    let url = [(sandbox.url(), "[url]")];
    insta::assert_snapshot!(format!("{}\n{}", single.shown(&url), all.shown(&url)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_key_is_refused_is_left_out() {
    let sandbox = faultless().await;
    let folder = tempfile::tempdir().unwrap();
    let first = sandbox.demo().accounts.iter().find(|it| !it.revoked).unwrap().name.clone();
    let accounts = with_keys(&sandbox, &folder, |name| (name == first).then_some("netconnect_test_expired"));
    let report = folder.path().join("report.json");
    let to = format!("json={}", report.display());
    let ended =
        conformance(&["--url", sandbox.url(), "--accounts", &accounts, "--tier", "probe", "--report", &to])
            .await;
    assert_ne!(ended.code, Some(1), "{}", ended.stdout);
    assert_ne!(ended.code, Some(2), "{}", ended.stderr);
    let note = format!(
        "the key of account `{first}` is refused: GET /api/v1/profile, GET /api/v1/wallet-balance and \
         GET /api/v1/orders give 401; it was left out"
    );
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&ended.stdout).contains(&note), "{}", ended.stdout);
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    assert!(
        json["notes"].as_array().unwrap().iter().any(|it| it.as_str() == Some(&note)),
        "{}",
        json["notes"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_states_of_another_server() {
    let (here, there) = (faultless().await, faultless().await);
    let ended = conformance(&["--url", here.url(), "--states", &states_of(&there)]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    insta::assert_snapshot!(ended.shown(&[(here.url(), "[url]"), (there.url(), "[states]")]));
}

/// Starts a proxy that makes every 404 look the same, as the handler of a framework does.
async fn uniform(sandbox: &Sandbox) -> Proxy {
    let rewrite = |_: &Message, came: &Message| match came.start_line().contains(" 404 ") {
        true => json("404 Not Found", NOT_FOUND).unwrap().into_bytes(),
        false => came.bytes.clone(),
    };
    Proxy::rewriting(sandbox.url(), Box::new(|_| Fate::Pass), Box::new(rewrite)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_shows_the_endpoints_that_no_404_can_show() {
    for gone in [false, true] {
        let behaviour = freedoms(if gone { &[Freedom::NoCompanions] } else { &[] });
        let sandbox = start(|config| config.behaviour = behaviour).await;
        let proxy = uniform(&sandbox).await;
        for concurrency in [1, 8] {
            let mut options = options(Tier::Smoke, 1);
            options.concurrency = concurrency;
            let states = states_of(&sandbox);
            let finished = run(contract(), target_at(&proxy.url), Some(&states), &options).await.unwrap().1;
            let judgement = &finished.judgement;
            assert_silent(judgement, &[], &format!("gone {gone}"));
            let endpoints = &finished.history.header.environment.endpoints;
            for operation in [OperationId::Order, OperationId::OrderStatus, OperationId::Retry] {
                assert_eq!(endpoints.get(&operation), Some(&!gone), "{operation:?}, gone {gone}");
            }
            let status = judgement.requirements.iter().find(|it| it.id == "ORDER-STATUS").unwrap();
            let wanted = if gone { Outcome::NotApplicable } else { Outcome::Pass };
            assert_eq!(status.outcome, wanted, "gone {gone}");
        }
    }
}

/// Refuses each request whose key does not come in a header that is spelt as the page spells it.
fn only_as_documented(request: &Message) -> Fate {
    let head =
        String::from_utf8_lossy(&request.bytes[..request.bytes.len() - request.body.len()]).into_owned();
    match head.to_ascii_lowercase().contains("\r\nx-api-key:") && !head.contains("\r\nX-API-KEY:") {
        true => Fate::Answer(json("401 Unauthorized", UNAUTHORIZED).unwrap().leak()),
        false => Fate::Pass,
    }
}

const UNAUTHORIZED: &str = r#"{"success":false,"error":{"message":"Unknown key","code":"UNAUTHORIZED"}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_compares_names_of_headers_by_letters_is_judged() {
    let sandbox = faultless().await;
    let proxy = Proxy::start(sandbox.url(), Box::new(only_as_documented)).await;
    let (states, smoke) = (states_of(&sandbox), options(Tier::Smoke, 1));
    let finished = run(contract(), target_at(&proxy.url), Some(&states), &smoke).await.unwrap().1;
    let failed: Vec<&str> = finished.judgement.findings.iter().map(|it| it.requirement.as_str()).collect();
    assert_eq!(failed, ["AUTH-HEADER"]);
    let folder = tempfile::tempdir().unwrap();
    let accounts = with_keys(&sandbox, &folder, |_| None);
    let flags = ["--url", &proxy.url, "--accounts", &accounts, "--tier", "smoke", "--max-spend", "5"];
    let ended = conformance(&flags).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("FAIL AUTH-HEADER"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("was left out"), "{}", ended.stdout);
}
