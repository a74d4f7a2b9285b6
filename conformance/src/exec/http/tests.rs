//! The client against servers that write every byte themselves: what RFC 9110 and RFC 9112 allow them to do, and what
//! they don't.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::plan::key::Key;
use crate::secret::Secret;

const PATIENCE: Duration = Duration::from_secs(5);

/// What a server does after it has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Close,
    /// Waits for the next request, on any connection.
    Stay,
    /// Takes the next request on the connection, and closes it without an answer.
    BreakOnNext,
}

/// A server that gives the same answer to every request, and records what it received.
struct Server {
    url: String,
    received: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn answering(answer: &'static [u8], then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/at", listener.local_addr().unwrap());
        let received = Arc::<Mutex<Vec<String>>>::default();
        let log = received.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer, then, log.clone()));
            }
        });
        Self { url, received }
    }

    fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &'static [u8],
    then: Then,
    log: Arc<Mutex<Vec<String>>>,
) {
    while let Some(request) = request(&mut stream).await {
        log.lock().unwrap().push(request);
        _ = stream.write_all(answer).await;
        _ = stream.flush().await;
        if then == Then::BreakOnNext {
            _ = self::request(&mut stream).await;
        }
        if then != Then::Stay {
            break;
        }
    }
}

/// Reads one request to its end; `None` if the connection is closed first.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|it| it.strip_prefix("content-length: ")?.parse().ok());
            let chunked = head.contains("transfer-encoding: chunked");
            let whole = if chunked { body.ends_with("0\r\n\r\n") } else { body.len() >= length.unwrap_or(0) };
            if whole {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

fn plain(url: &str) -> OutboundRequest<'_> {
    OutboundRequest { method: "GET", url, headers: &[], key: None, body: b"", transport: Transport::Plain }
}

/// Returns a client that connects directly to a server.
fn client(timeout: Duration) -> Http {
    let nobody = Url::parse("http://127.0.0.1").unwrap();
    Http::new(&nobody, &Access::default(), &[], timeout).unwrap()
}

async fn ask(answer: &'static [u8], then: Then) -> Result<Response, SendError> {
    let server = Server::answering(answer, then).await;
    client(PATIENCE).send(&plain(&server.url)).await
}

