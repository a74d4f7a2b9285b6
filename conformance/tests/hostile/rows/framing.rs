//! Servers whose answers do not begin or end as HTTP/1.1 requires.

use crate::row::{Row, Verdict};
use crate::server::About::{Accepted, Everything};
use crate::server::{Ask, Step};

const STATUS: &[&str] = &["STATUS-DOCUMENTED"];
const OPEN: Verdict = Verdict::AtMost(STATUS);

/// Returns the correct answer with other framing headers and another body.
fn framed(ask: &Ask<'_>, framing: &str, body: &[u8]) -> Vec<Step> {
    vec![Step::Send([format!("{}{framing}\r\n", ask.head()).as_bytes(), body].concat())]
}

/// Does the same, and closes the connection.
fn framed_and_closed(ask: &Ask<'_>, framing: &str, body: &[u8]) -> Vec<Step> {
    let mut steps = framed(ask, framing, body);
    steps.push(Step::Close);
    steps
}

/// Returns the correct answer with another status line.
fn status_line(ask: &Ask<'_>, line: &str) -> Vec<Step> {
    let bytes = ask.right();
    let end = bytes.iter().position(|it| *it == b'\r').unwrap_or(0);
    vec![Step::Send([line.as_bytes(), &bytes[end..]].concat())]
}

fn chunk(body: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n"].concat()
}

const CHUNKED: &str = "transfer-encoding: chunked\r\n";

pub(crate) const ROWS: &[Row] = &[
    Row::new("names a length that is too long", OPEN).heard(Accepted, |ask| {
        let body = ask.body();
        framed_and_closed(ask, &format!("content-length: {}\r\n", body.len() + 7), &body)
    }),
    Row::new("names a length that is too short", Verdict::AtMost(&["STATUS-DOCUMENTED", "RESP-STATUS"]))
        .heard(Accepted, |ask| {
            let body = ask.body();
            framed_and_closed(ask, &format!("content-length: {}\r\n", body.len() - 7), &body)
        }),
    Row::new("names its length twice", Verdict::Right).heard(Accepted, |ask| {
        let body = ask.body();
        let line = format!("content-length: {}\r\n", body.len());
        framed(ask, &line.repeat(2), &body)
    }),
    Row::new("names two lengths", OPEN).heard(Accepted, |ask| {
        let body = ask.body();
        framed(ask, &format!("content-length: {}\r\ncontent-length: 3\r\n", body.len()), &body)
    }),
    Row::new("names a negative length", OPEN)
        .heard(Accepted, |ask| framed(ask, "content-length: -1\r\n", &ask.body())),
    Row::new("names a length of 40 digits", OPEN)
        .heard(Accepted, |ask| framed(ask, &format!("content-length: {}\r\n", "9".repeat(40)), &ask.body())),
    Row::new("names length and chunks", Verdict::AtMost(STATUS)).heard(Accepted, |ask| {
        let body = [chunk(&ask.body()), b"0\r\n\r\n".to_vec()].concat();
        framed_and_closed(ask, &format!("content-length: 7\r\n{CHUNKED}"), &body)
    }),
    Row::new("sends a chunk whose length is no number", OPEN)
        .heard(Accepted, |ask| framed_and_closed(ask, CHUNKED, b"xyz\r\n{}\r\n0\r\n\r\n")),
    Row::new("sends a chunk whose length is larger than any", OPEN)
        .heard(Accepted, |ask| framed_and_closed(ask, CHUNKED, b"ffffffffffffffffff\r\n{}\r\n")),
    Row::new("ends without the last chunk", OPEN)
        .heard(Accepted, |ask| framed_and_closed(ask, CHUNKED, &chunk(&ask.body()))),
    Row::new("sends garbage behind the last chunk", Verdict::AtMost(STATUS)).heard(Accepted, |ask| {
        let body = [chunk(&ask.body()), b"0\r\n\r\nmore that nobody asked for".to_vec()].concat();
        framed_and_closed(ask, CHUNKED, &body)
    }),
    Row::new("sends its body in chunks of a byte", Verdict::Right).heard(Everything, |ask| {
        let mut body: Vec<u8> = ask.body().iter().flat_map(|it| chunk(&[*it])).collect();
        body.extend(b"0\r\n\r\n");
        framed(ask, CHUNKED, &body)
    }),
    Row::new("ends its body by closing", Verdict::Right)
        .heard(Everything, |ask| framed_and_closed(ask, "connection: close\r\n", &ask.body())),
    Row::new("speaks HTTP/0.9", Verdict::NoRun)
        .heard(Everything, |ask| vec![Step::Send(ask.body()), Step::Close])
        .says(&["not HTTP"]),
    Row::new("speaks HTTP/0.9 to orders", OPEN)
        .heard(Accepted, |ask| vec![Step::Send(ask.body()), Step::Close])
        .short(),
    Row::new("speaks HTTP/1.0", Verdict::Right).heard(Everything, |ask| {
        let mut steps = status_line(
            ask,
            &format!("HTTP/1.0{}", &ask.answer.map(|it| it.start_line()).unwrap_or_default()[8..]),
        );
        steps.push(Step::Close);
        steps
    }),
    Row::new("answers with the preface of HTTP/2", Verdict::NoRun).unheard(Everything, |_| {
        vec![Step::Send(b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64".to_vec()), Step::Close]
    }),
    Row::new("writes its status line in lower case", Verdict::Fails(STATUS))
        .heard(Accepted, |ask| status_line(ask, "http/1.1 200 ok")),
    Row::new("ends lines with a line feed alone", Verdict::AtMost(STATUS)).heard(Accepted, |ask| {
        let head =
            format!("{}content-length: {}\r\n\r\n", ask.head(), ask.body().len()).replace("\r\n", "\n");
        vec![Step::Send([head.as_bytes(), &ask.body()].concat())]
    }),
    Row::new("gives no reason with its status", Verdict::Right).heard(Everything, |ask| {
        let line = ask.answer.map(|it| it.start_line()).unwrap_or_default();
        status_line(ask, &format!("{} ", &line[..12.min(line.len())]))
    }),
    Row::new("answers with a status of four digits", OPEN)
        .heard(Accepted, |ask| status_line(ask, "HTTP/1.1 2000 OK")),
    Row::new("answers with status 99", OPEN).heard(Accepted, |ask| status_line(ask, "HTTP/1.1 099 Low")),
    Row::new("answers each order twice", Verdict::AtMost(STATUS))
        .heard(Accepted, |ask| vec![Step::Send([ask.right(), ask.right()].concat()), Step::Close]),
    Row::new("answers before the request is over, and closes", Verdict::AtMost(STATUS))
        .heard(Accepted, |ask| vec![Step::Send(ask.right()), Step::Reset]),
];
