//! Servers that send too much.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::row::{Row, Verdict};
use crate::server::About::{Accepted, Everything};
use crate::server::{Ask, Step};

const STATUS: &[&str] = &["STATUS-DOCUMENTED"];
const OPEN: Verdict = Verdict::AtMost(STATUS);

const MEGABYTE: usize = 1 << 20;

/// Returns the head of the correct answer with more lines; the end of the headers is left to them.
fn head(ask: &Ask<'_>, lines: &str) -> Vec<u8> {
    format!("{}{lines}", ask.head()).into_bytes()
}

fn long(ask: &Ask<'_>, megabytes: usize) -> Vec<Step> {
    let begin = b"{\"success\":true,\"data\":{\"a\":[0";
    let end = b"]}}";
    let length = begin.len() + megabytes * MEGABYTE + end.len();
    let head = head(ask, &format!("content-length: {length}\r\n\r\n"));
    let middle = b",0".repeat(MEGABYTE / 2);
    vec![
        Step::Send(head),
        Step::Send(begin.to_vec()),
        Step::Again(middle, megabytes),
        Step::Send(end.to_vec()),
    ]
}

/// Returns this many megabytes of spaces, compressed with gzip.
fn bomb(megabytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..megabytes {
        encoder.write_all(&vec![b' '; MEGABYTE]).unwrap();
    }
    encoder.finish().unwrap()
}

pub(crate) const ROWS: &[Row] = &[
    Row::new("sends a body without end", OPEN)
        .heard(Accepted, |ask| {
            vec![Step::Send(head(ask, "connection: close\r\n\r\n")), Step::Forever(vec![b'x'; 65_536])]
        })
        .short(),
    Row::new("sends bodies without end to everything", Verdict::Open).heard(Everything, |ask| {
        vec![Step::Send(head(ask, "connection: close\r\n\r\n")), Step::Forever(vec![b'x'; 65_536])]
    }),
    Row::new("sends chunks without end", OPEN).heard(Accepted, |ask| {
        let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 65_536], b"\r\n".to_vec()].concat();
        vec![Step::Send(head(ask, "transfer-encoding: chunked\r\n\r\n")), Step::Forever(chunk)]
    }),
    Row::new("sends an extension of a chunk without end", OPEN).heard(Accepted, |ask| {
        vec![Step::Send(head(ask, "transfer-encoding: chunked\r\n\r\n1;")), Step::Forever(vec![b'x'; 65_536])]
    }),
    Row::new("sends trailers without end", OPEN).heard(Accepted, |ask| {
        vec![
            Step::Send(head(ask, "transfer-encoding: chunked\r\n\r\n0\r\n")),
            Step::Forever(b"x-more: and more\r\n".repeat(1000)),
        ]
    }),
    Row::new("sends 100 MB of JSON", OPEN).heard(Accepted, |ask| long(ask, 100)),
    Row::new("refuses with 100 MB of JSON", Verdict::AtMost(STATUS)).heard(
        crate::server::About::Orders,
        |ask| {
            if ask.accepted() { vec![Step::Send(ask.right())] } else { long(ask, 100) }
        },
    ),
    Row::new("sends 900 KB of JSON to everything", Verdict::AtMost(&["RESP-SHAPE"])).heard(
        Everything,
        |ask| {
            let body = String::from_utf8_lossy(&ask.body()).into_owned();
            let more = format!("\"more\":[0{}],", ",0".repeat(450_000));
            vec![Step::Send(ask.with_body(body.replacen('{', &format!("{{{more}"), 1).as_bytes()))]
        },
    ),
    Row::new("sends a gzip bomb", OPEN)
        .heard(Accepted, |ask| {
            let body = bomb(200);
            let lines = format!("content-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
            vec![Step::Send(head(ask, &lines)), Step::Send(body)]
        })
        .short(),
    Row::new("sends headers without end", OPEN).heard(Accepted, |ask| {
        vec![Step::Send(head(ask, "")), Step::Forever(b"x-more: and more\r\n".repeat(1000))]
    }),
    Row::new("sends headers without end to everything", Verdict::NoRun).heard(Everything, |ask| {
        vec![Step::Send(head(ask, "")), Step::Forever(b"x-more: and more\r\n".repeat(1000))]
    }),
    Row::new("sends a header line without end", OPEN)
        .heard(Accepted, |ask| vec![Step::Send(head(ask, "x-more: ")), Step::Forever(vec![b'x'; 65_536])]),
    Row::new("sends a header of 1 MB", OPEN).heard(Accepted, |ask| {
        vec![Step::Send(ask.with_headers(&format!("x-more: {}\r\n", "x".repeat(MEGABYTE))))]
    }),
    Row::new("sends 10,000 headers", OPEN)
        .heard(Accepted, |ask| vec![Step::Send(ask.with_headers(&"x-more: and more\r\n".repeat(10_000)))]),
    Row::new("sets 2,000 cookies", OPEN).heard(Accepted, |ask| {
        let cookies: String = (0..2_000).map(|it| format!("set-cookie: c{it}={it}\r\n")).collect();
        vec![Step::Send(ask.with_headers(&cookies))]
    }),
    Row::new("gives a reason of 1 MB", OPEN).heard(Accepted, |_| {
        let line = format!("HTTP/1.1 200 {}\r\n", "x".repeat(MEGABYTE));
        vec![Step::Send(line.into_bytes()), Step::Send(b"content-length: 0\r\n\r\n".to_vec())]
    }),
    Row::new("announces answers without end", OPEN)
        .heard(Accepted, |_| vec![Step::Forever(b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1000))]),
    Row::new(
        "says another thing each time",
        Verdict::AtMost(&["COUNT-LOW", "COUNT-HIGH", "STATUS-DOCUMENTED"]),
    )
    .heard(crate::server::About::Orders, |ask| {
        let wrong = ask.answer.is_some_and(|it| it.start_line().contains(" 422 "));
        let code =
            format!("{{\"success\":false,\"error\":{{\"message\":\"M{0}\",\"code\":\"C{0}\"}}}}", ask.nth);
        let answer = ask.with_body(code.as_bytes());
        let answer =
            String::from_utf8_lossy(&answer).replacen(" 422 ", &format!(" {} ", 430 + ask.nth % 60), 1);
        vec![Step::Send(if wrong { answer.into_bytes() } else { ask.right() })]
    }),
];
