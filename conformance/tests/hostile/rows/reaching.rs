//! Servers that can't be reached, or not under their URL; and misbehaving handlers of provider states.

use crate::row::{Front, Row, Verdict};
use crate::server::About::{Everything, Later};
use crate::server::Step;

fn bare(status: &str, headers: &str) -> Vec<Step> {
    vec![Step::Send(format!("HTTP/1.1 {status}\r\n{headers}content-length: 0\r\n\r\n").into_bytes())]
}

pub(crate) const ROWS: &[Row] = &[
    Row::new("listens on IPv6 alone", Verdict::Right).at(Front::V6),
    Row::new("has a name that does not resolve", Verdict::NoRun).at(Front::NoName),
    Row::new("is not there", Verdict::NoRun).at(Front::Nobody),
    Row::new("takes no more connections", Verdict::NoRun).at(Front::FullQueue),
    Row::new("speaks plain HTTP where TLS is due", Verdict::NoRun).at(Front::PlainAsTls),
    Row::new("speaks TLS where plain HTTP is due", Verdict::NoRun).at(Front::TlsAsPlain),
    Row::new("shows a certificate that nobody signed", Verdict::NoRun).at(Front::SelfSigned),
    Row::new("shows a certificate that has expired", Verdict::NoRun).at(Front::Expired),
    Row::new("shows a certificate for another name", Verdict::NoRun).at(Front::WrongName),
    Row::new("has states that are never set up", Verdict::NoRun)
        .at(Front::States)
        .unheard(Everything, |_| vec![Step::Hold]),
    Row::new("has states that go silent in mid-run", Verdict::Open)
        .at(Front::States)
        .unheard(Later, |_| vec![Step::Hold])
        .short(),
    Row::new("has states whose answers never end", Verdict::NoRun).at(Front::States).heard(
        Everything,
        |_| {
            vec![
                Step::Send(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec()),
                Step::Forever(vec![b'x'; 65_536]),
            ]
        },
    ),
    Row::new("has states whose answers never end in mid-run", Verdict::Open).at(Front::States).heard(
        Later,
        |_| {
            vec![
                Step::Send(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec()),
                Step::Forever(vec![b'x'; 65_536]),
            ]
        },
    ),
    Row::new("has states nested 100,000 deep", Verdict::NoRun)
        .at(Front::States)
        .heard(Everything, |ask| vec![Step::Send(ask.with_body("[".repeat(100_000).as_bytes()))]),
    Row::new("has states that break down", Verdict::NoRun)
        .at(Front::States)
        .unheard(Everything, |_| bare("500 Internal Server Error", "")),
    Row::new("has states that break down in mid-run", Verdict::Open)
        .at(Front::States)
        .unheard(Later, |_| bare("500 Internal Server Error", "")),
    Row::new("has states that ask to wait an hour", Verdict::Open)
        .at(Front::States)
        .unheard(Later, |_| bare("429 Too Many Requests", "retry-after: 3600\r\n")),
];
