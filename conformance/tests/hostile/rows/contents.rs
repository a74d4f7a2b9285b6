//! Servers whose answers have unusual content.

use base64::Engine as _;

use crate::row::{Row, Verdict};
use crate::server::About::{Accepted, Everything, Orders};
use crate::server::{Ask, Step};

const FORM: Verdict = Verdict::AtMost(&["RESP-STATUS", "RESP-SHAPE", "STATUS-DOCUMENTED"]);

/// Returns the correct answer with one text replaced.
fn replaced(ask: &Ask<'_>, from: &str, to: &str) -> Vec<Step> {
    let body = String::from_utf8_lossy(&ask.body()).replacen(from, to, 1);
    vec![Step::Send(ask.with_body(body.as_bytes()))]
}

/// Returns the correct answer with an additional first member.
fn with_member(ask: &Ask<'_>, member: &str) -> Vec<Step> {
    replaced(ask, "{", &format!("{{{member},"))
}

/// Returns the correct answer with another total.
fn total(ask: &Ask<'_>, to: &str) -> Vec<Step> {
    let body = String::from_utf8_lossy(&ask.body()).into_owned();
    let begin = body.find("\"totalAmount\":").map_or(0, |it| it + 14);
    let end = body[begin..].find([',', '}']).map_or(begin, |it| begin + it);
    vec![Step::Send(ask.with_body(format!("{}{to}{}", &body[..begin], &body[end..]).as_bytes()))]
}

fn coded(ask: &Ask<'_>, coding: &str, body: &[u8]) -> Vec<Step> {
    let head = format!("{}content-encoding: {coding}\r\ncontent-length: {}\r\n\r\n", ask.head(), body.len());
    vec![Step::Send([head.as_bytes(), body].concat())]
}

fn key(ask: &Ask<'_>) -> String {
    ask.request.header("x-api-key").unwrap_or_default()
}

/// Returns an answer that repeats a form of the key.
fn echoed(ask: &Ask<'_>, form: &str) -> Vec<Step> {
    with_member(ask, &format!("\"echo\":\"you sent {form}, thank you\""))
}