#[tokio::test]
async fn whatever_http_lets_a_server_do() {
    use Then::{Close, Stay};
    let gzipped = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00";
    let rows: [(&str, &'static [u8], Then); 14] = [
        ("a length", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Stay),
        ("103 before", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Stay),
        ("100 and 102 before", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Stay),
        ("chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", Stay),
        ("chunked in capitals", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", Stay),
        ("extensions, blanks and trailers of chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5 ;a=\"b\"\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", Stay),
        ("a coding that nobody asked for", gzipped, Stay),
        ("to the end of the connection", b"HTTP/1.1 200 OK\r\n\r\nhello", Close),
        ("an older version", b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", Close),
        ("an older version to the end of the connection", b"HTTP/1.0 200 OK\r\n\r\nhello", Close),
        ("no reason", b"HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello", Stay),
        ("no reason and no blank", b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", Stay),
        ("blanks around values", b"HTTP/1.1 200 OK\r\nContent-Length:   5 \t \r\nX:\r\n\r\nhello", Stay),
        ("an announced end", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello", Close),
    ];
    for (name, answer, then) in rows {
        match ask(answer, then).await {
            Ok(response) => {
                assert_eq!((response.status, response.body.text().as_ref()), (200, "hello"), "{name}");
                assert_eq!(response.coding(), None, "{name}");
            }
            Err(error) => panic!("{name}: {error:?}"),
        }
    }
    let empty = ask(b"HTTP/1.1 204 No Content\r\n\r\n", Stay).await.unwrap();
    assert_eq!((empty.status, empty.body.0.len()), (204, 0));
}

#[tokio::test]
async fn headers_are_read_as_they_are_meant() {
    let answer = b"HTTP/1.1 402 Pay\r\nX-Folded: one\r\n  two\r\nX-Twice: a\r\nx-twice: b\r\nX-Old: \xe9\r\nContent-Length: 0\r\n\r\n";
    let response = ask(answer, Then::Stay).await.unwrap();
    let folded = response.header("x-folded").unwrap();
    assert_eq!(folded.split_whitespace().collect::<Vec<_>>(), ["one", "two"]);
    assert!(!folded.contains(['\r', '\n']));
    assert_eq!(response.headers.iter().filter(|(name, _)| name == "x-twice").count(), 2);
    assert_eq!(response.header("x-old"), Some("\u{fffd}"));
    assert_eq!(response.status, 402);
}

#[tokio::test]
async fn a_coding_that_cannot_be_undone_is_told() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\n\x0b\x01\x80";
    let response = ask(answer, Then::Stay).await.unwrap();
    assert_eq!((response.coding(), response.body.0.as_slice()), (Some("br"), &b"\x0b\x01\x80"[..]));
}

#[tokio::test]
async fn what_is_not_http_and_what_breaks_off() {
    let garbled = |error: &SendError| matches!(error, SendError::Garbled(_));
    let broken = |error: &SendError| matches!(error, SendError::Broken(_));
    /// What the server sends, in words and in bytes, and whether the error is the right one.
    type Row = (&'static str, &'static [u8], fn(&SendError) -> bool);
    let rows: [Row; 9] = [
        ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n", garbled),
        ("a body alone", b"<html></html>\r\n\r\n", garbled),
        ("a status of two digits", b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n", garbled),
        ("a blank in a name", b"HTTP/1.1 200 OK\r\nContent Length: 0\r\n\r\n", garbled),
        ("two lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", garbled),
        (
            "a chunk of no size",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfive\r\nhello\r\n0\r\n\r\n",
            garbled,
        ),
        ("nothing", b"", broken),
        ("less than its length", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", broken),
        (
            "chunks without an end",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            broken,
        ),
    ];
    for (name, answer, wanted) in rows {
        let error = ask(answer, Then::Close).await.unwrap_err();
        assert!(wanted(&error), "{name}: {error:?}");
        assert!(!error.never_left(), "{name}");
        assert!(!error.to_string().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn what_never_left_is_told_apart_from_what_stays_out() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = client(PATIENCE).send(&plain(&format!("http://{nobody}"))).await.unwrap_err();
    assert!(matches!(error, SendError::Unconnected(_)) && error.never_left(), "{error:?}");
    assert!(error.to_string().contains("refused"), "{error}");
    let server = Server::answering(b"", Then::Stay).await;
    let error = client(Duration::from_millis(200)).send(&plain(&server.url)).await.unwrap_err();
    assert!(matches!(error, SendError::Timeout(_)) && !error.never_left(), "{error:?}");
    assert_eq!(error.to_string(), "no answer within 0.2 s");
    // This server accepts connections and never speaks TLS.
    let url = server.url.replace("http:", "https:");
    let error = client(Duration::from_millis(200)).send(&plain(&url)).await.unwrap_err();
    assert!(error.never_left(), "{error:?}");
    for (what, request) in [
        ("the URL", OutboundRequest { url: "http://a b/", ..plain("") }),
        ("method `GE T`", OutboundRequest { method: "GE T", ..plain("http://127.0.0.1:1/") }),
        (
            "header `a`",
            OutboundRequest { headers: &[("a".into(), "\n".into())], ..plain("http://127.0.0.1:1/") },
        ),
    ] {
        let error = client(PATIENCE).send(&request).await.unwrap_err();
        assert!(error.never_left() && error.to_string().starts_with(what), "{error}");
    }
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn requests_as_they_go_out() {
    let server = Server::answering(OK, Then::Stay).await;
    let http = client(PATIENCE);
    let url = server.url.as_str();
    let headers = [("content-type".to_owned(), "application/json".to_owned())];
    let order = || OutboundRequest {
        method: "POST",
        headers: &headers,
        body: b"{\"some\": \"order\"}",
        ..plain(url)
    };
    http.send(&plain(url)).await.unwrap();
    http.send(&order()).await.unwrap();
    http.send(&OutboundRequest { body: b"", ..order() }).await.unwrap();
    http.send(&OutboundRequest { transport: Transport::Chunked, ..order() }).await.unwrap();
    let door = Url::parse(&url.replace("http://", "http://us%3Aer:pass@")).unwrap();
    let guest = Http::new(&door, &Access::default(), &[], PATIENCE).unwrap();
    guest.send(&plain(&without_credentials(&door))).await.unwrap();
    let host = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let said = server.received().join("\n----\n").replace('\r', "").replace(host, "[host]");
    insta::assert_snapshot!(said);
}

#[tokio::test]
async fn a_header_in_any_letter_case() {
    let server = Server::answering(OK, Then::Stay).await;
    let http = client(PATIENCE);
    spelled(&http, &server.url).await;
    assert_spelled(&server.received());
}

/// Sends the key in the library's letter case, in capitals, in mixed case, in chunks, and again in the library's
/// letter case.
async fn spelled(http: &Http, url: &str) {
    let scheme = spec::embedded().unwrap().key;
    let own = Secret::new("X-API-KEY: x-api-key".into(), &[]);
    for (key, transport) in [
        (Key::Own, Transport::Plain),
        (Key::HeaderCase(true), Transport::Plain),
        (Key::HeaderCase(false), Transport::Plain),
        (Key::HeaderCase(false), Transport::Chunked),
        (Key::Own, Transport::Plain),
    ] {
        let key = key.header(&scheme, Some(&own));
        let body = b"\r\nx-api-key: in the body\r\n\r\n";
        let request = OutboundRequest { method: "POST", key: key.as_ref(), body, transport, ..plain(url) };
        assert_eq!(http.send(&request).await.unwrap().status, 200);
    }
}

fn assert_spelled(received: &[String]) {
    let names: Vec<&str> = received
        .iter()
        .map(|it| it.lines().find_map(|line| line.strip_suffix(": X-API-KEY: x-api-key")).unwrap())
        .collect();
    assert_eq!(names, ["x-api-key", "X-API-KEY", "x-aPi-kEy", "x-aPi-kEy", "x-api-key"]);
    for request in received.iter().filter(|it| !it.contains("chunked")) {
        assert!(request.ends_with("\r\n\r\n\r\nx-api-key: in the body\r\n\r\n"), "{request}");
    }
}

#[tokio::test]
async fn a_header_in_any_letter_case_over_tls() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let ours = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let pem = STANDARD.encode(made.cert.der());
    std::fs::write(&ca, format!("-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----\n")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/at", listener.local_addr().unwrap().port());
    let received = Arc::<Mutex<Vec<String>>>::default();
    let (log, acceptor) = (received.clone(), tokio_rustls::TlsAcceptor::from(Arc::new(ours)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            tokio::spawn(serve(stream, OK, Then::Stay, log.clone()));
        }
    });
    let mut access = Access::default();
    access.trust.ca = Some(ca);
    spelled(&Http::new(&Url::parse(&url).unwrap(), &access, &[], PATIENCE).unwrap(), &url).await;
    assert_spelled(&received.lock().unwrap());
    let error = client(PATIENCE).send(&plain(&url)).await.unwrap_err();
    assert!(error.never_left(), "nobody vouches for it: {error:?}");
}

#[tokio::test]
async fn nothing_is_sent_twice() {
    let redirect: &[u8] = b"HTTP/1.1 307 There\r\nLocation: /at\r\nContent-Length: 0\r\n\r\n";
    for (answer, then) in [(&b""[..], Then::Close), (redirect, Then::Stay), (&b"HTTP/1.1 2"[..], Then::Close)]
    {
        let server = Server::answering(answer, then).await;
        let http = client(PATIENCE);
        _ = http.send(&OutboundRequest { method: "POST", body: b"{}", ..plain(&server.url) }).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(server.received().len(), 1);
    }
}

/// A server that breaks connections loses no more than a few requests because connections are reused.
#[tokio::test]
async fn connections_that_break_are_not_used_again_for_ever() {
    let server = Server::answering(OK, Then::BreakOnNext).await;
    let http = client(PATIENCE);
    let mut lost = 0;
    for _ in 0..60 {
        let sent = http.send(&OutboundRequest { method: "POST", body: b"{}", ..plain(&server.url) }).await;
        lost += usize::from(sent.is_err());
    }
    assert!(lost <= 5, "{lost} of 60 were lost");
}

/// A server that closes an idle connection has not lost a request.
#[tokio::test]
async fn a_connection_that_was_closed_while_idle() {
    let server = Server::answering(OK, Then::Close).await;
    let http = client(PATIENCE);
    for _ in 0..20 {
        http.send(&OutboundRequest { method: "POST", body: b"{}", ..plain(&server.url) }).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(server.received().len(), 20);
}

/// A body after HEAD, which no answer to HEAD has, is not taken for the beginning of the next answer.
#[tokio::test]
async fn a_body_after_head_spoils_no_other_answer() {
    let server = Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", Then::Stay).await;
    let http = client(PATIENCE);
    for method in ["HEAD", "POST"].repeat(20) {
        let request = OutboundRequest { method, body: b"{}", ..plain(&server.url) };
        assert!(http.send(&request).await.is_ok(), "{method}");
    }
}
