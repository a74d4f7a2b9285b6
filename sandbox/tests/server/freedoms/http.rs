//! Answers that are transferred differently: what HTTP allows for the same body.

use crate::common::Setup;
use sandbox::Freedom;
use serde_json::{Value, json};

/// Returns a request for the wallet, with more headers.
fn wallet(key: &str, more: &str) -> String {
    format!("GET /api/v1/wallet-balance HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n{more}\r\n")
}

const LAST: &str = "connection: close\r\n";

/// Splits responses in the order in which they were received: head and body.
fn answers(text: &str) -> Vec<(&str, &str)> {
    let mut answers = Vec::new();
    let mut rest = text;
    while let Some((head, after)) = rest.split_once("\r\n\r\n") {
        let lengths = head.lines().filter_map(|line| line.split_once(": "));
        let length = lengths.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = length.map(|(_, value)| value.parse::<usize>().unwrap()).next().unwrap_or(0);
        answers.push((head, &after[..length]));
        rest = &after[length..];
    }
    assert_eq!(rest, "");
    answers
}

fn spendable(body: &str) -> Value {
    serde_json::from_str::<Value>(body).unwrap()["data"]["availableBalance"].clone()
}

#[tokio::test]
async fn answers_ahead_of_an_answer() {
    for (freedom, ahead) in [
        (Freedom::EarlyHints, "HTTP/1.1 103 Early Hints\r\nlink: </docs>; rel=help"),
        (Freedom::ContinueUnasked, "HTTP/1.1 100 Continue"),
    ] {
        let setup = Setup::with(&[freedom]).await;
        let key = setup.account("Agent", 3_750).await;
        // Two requests on one connection; the client sends the second before it has read the first response.
        let text = setup.raw(&format!("{}{}", wallet(&key, ""), wallet(&key, LAST))).await;
        let came = answers(&text);
        assert_eq!(came.len(), 4, "{text}");
        for pair in came.chunks(2) {
            assert_eq!(pair[0], (ahead, ""));
            assert!(pair[1].0.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
            assert_eq!(spendable(pair[1].1), json!(37.5));
        }
        // A client that asks for 100 gets it once more.
        let order = setup.order(&[0, 0]).to_string();
        let head = format!(
            "POST /api/v1/data-bundles/buy-bulk HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\ncontent-length: {}\r\n\
             expect: 100-continue\r\n{LAST}\r\n{order}",
            order.len()
        );
        let text = setup.raw(&head).await;
        assert_eq!(answers(&text).last().unwrap().0.lines().next(), Some("HTTP/1.1 200 OK"), "{text}");
        // An ordinary client does not notice any of this.
        assert_eq!(setup.balance(&key).await, 3_730);
    }
}

#[tokio::test]
async fn names_of_headers_in_capitals() {
    let setup = Setup::with(&[Freedom::HeaderCapitals, Freedom::EarlyHints]).await;
    let key = setup.account("Agent", 3_750).await;
    let text = setup.raw(&wallet(&key, LAST)).await;
    let came = answers(&text);
    let names = came[1].0.lines().skip(1).map(|line| line.split_once(": ").unwrap().0);
    let mut names = names.collect::<Vec<_>>();
    names.sort_unstable();
    assert_eq!(names, ["Connection", "Content-Length", "Content-Type", "Date"], "{text}");
    assert_eq!(spendable(came[1].1), json!(37.5));
    assert_eq!(setup.buy(&key, &setup.order(&[0, 0])).await.status, 200);
}

#[tokio::test]
async fn answers_in_chunks_with_the_name_of_the_coding_in_capitals() {
    let setup = Setup::with(&[Freedom::ChunkedAnswers, Freedom::HeaderCapitals]).await;
    let key = setup.account("Agent", 3_750).await;
    let text = setup.raw(&wallet(&key, LAST)).await;
    assert!(
        text.contains("\r\nTransfer-Encoding: Chunked\r\n") && !text.contains("Content-Length"),
        "{text}"
    );
    assert!(text.contains("\r\n\r\n40\r\n{\"success\":true,") && text.ends_with("\r\n0\r\n\r\n"), "{text}");
    assert_eq!(setup.balance(&key).await, 3_750);
    assert_eq!(setup.buy_raw(&key, "{").await.error(), (400, "INVALID_JSON"));
    assert_eq!(setup.get("/elsewhere", &key).await.error(), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn gzip_for_a_client_that_takes_it_and_for_no_other() {
    let setup = Setup::with(&[Freedom::Gzip]).await;
    let key = setup.account("Agent", 3_750).await;
    let get = async |accepted: Option<&str>| {
        let request = setup.client.get(format!("{}/api/v1/wallet-balance", setup.sandbox.url()));
        let request = request.header("x-api-key", &key);
        let request = match accepted {
            Some(codings) => request.header("accept-encoding", codings),
            None => request,
        };
        let response = request.send().await.unwrap();
        let coding = response.headers().get("content-encoding").map(|it| it.to_str().unwrap().to_owned());
        (coding, response.bytes().await.unwrap())
    };
    for plain in [None, Some("identity"), Some("br, gzip;q=0")] {
        let (coding, bytes) = get(plain).await;
        assert_eq!(
            (coding, spendable(std::str::from_utf8(&bytes).unwrap())),
            (None, json!(37.5)),
            "{plain:?}"
        );
    }
    let (coding, bytes) = get(Some("br, gzip")).await;
    assert_eq!(coding.as_deref(), Some("gzip"));
    assert_eq!(bytes[..3], [0x1f, 0x8b, 8]);
    // One stored block: the gzip header, five bytes of the block header, and eight at the end.
    assert_eq!(bytes[10], 1);
    let body = std::str::from_utf8(&bytes[15..bytes.len() - 8]).unwrap();
    assert_eq!(spendable(body), json!(37.5));
    assert_eq!(bytes[bytes.len() - 4..], (body.len() as u32).to_le_bytes());
}

#[tokio::test]
async fn the_media_type_in_other_spellings() {
    for (freedom, wanted) in [
        (None, "application/json; charset=utf-8"),
        (Some(Freedom::MediaTypeBare), "application/json"),
        (Some(Freedom::MediaTypeCapitals), "Application/JSON;Charset=UTF-8"),
    ] {
        let setup = Setup::with(freedom.as_slice()).await;
        let key = setup.account("Agent", 100).await;
        for reply in [setup.buy(&key, &setup.order(&[0, 0])).await, setup.buy_raw(&key, "{").await] {
            assert_eq!(reply.headers["content-type"], wanted, "{freedom:?}");
        }
    }
}

#[tokio::test]
async fn a_connection_for_each_answer() {
    let setup = Setup::with(&[Freedom::ConnectionClosed]).await;
    let key = setup.account("Agent", 3_750).await;
    // The client does not ask for it, but the server closes the connection after the first of two requests.
    let text = setup.raw(&format!("{}{}", wallet(&key, ""), wallet(&key, ""))).await;
    let came = answers(&text);
    assert!(came.len() == 1 && came[0].0.contains("\r\nconnection: close\r\n"), "{text}");
    for _ in 0..3 {
        assert_eq!(setup.balance(&key).await, 3_750);
    }
}
