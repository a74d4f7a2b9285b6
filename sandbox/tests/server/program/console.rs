//! The console: what it shows to whom, that no data becomes markup and, if a browser is available, how it works in one.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Program, command};
use crate::common::{Reply, pesewas};

/// Files of the console that everybody may read.
const FILES: [&str; 13] = [
    "/",
    "/_console/frame.css",
    "/_console/console.css",
    "/_console/console.js",
    "/_console/view.js",
    "/_console/stream.js",
    "/_console/order.js",
    "/_console/snippets.js",
    "/_console/contract",
    "/_console/contract.js",
    "/_console/swagger-ui.css",
    "/_console/swagger-ui-bundle.js",
    "/_console/swagger-ui-bundle.js.LICENSE.txt",
];

async fn read(program: &Program, path: &str, headers: &[(&str, &str)]) -> Reply {
    program.send(Method::GET, path, headers, None).await.unwrap()
}

/// What the event stream has sent since it was opened.
struct Told {
    response: reqwest::Response,
    text: String,
    /// The latest state of each object, by kind and id.
    things: BTreeMap<(String, String), Value>,
}

impl Told {
    async fn by(program: &Program) -> Self {
        let response = program.client.get(format!("{}/_console/events", program.url)).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new(), things: BTreeMap::new() }
    }

    /// Reads until a condition holds.
    async fn until(&mut self, wanted: impl Fn(&Self) -> bool) {
        let read = async {
            while !wanted(self) {
                let Some(bytes) = self.response.chunk().await.unwrap() else { panic!("it ended") };
                self.text += std::str::from_utf8(&bytes).unwrap();
                while let Some((event, rest)) = self.text.split_once("\n\n") {
                    let (kind, data) = event.split_once('\n').unwrap();
                    let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
                    let kind = kind.strip_prefix("event: ").unwrap().to_owned();
                    let id = data["id"].as_str().unwrap_or_default().to_owned();
                    self.things.insert((kind, id), data);
                    self.text = rest.to_owned();
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), read).await.unwrap();
    }

    fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.things.iter().filter(move |((it, _), _)| it == kind).map(|(_, thing)| thing)
    }

    fn account(&self, name: &str) -> &Value {
        self.of("account").find(|it| it["name"] == name).unwrap()
    }
}

#[tokio::test]
async fn its_files_may_do_nothing_but_ask_this_server() {
    let program = Program::start(&[]).await;
    for path in FILES {
        let reply = read(&program, path, &[]).await;
        assert_eq!(
            (reply.status, &reply.headers["x-content-type-options"]),
            (200, &"nosniff".parse().unwrap())
        );
        let html = reply.headers["content-type"].to_str().unwrap().starts_with("text/html");
        assert_eq!(reply.headers.contains_key("content-security-policy"), html, "{path}");
        if html {
            let policy = reply.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("default-src 'none'; script-src 'self'") && !policy.contains("http"));
            assert!(!reply.text.contains("<script>") && !reply.text.contains(" onclick="), "{path}");
        }
        // The scripts must create everything from text.
        if !path.contains("swagger") && path.ends_with(".js") {
            for way in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "http://",
                "https://",
            ] {
                assert!(!reply.text.contains(way), "{path}: {way}");
            }
        }
    }
    let packed = read(&program, "/_console/swagger-ui-bundle.js", &[]).await;
    assert_eq!(packed.headers["content-encoding"], "gzip");
    let document = read(&program, "/openapi.json", &[]).await;
    assert_eq!(
        (&document.json["openapi"].is_string(), &document.json["servers"][0]["url"]),
        (&true, &json!("/"))
    );
    assert!(document.json["paths"].as_object().unwrap().len() > 5);
}

#[tokio::test]
async fn what_happens_is_told_as_it_happens() {
    let mut program = Program::start(&["--states", "--speed", "100"]).await;
    let mut told = Told::by(&program).await;
    told.until(|it| it.of("ready").count() == 1).await;
    let key = program.key("Agent");
    assert_eq!(told.account("agent")["key"], key.as_str());
    assert!(told.account("revoked agent")["key"].is_null());
    assert_eq!(told.of("server").next().unwrap()["states"], true);
    // An order moves through its states, the wallet changes with it, and the request is shown with its bodies and
    // without its key.
    let opening = pesewas(&told.account("agent")["available"]);
    let evil = "<script>alert('x')</script>";
    let order = program.order(&["0201234567", "0500000010"]);
    let bought = program.buy(&key, &order, &[("x-note", evil)]).await.unwrap();
    let id = bought.json["data"]["orderId"].as_str().unwrap().to_owned();
    let is = |order: &Value, states: [&str; 2]| {
        order["id"] == id.as_str() && (0..2).all(|at| order["recipients"][at]["state"] == states[at])
    };
    told.until(|it| it.of("order").any(|order| is(order, ["completed", "failed"]))).await;
    told.until(|it| it.of("request").any(|request| request["status"] == 200)).await;
    told.until(|it| pesewas(&it.account("agent")["available"]) == opening - 20).await;
    let request = told.of("request").next().unwrap().clone();
    assert!(
        request["request"].as_str().unwrap().contains("0500000010") && request["headers"]["x-note"] == evil
    );
    assert!(!request.to_string().contains(&key));
    // Whatever a client sends is one line of data in the stream.
    let forged = json!({"operatorId": "x\n\nevent: ready\ndata: {}\n\n"});
    program.buy(&key, &forged, &[]).await.unwrap();
    told.until(|it| it.of("request").any(|request| request["status"] == 400)).await;
    // Removed data is reported too.
    let reset = json!({"state": "reset"});
    program.send(Method::POST, "/_states", &[], Some(reset)).await.unwrap();
    told.until(|it| it.of("shown").any(|shown| shown["orders"] == json!([]))).await;
    // An open stream does not keep the server from stopping.
    program.signal("-TERM");
    assert!(program.ended().await.success());
}

