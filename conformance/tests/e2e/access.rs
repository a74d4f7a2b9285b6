//! Gateways, addresses and servers that are starting: what is sent with every request, what is refused before any
//! request, and the messages for a user.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpSocket, TcpStream};

use crate::common::proxy::{Fate, Message, Proxy};
use crate::common::tiny::{Tiny, answer, json};
use crate::common::{conformance, faultless, finish, program, states_of};

/// Returns a URL with a user and password, or anything else, before its host.
fn with(url: &str, user: &str) -> String {
    url.replace("http://", &format!("http://{user}@"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_gateway_wants_goes_with_every_request() {
    let sandbox = faultless().await;
    let (target, states) = (Proxy::transparent(sandbox.url()).await, Proxy::transparent(sandbox.url()).await);
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "Bearer from-a-file\n").unwrap();
    let (url, states_url) =
        (with(&target.url, "us%3Aer:pass"), format!("{}/_states?tenant=7", with(&states.url, "o:p")));
    let file = format!("X-File: @{}", token.display());
    let mut command = program(&[
        "--url",
        &url,
        "--states",
        &states_url,
        "--tier",
        "smoke",
        "--only",
        "count/",
        "--seed",
        "1",
    ]);
    command.args(["--header", "X-Typed: one two", "--header", &file, "--header-env", "X-Variable=GATEWAY"]);
    command.args(["--states-header", "X-States: s", "--states-header-env", "Authorization=GATEWAY"]);
    command.env("GATEWAY", "from-the-environment");
    let ended = finish(command).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let requests = |proxy: &Proxy| proxy.log().into_iter().map(|it| it.0).collect::<Vec<Message>>();
    assert!(requests(&target).iter().any(Message::is_purchase));
    for request in requests(&target) {
        let header = |name: &str| request.header(name);
        let all = ["x-typed", "x-file", "x-variable", "authorization", "x-states"].map(header);
        let wanted = ["one two", "Bearer from-a-file", "from-the-environment", "Basic dXM6ZXI6cGFzcw=="];
        assert_eq!(all[..4], wanted.map(|it| Some(it.to_owned())), "{}", request.start_line());
        assert_eq!(all[4], None);
        assert!(header("host").is_some_and(|it| !it.contains('@')));
    }
    for request in requests(&states) {
        // A header that is given takes precedence over the credentials in the URL.
        assert_eq!(request.header("authorization").as_deref(), Some("from-the-environment"));
        assert_eq!(request.header("x-states").as_deref(), Some("s"));
        assert!(request.header("x-typed").is_none() && request.start_line().contains("/_states?tenant=7 "));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_keys_and_addresses_that_are_wrong() {
    let url = ["--url", "http://127.0.0.1:9"];
    let mut told = String::new();
    for args in [
        &["--header", "s3cr3t"][..],
        &["--header", "a b: s3cr3t"],
        &["--header", "x-api-key: s3cr3t"],
        &["--header", "Content-Type: s3cr3t"],
        &["--header", "Host: s3cr3t"],
        &["--header", "Authorization: Bearer $TOKEN"],
        &["--header", "Authorization: @/nowhere/token"],
        &["--header", "Authorization:"],
        &["--header", "Authorization: ***"],
        &["--header-env", "Authorization=NOT_SET_ANYWHERE"],
        &["--header-env", "Authorization"],
        &["--states", "http://127.0.0.1:9", "--states-header", "s3cr3t"],
        &["--states-header", "A: s3cr3t"],
        &["--header", "Authorization:", "Bearer", "s3cr3t"],
        &["--header=Authorization:", "s3cr3t", "--tier", "smoke"],
        &["--header-env", "Authorization=s3cr3t"],
        &["--states", "http://***@127.0.0.1:9"],
        &["--states", "http://127.0.0.1:9/?token=***"],
        &["--proxy", "socks5://u:s3cr3t@h"],
        &["--only", ""],
        &["--seed", "-1"],
        &["--max-spend", "-5"],
        &["--report", "html=one", "--report", "json=one"],
    ] {
        let ended = conformance(&[&url[..], args].concat()).await;
        assert_eq!(ended.code, Some(2), "{args:?}: {ended:?}");
        told += &ended.stderr;
    }
    for url in [
        "http://127.0.0.1:9/base?key=s3cr3t",
        "http://127.0.0.1:9/#s3cr3t",
        "ftp://u:s3cr3t@h",
        "u:s3cr3t@h:80",
        "localhost:8080",
        "127.0.0.1:8080/base",
        "http://127.0.0.1:80800",
    ] {
        let ended = conformance(&["--url", url]).await;
        assert_eq!(ended.code, Some(2), "{url}: {ended:?}");
        told += &ended.stderr;
    }
    for key in [
        "",
        "netconnect_test_s3cr3t\n",
        "netconnect_test_ s3cr3t",
        "\tnetconnect_test_s3cr3t",
        "netconnect_test_s3cr3t\u{e9}",
    ] {
        let mut command = program(&url);
        command.env("CONFORMANCE_API_KEY", key);
        let ended = finish(command).await;
        assert_eq!(ended.code, Some(2), "{key:?}: {ended:?}");
        told += &ended.stderr;
    }
    assert!(!told.contains("s3cr3t"), "{told}");
    insta::assert_snapshot!(told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_of_every_reading_is_told_with_where_it_points() {
    let mut told = String::new();
    for location in [
        "https://api.example/api/v1/profile",
        "https://api.example:8443/base/api/v1/profile",
        "https://user:s3cr3t@login.example/in?ticket=s3cr3t#s3cr3t",
        "/login?next=s3cr3t",
        "//login.example/in",
    ] {
        let server = Tiny::start(Box::new(move |_| {
            answer("308 Permanent Redirect", &format!("Location: {location}\r\n"), "")
        }));
        let server = server.await;
        let ended = conformance(&["--url", &server.url]).await;
        assert_eq!(ended.code, Some(4), "{location}: {ended:?}");
        told += &ended.stderr.replace(&server.url, "[url]");
    }
    assert!(!told.contains("s3cr3t"), "{told}");
    insta::assert_snapshot!(told);
}

/// A handler that redirects, or behind a proxy whose server is not up.
#[tokio::test(flavor = "multi_thread")]
async fn provider_states_that_are_not_there() {
    let sandbox = faultless().await;
    let mut told = String::new();
    for (code, status, headers) in [
        (2, "302 Found", "Location: https://user:s3cr3t@login.example/in?ticket=s3cr3t\r\n"),
        (4, "503 Service Unavailable", ""),
    ] {
        let server = Tiny::start(Box::new(move |_| answer(status, headers, "")));
        let states = server.await;
        let ended = conformance(&["--url", sandbox.url(), "--states", &states.url]).await;
        assert_eq!(ended.code, Some(code), "{ended:?}");
        told += &ended.stderr.replace(&states.url, "[states]");
    }
    assert!(!told.contains("s3cr3t"), "{told}");
    insta::assert_snapshot!(told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_starting_is_waited_for() {
    let sandbox = faultless().await;
    // The port is bound, but nobody listens yet: connections are refused, and no other process gets the port.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let mut command = program(&["--url", &url, "--wait", "600", "--dry-run"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    // The main thread is not a worker of the runtime, so it may block.
    let first = lines.next().unwrap().unwrap();
    assert!(
        first.starts_with(&format!("waiting up to 600 s for {url}: ")) && first.contains("refused"),
        "{first}"
    );
    let listener = socket.listen(64).unwrap();
    // The port is open now, but a proxy without a server answers.
    let wait = answer("503 Service Unavailable", "Connection: close\r\n", "starting").unwrap();
    let upstream = sandbox.url().trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        let mut refused = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            refused += 1;
            if refused < 6 {
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await;
                let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, wait.as_bytes()).await;
                continue;
            }
            let upstream = upstream.clone();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(upstream).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut server).await;
            });
        }
    });
    let second = lines.next().unwrap().unwrap();
    assert_eq!(second, format!("waiting up to 600 s for {url}: GET /api/v1/profile gives 503"));
    assert!(lines.next().is_none());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_come_up_is_told_and_another_is_not_waited_for() {
    let server =
        Tiny::start(Box::new(|_| answer("503 Service Unavailable", "Retry-After: 0\r\n", "starting"))).await;
    let ended = conformance(&["--url", &server.url, "--wait", "1"]).await;
    assert_eq!(ended.code, Some(4), "{ended:?}");
    insta::assert_snapshot!(ended.stderr.replace(&server.url, "[url]"));
    // A server that answers with any other status is up.
    let server = Tiny::start(Box::new(|_| json("404 Not Found", "{}"))).await;
    let ended = conformance(&["--url", &server.url, "--wait", "600"]).await;
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(!ended.stderr.contains("waiting"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_curl_line_reaches_the_server_as_the_run_did() {
    let sandbox =
        crate::common::start(|config| config.behaviour = crate::common::fault("count-unbounded")).await;
    let proxy = Proxy::start(sandbox.url(), Box::new(|_| Fate::Pass)).await;
    let (url, states) = (with(&proxy.url, "user:pass"), states_of(&sandbox));
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "from-a-file\n").unwrap();
    let file = format!("X-File: @{}", token.display());
    let mut command =
        program(&["--url", &url, "--states", &states, "--tier", "smoke", "--only", "count/high/Agent/21"]);
    command.args(["--seed", "1", "--no-shrink", "--header", "X-Typed: typed-s3cr3t", "--header", &file]);
    command.args(["--header-env", "X-Variable=GATEWAY"]).env("GATEWAY", "from-the-environment");
    let ended = finish(command).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let lines = || ended.stdout.lines().map(str::trim);
    let curl = lines().find(|it| it.starts_with("curl ")).unwrap_or_else(|| panic!("{}", ended.stdout));
    let replay = lines().find(|it| it.contains(" replay count/high")).unwrap();
    let host = proxy.url.trim_start_matches("http://");
    let shown =
        format!("{curl}\n{replay}").replace(host, "[host]").replace(&token.display().to_string(), "[token]");
    let shown = shown.replace(&states, "[states]");
    assert!(!shown.contains("s3cr3t") && !shown.contains("from-"), "{shown}");
    // The body depends on the plan, so it is left out of the snapshot.
    let (before, behind) = shown.split_once(" --data-raw ").unwrap();
    let (_, behind) = behind.split_once("' ").unwrap();
    insta::assert_snapshot!(format!("{before} … {behind}"));
}
