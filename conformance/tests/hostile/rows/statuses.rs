//! Servers that answer with statuses that have a special meaning for a client.

use std::time::Duration;

use crate::row::{Row, Verdict};
use crate::server::About::{Accepted, Everything, Later, Orders};
use crate::server::{Ask, Step};

/// A server that charges for an order and then refuses it or does not confirm it.
const CHARGED: Verdict =
    Verdict::AtMost(&["ROUTE-POST", "STATUS-DOCUMENTED", "MONEY-REJECT", "MONEY-RACE", "ERR-ENVELOPE"]);

/// A server that accepts an order, and answers with a wrong status.
const ACCEPTED: Verdict = Verdict::Fails(&["ROUTE-POST"]);

/// Returns an answer without a body.
fn bare(status: &str, headers: &str) -> Vec<Step> {
    vec![Step::Send(format!("HTTP/1.1 {status}\r\n{headers}content-length: 0\r\n\r\n").into_bytes())]
}

/// Returns the correct answer with another status.
fn under(ask: &Ask<'_>, status: &str) -> Vec<Step> {
    let bytes = ask.right();
    let end = bytes.iter().position(|it| *it == b'\r').unwrap_or(0);
    vec![Step::Send([format!("HTTP/1.1 {status}").as_bytes(), &bytes[end..]].concat())]
}

/// Returns the correct answer after another one.
fn behind(ask: &Ask<'_>, first: &str) -> Vec<Step> {
    vec![Step::Send([first.as_bytes(), &ask.right()].concat())]
}

pub(crate) const ROWS: &[Row] = &[
    Row::new("says 100 before every answer", Verdict::Right)
        .heard(Everything, |ask| behind(ask, "HTTP/1.1 100 Continue\r\n\r\n")),
    Row::new("says 103 before every answer", Verdict::Right)
        .heard(Everything, |ask| behind(ask, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")),
    Row::new("says 103 fifty times before every answer", Verdict::Right)
        .heard(Everything, |ask| behind(ask, &"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50))),
    Row::new("switches protocols", CHARGED).heard(Accepted, |_| {
        bare("101 Switching Protocols", "connection: upgrade\r\nupgrade: websocket\r\n")
    }),
    Row::new("accepts with 204 and a body", ACCEPTED).heard(Accepted, |ask| under(ask, "204 No Content")),
    Row::new("accepts with 202", ACCEPTED).heard(Accepted, |ask| under(ask, "202 Accepted")),
    Row::new("answers 500 to what it charges", CHARGED)
        .heard(Accepted, |ask| under(ask, "500 Internal Server Error"))
        .short(),
    Row::new("answers 502 to what it charges", CHARGED).heard(Accepted, |ask| under(ask, "502 Bad Gateway")),
    Row::new("answers 400 to what it charges", CHARGED).heard(Accepted, |ask| under(ask, "400 Bad Request")),
    Row::new("redirects everything in a circle", Verdict::NoRun).unheard(Everything, |ask| {
        let path = ask.request.start_line().split(' ').nth(1).unwrap_or_default().to_owned();
        bare("307 Temporary Redirect", &format!("location: {path}\r\n"))
    }),
    Row::new(
        "redirects orders in a circle",
        Verdict::AtMost(&["STATUS-DOCUMENTED", "ROUTE-POST", "COUNT-RANGE"]),
    )
    .unheard(Orders, |ask| {
        let path = ask.request.start_line().split(' ').nth(1).unwrap_or_default().to_owned();
        bare("307 Temporary Redirect", &format!("location: {path}\r\n"))
    }),
    Row::new(
        "redirects orders to another host",
        Verdict::AtMost(&["STATUS-DOCUMENTED", "ROUTE-POST", "COUNT-RANGE"]),
    )
    .unheard(Orders, |_| bare("308 Permanent Redirect", "location: http://127.0.0.1:9/elsewhere\r\n")),
    Row::new("asks to wait a year", Verdict::Open)
        .unheard(Later, |_| bare("429 Too Many Requests", "retry-after: 31536000\r\n"))
        .short(),
    Row::new("asks to wait an hour for every order", Verdict::Open)
        .unheard(Orders, |_| bare("429 Too Many Requests", "retry-after: 3600\r\n")),
    Row::new("asks to wait until a date in the past", Verdict::Open)
        .unheard(Orders, |_| bare("429 Too Many Requests", "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n")),
    Row::new("asks to wait until a far date", Verdict::Open)
        .unheard(Orders, |_| bare("429 Too Many Requests", "retry-after: Fri, 31 Dec 9999 23:59:59 GMT\r\n")),
    Row::new("throttles without a word how long", Verdict::Open)
        .unheard(Orders, |_| bare("429 Too Many Requests", "")),
    Row::new("asks to wait a second each time", Verdict::Open)
        .unheard(Orders, |_| bare("429 Too Many Requests", "retry-after: 1\r\n")),
    Row::new("is busy, and asks to wait an hour", Verdict::AtMost(&["ROUTE-POST", "STATUS-DOCUMENTED"]))
        .unheard(Orders, |_| bare("503 Service Unavailable", "retry-after: 3600\r\n")),
    Row::new("waits half a second and answers 418", CHARGED).heard(Accepted, |ask| {
        let mut steps = vec![Step::Wait(Duration::from_millis(500))];
        steps.extend(under(ask, "418 I'm a teapot"));
        steps
    }),
];