#[tokio::test]
async fn it_tells_those_who_may_make_accounts_and_nobody_else() {
    let elsewhere = [("origin", "https://evil.example")];
    let mut open = command(&["--host", "0.0.0.0"]);
    open.env("SANDBOX_ADMIN_TOKEN", "let me in");
    let mut guarded = Program::of(open).await;
    guarded.url = guarded.url.replace("0.0.0.0", "127.0.0.1");
    for (token, status) in [(None, 401), (Some("Bearer let me"), 401)] {
        let headers: Vec<_> = token.iter().map(|token| ("authorization", *token)).collect();
        assert_eq!(read(&guarded, "/_console/events", &headers).await.status, status, "{token:?}");
    }
    assert_eq!(read(&guarded, "/", &[]).await.status, 200);
    let events = guarded.client.get(format!("{}/_console/events", guarded.url));
    assert_eq!(events.header("authorization", "Bearer let me in").send().await.unwrap().status(), 200);
    let local = Program::start(&[]).await;
    assert_eq!(read(&local, "/_console/events", &elsewhere).await.status, 403);
    assert_eq!(
        read(&local, "/_console/events", &[("host", "evil.example"), ("sec-fetch-site", "same-origin")])
            .await
            .status,
        403
    );
    // A strict sandbox has no console, and neither has one that others can reach without a token.
    let strict = Program::start(&["--strict"]).await;
    let mut public = Program::start(&["--host", "0.0.0.0"]).await;
    public.url = public.url.replace("0.0.0.0", "127.0.0.1");
    for program in [strict, public] {
        for path in FILES.into_iter().chain(["/_console/events", "/openapi.json"]) {
            assert_eq!(read(&program, path, &[]).await.error(), (404, "NOT_FOUND"), "{path}");
        }
    }
}

#[tokio::test]
async fn below_a_path_it_finds_its_parts() {
    let program = Program::start(&["--base-path", "/shared"]).await;
    let reply = read(&program, "", &[]).await;
    assert_eq!((reply.status, reply.headers["location"].to_str().unwrap()), (308, "/shared/"));
    assert_eq!(read(&program, "/", &[]).await.status, 200);
    assert_eq!(read(&program, "/openapi.json", &[]).await.json["servers"][0]["url"], "/shared");
}

/// The file holds only digests of keys. Keys are shown if they can be derived again: those that follow from a seed.
#[tokio::test]
async fn keys_that_nobody_knows_any_more_are_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("s.db");
    let on = async |more: &[&str]| {
        let mut command = command(&["--db"]);
        command.arg(&db).args(more);
        Program::of(command).await
    };
    for (seed, known) in [(&["--seed", "1"][..], true), (&["--seed", "1"], true), (&[], false)] {
        let mut program = on(seed).await;
        let mut told = Told::by(&program).await;
        told.until(|it| it.of("ready").count() == 1).await;
        assert_eq!(told.account("agent")["key"].is_string(), known, "{seed:?}");
        assert!(told.account("agent")["hint"].as_str().unwrap().starts_with("netconnect_test"));
        program.signal("-TERM");
        program.ended().await;
    }
}

/// Runs `tests/console/check.mjs`: the use by a person, axe-core, two widths, both themes.
#[tokio::test]
#[ignore = "needs Node.js and Chromium: sandbox/tests/console/README.md"]
async fn a_browser_finds_nothing_wrong() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/console");
    let parts = script.join("node_modules").is_dir();
    assert!(parts, "{} has no node_modules; its README says how to install them", script.display());
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("console");
    std::fs::create_dir_all(&out).unwrap();
    let program = Program::start(&["--states", "--speed", "3"]).await;
    let mut guarded = command(&["--states"]);
    guarded.env("SANDBOX_ADMIN_TOKEN", "let me in");
    let guarded = Program::of(guarded).await;
    let mut node = tokio::process::Command::new("node");
    node.arg(script.join("check.mjs")).arg(&program.url).arg(out).arg(&guarded.url).kill_on_drop(true);
    let output = node.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