pub(crate) const ROWS: &[Row] = &[
    Row::new("says gzip and sends plain text", FORM)
        .heard(Accepted, |ask| coded(ask, "gzip", &ask.body()))
        .says(&["gzip"])
        .short(),
    Row::new("uses a coding that nobody asked for", FORM)
        .heard(Accepted, |ask| coded(ask, "br", b"\x0b\x02\x80{}\x03")),
    Row::new("names a coding that nobody knows", FORM)
        .heard(Accepted, |ask| coded(ask, "rot13", &ask.body())),
    Row::new("uses gzip unasked", Verdict::Right).heard(Everything, |ask| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, &ask.body()).unwrap();
        coded(ask, "gzip", &encoder.finish().unwrap())
    }),
    Row::new("nests JSON 100,000 deep", FORM)
        .heard(Accepted, |ask| {
            with_member(ask, &format!("\"deep\":{}{}", "[".repeat(100_000), "]".repeat(100_000)))
        })
        .says(&["nested"])
        .short(),
    Row::new(
        "nests JSON 100,000 deep everywhere",
        Verdict::AtMost(&["RESP-STATUS", "RESP-SHAPE", "ERR-ENVELOPE"]),
    )
    .heard(Everything, |ask| {
        with_member(ask, &format!("\"deep\":{}{}", "[".repeat(100_000), "]".repeat(100_000)))
    }),
    Row::new("sends bytes that are not UTF-8", FORM).heard(Accepted, |ask| {
        let body = ask.body();
        let at = body.iter().position(|it| *it == b'"').unwrap_or(0) + 1;
        let body = [&body[..at], b"\xff\xfe", &body[at..]].concat();
        vec![Step::Send(ask.with_body(&body))]
    }),
    Row::new("sends UTF-16", FORM).heard(Accepted, |ask| {
        let text = String::from_utf8_lossy(&ask.body()).into_owned();
        let body: Vec<u8> =
            [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        vec![Step::Send(ask.with_body(&body))]
    }),
    Row::new("sends a byte order mark", FORM).heard(Accepted, |ask| {
        vec![Step::Send(ask.with_body(&[b"\xEF\xBB\xBF".as_slice(), &ask.body()].concat()))]
    }),
    Row::new("charges NaN", FORM).heard(Accepted, |ask| total(ask, "NaN")),
    Row::new("charges 1e999", Verdict::AtMost(&["RESP-TOTAL", "RESP-STATUS", "RESP-SHAPE"]))
        .heard(Accepted, |ask| total(ask, "1e999")),
    Row::new("charges an amount of 40 digits", Verdict::AtMost(&["RESP-TOTAL"]))
        .heard(Accepted, |ask| total(ask, &"9".repeat(40))),
    Row::new(
        "charges a negative amount",
        Verdict::AtMost(&[
            "RESP-TOTAL",
            "RESP-SHAPE",
            "MONEY-DEBIT",
            "ORDER-STATUS",
            "MONEY-RACE",
            "ORDER-LIST",
        ]),
    )
    .heard(Accepted, |ask| total(ask, "-1")),
    Row::new("names each member twice", Verdict::AtMost(&["RESP-TOTAL", "RESP-STATUS", "RESP-SHAPE"]))
        .heard(Accepted, |ask| replaced(ask, "\"totalAmount\":", "\"totalAmount\":0,\"totalAmount\":")),
    Row::new("sends JSON that is cut short", FORM).heard(Accepted, |ask| {
        let body = ask.body();
        vec![Step::Send(ask.with_body(&body[..body.len() - 5]))]
    }),
    Row::new("sends nothing with 200", FORM).heard(Accepted, |ask| vec![Step::Send(ask.with_body(b""))]),
    Row::new("sends NUL bytes", FORM).heard(Accepted, |ask| vec![Step::Send(ask.with_body(&[0; 500]))]),
    Row::new("sends control bytes in a header", Verdict::AtMost(&["STATUS-DOCUMENTED"]))
        .heard(Accepted, |ask| vec![Step::Send(ask.with_headers("x-odd: a\x01\x02\x1b[31mred\r\n"))]),
    Row::new("draws on the terminal and writes HTML", Verdict::Fails(&["ERR-CODE"])).heard(Orders, |ask| {
        let odd = "\\u001b[2J\\u001b[31m<script>alert(1)</script>\\u202e";
        let body = format!("{{\"success\":false,\"error\":{{\"message\":\"{odd}\",\"code\":\"{odd}\"}}}}");
        if ask.accepted() {
            vec![Step::Send(ask.right())]
        } else {
            vec![Step::Send(ask.with_body(body.as_bytes()))]
        }
    }),
    Row::new("repeats the key", Verdict::Fails(&["ERR-LEAK"]))
        .heard(Accepted, |ask| echoed(ask, &key(ask)))
        .short(),
    Row::new("repeats the key percent-encoded", Verdict::Fails(&["ERR-LEAK"])).heard(Accepted, |ask| {
        let form: String = key(ask).bytes().map(|it| format!("%{it:02x}")).collect();
        echoed(ask, &form)
    }),
    Row::new("repeats the key in base64", Verdict::Fails(&["ERR-LEAK"]))
        .heard(Accepted, |ask| echoed(ask, &base64::engine::general_purpose::STANDARD.encode(key(ask)))),
    Row::new("repeats the key in a header", Verdict::Fails(&["ERR-LEAK"]))
        .heard(Accepted, |ask| vec![Step::Send(ask.with_headers(&format!("x-you-sent: {}\r\n", key(ask))))]),
    Row::new("repeats the key where a long body is cut", Verdict::AtMost(&["ERR-LEAK", "STATUS-DOCUMENTED"]))
        .heard(Accepted, |ask| {
            // The key is repeated, so that a body is cut in the middle of one wherever it is cut.
            let one = format!("{} ", key(ask));
            let head = format!("{}connection: close\r\n\r\n", ask.head());
            vec![Step::Send(head.into_bytes()), Step::Again(one.repeat(1000).into_bytes(), 400), Step::Close]
        })
        .short(),
    Row::new(
        "repeats the key and closes in the middle of it",
        Verdict::AtMost(&["ERR-LEAK", "STATUS-DOCUMENTED"]),
    )
    .heard(Accepted, |ask| {
        let key = key(ask);
        let head = format!("{}content-length: 5000\r\n\r\n{key} {}", ask.head(), &key[..key.len() - 3]);
        vec![Step::Send(head.into_bytes()), Step::Close]
    }),
    Row::new("repeats the key in a status line", Verdict::AtMost(&["ERR-LEAK", "STATUS-DOCUMENTED"]))
        .heard(Accepted, |ask| {
            vec![Step::Send(format!("HTTP/1.1 {} OK\r\n\r\n", key(ask)).into_bytes()), Step::Close]
        }),
];
