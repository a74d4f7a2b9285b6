//! Requests that no HTTP library writes: header names in any letter case, two requests at once on one connection.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::client::Ready;
use crate::history::{Answer, Bytes, Lost, LostHow, Response, Transport};

/// Sends a request byte for byte, header names in the letter case given; where it is to be pipelined, right behind one that
/// nobody's key goes with, on the same connection, and gives the second answer. Only over plain HTTP.
pub(super) async fn exact(base: &Url, ready: &Ready<'_>, timeout: Duration) -> Answer {
    match tokio::time::timeout(timeout, exchange(base, ready)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(Broken { sent: false, detail })) => Answer::Unsent(detail),
        Ok(Err(Broken { detail, .. })) => Answer::Lost(Lost { how: LostHow::Reset, detail }),
        Err(_) => {
            Answer::Lost(Lost { how: LostHow::Timeout, detail: "no answer within the time limit".into() })
        }
    }
}

struct Broken {
    sent: bool,
    detail: String,
}

async fn exchange(base: &Url, ready: &Ready<'_>) -> Result<Answer, Broken> {
    let host = base.host_str().unwrap_or_default();
    let port = base.port_or_known_default().unwrap_or(80);
    let broken = |sent| move |error: std::io::Error| Broken { sent, detail: error.to_string() };
    let mut stream =
        TcpStream::connect((host.trim_matches(['[', ']']), port)).await.map_err(broken(false))?;
    let prefix = base.path().trim_end_matches('/');
    let two = ready.transport == Transport::Pipelined;
    let mut bytes = Vec::new();
    if two {
        bytes.extend(format!("GET {prefix}{} HTTP/1.1\r\nhost: {host}:{port}\r\n\r\n", ready.path).bytes());
    }
    bytes.extend(
        format!("{} {prefix}{} HTTP/1.1\r\nhost: {host}:{port}\r\n", ready.method, ready.path).bytes(),
    );
    for (name, value) in &ready.headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    bytes.extend(format!("content-length: {}\r\nconnection: close\r\n\r\n", ready.body.len()).bytes());
    bytes.extend(ready.body);
    stream.write_all(&bytes).await.map_err(broken(true))?;
    // A server that was asked to close need not: what ends the wait is the last answer, complete.
    let mut received = Vec::new();
    loop {
        let more = stream.read_buf(&mut received).await.map_err(broken(true))?;
        match Answers::of(&received, two, more == 0) {
            Answers::All(response) => return Ok(Answer::Response(response)),
            Answers::Short(detail) if more == 0 => {
                return Ok(Answer::Lost(Lost { how: LostHow::Garbled, detail: detail.to_owned() }));
            }
            Answers::Short(_) => {}
        }
    }
}

/// What has come so far.
enum Answers {
    /// Every answer; the last.
    All(Response),
    /// Not yet, or never, and why.
    Short(&'static str),
}

impl Answers {
    fn of(received: &[u8], two: bool, closed: bool) -> Self {
        let mut rest = received;
        if two {
            let Some((_, behind)) = parse(rest, false) else {
                return Self::Short("the first answer is not HTTP");
            };
            rest = behind;
        }
        match parse(rest, closed) {
            Some((response, _)) => Self::All(response),
            None if rest.is_empty() => Self::Short("the request was not answered"),
            None => Self::Short("the answer is not HTTP"),
        }
    }
}

/// One response and what follows it; one that does not say how long it is ends where the connection does.
fn parse(bytes: &[u8], closed: bool) -> Option<(Response, &[u8])> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let header =
        |name: &str| headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str());
    let rest = &bytes[end + 4..];
    let (body, rest) = if header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        dechunk(rest)?
    } else if let Some(length) = header("content-length") {
        let length: usize = length.parse().ok()?;
        (rest.get(..length)?.to_vec(), &rest[length..])
    } else if closed {
        (rest.to_vec(), &rest[rest.len()..])
    } else {
        return None;
    };
    Some((Response { status, headers, body: Bytes(body), held_key: false }, rest))
}

fn dechunk(mut bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&bytes[..end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        let data = bytes.get(end + 2..)?;
        body.extend_from_slice(data.get(..size)?);
        bytes = data.get(size + 2..)?;
        if size == 0 {
            return Some((body, bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_answers_on_one_connection() {
        let bytes = b"HTTP/1.1 405 No\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        let (first, rest) = parse(bytes, false).unwrap();
        assert_eq!((first.status, first.body.text().as_ref()), (405, "hi"));
        let (second, rest) = parse(rest, false).unwrap();
        assert_eq!((second.status, second.body.text().as_ref(), rest.len()), (200, "abc", 0));
        let unsized_body = b"HTTP/1.1 200 OK\r\n\r\nto the end";
        assert!(parse(unsized_body, false).is_none());
        assert_eq!(parse(unsized_body, true).unwrap().0.body.text(), "to the end");
        assert!(parse(b"<html>", true).is_none());
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", true).is_none());
    }
}
