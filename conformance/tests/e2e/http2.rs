//! Servers that speak only HTTP/2, with TLS and without, and the messages for a user if the version does not match.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::TcpListener;

use crate::common::tiny::{Tiny, json};
use crate::common::tls::{Authority, Manner, accept};
use crate::common::{Ended, conformance, faultless, states_of};

/// Starts an HTTP/2 bridge to a server that speaks HTTP/1.1; returns its port and a counter of its requests.
async fn bridge(upstream: &str, tls: Option<Manner<'_>>) -> (u16, Arc<AtomicUsize>) {
    _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (upstream, asked) = (upstream.to_owned(), Arc::new(AtomicUsize::new(0)));
    let (acceptor, count) = (tls.map(accept), asked.clone());
    let client = reqwest::Client::builder().build().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, client) = (acceptor.clone(), client.clone());
            let (upstream, count) = (upstream.clone(), count.clone());
            tokio::spawn(async move {
                match acceptor {
                    Some(acceptor) => {
                        let Ok(stream) = acceptor.accept(stream).await else { return };
                        serve(stream, client, upstream, count).await;
                    }
                    None => serve(stream, client, upstream, count).await,
                }
            });
        }
    });
    (port, asked)
}

async fn serve(
    stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    client: reqwest::Client,
    upstream: String,
    count: Arc<AtomicUsize>,
) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        count.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(pass(request, respond, client.clone(), upstream.clone()));
    }
}

/// Passes one request to the server behind the bridge, and its response back.
async fn pass(
    request: http::Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<hyper::body::Bytes>,
    client: reqwest::Client,
    upstream: String,
) -> Option<()> {
    let (head, mut incoming) = request.into_parts();
    let mut body = Vec::new();
    while let Some(data) = incoming.data().await {
        let data = data.ok()?;
        _ = incoming.flow_control().release_capacity(data.len());
        body.extend_from_slice(&data);
    }
    let url = format!("{upstream}{}", head.uri.path_and_query()?);
    let mut headers = head.headers;
    headers.remove("content-length");
    let answer = client.request(head.method, url).headers(headers).body(body).send().await.ok()?;
    let mut response = http::Response::new(());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    for name in ["connection", "transfer-encoding", "keep-alive"] {
        response.headers_mut().remove(name);
    }
    let mut sending = respond.send_response(response, false).ok()?;
    sending.send_data(answer.bytes().await.ok()?, true).ok()
}

fn shown(ended: &Ended, url: &str) -> String {
    ended.shown(&[(url, "[url]")])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_nothing_else_is_judged() {
    let sandbox = faultless().await;
    let (authority, folder) = (Authority::new("test"), tempfile::tempdir().unwrap());
    let ca = authority.file(folder.path());
    let states = states_of(&sandbox);
    let manner = Manner { protocols: &["h2"], ..Manner::plain(authority.issue("localhost")) };
    let (secure, asked) = bridge(sandbox.url(), Some(manner)).await;
    let (open, asked_open) = bridge(sandbox.url(), None).await;
    for (url, flags, asked) in [
        (format!("https://localhost:{secure}"), &["--ca", ca.as_str()][..], asked),
        (format!("http://127.0.0.1:{open}"), &[], asked_open),
    ] {
        // The provider states are those of a server that speaks HTTP/1.1.
        let run = ["--url", &url, "--states", &states, "--tier", "smoke", "--seed", "1", "--http2"];
        let har = folder.path().join("run.har");
        let report = format!("har={}", har.display());
        let ended = conformance(&[&run[..], flags, &["--report", &report]].concat()).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(asked.load(Ordering::Relaxed) > 100, "everything goes over HTTP/2");
        assert!(std::fs::read_to_string(har).unwrap().contains("\"HTTP/2\""));
    }
}

/// Both kinds of mismatch are reported with a remedy.
#[tokio::test(flavor = "multi_thread")]
async fn another_version_is_told() {
    let sandbox = faultless().await;
    let (open, _) = bridge(sandbox.url(), None).await;
    let open = format!("http://127.0.0.1:{open}");
    let old = Tiny::start(Box::new(|_| json("404 Not Found", "{}"))).await;
    let with = conformance(&["--url", &old.url, "--http2", "--dry-run"]).await;
    let without = conformance(&["--url", &open, "--dry-run"]).await;
    assert_eq!((with.code, without.code), (Some(4), Some(4)), "{with:?} {without:?}");
    assert!(with.stderr.contains("Without --http2 it is asked over HTTP/1.1"), "{with:?}");
    assert!(shown(&without, &open).contains("[url] can't be reached"), "{without:?}");
}
