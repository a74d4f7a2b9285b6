//! Servers that close connections early.

use crate::row::{Row, Verdict};
use crate::server::About::{Accepted, Everything, Later, Orders};
use crate::server::Step;

const STATUS: &[&str] = &["STATUS-DOCUMENTED"];

pub(crate) const ROWS: &[Row] = &[
    Row::new("closes behind every request", Verdict::NoRun)
        .unheard(Everything, |_| vec![Step::Close])
        .says(&["without an answer"]),
    Row::new("closes behind every order", Verdict::Fails(STATUS)).unheard(Orders, |_| vec![Step::Close]),
    Row::new("takes the money and closes", Verdict::Fails(STATUS))
        .heard(Accepted, |_| vec![Step::Close])
        .short(),
    Row::new("closes behind the status line", Verdict::Fails(STATUS))
        .heard(Accepted, |_| vec![Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Step::Close]),
    Row::new("closes behind the headers", Verdict::Fails(STATUS)).heard(Accepted, |ask| {
        let head = format!("{}content-length: 100\r\n\r\n", ask.head());
        vec![Step::Send(head.into_bytes()), Step::Close]
    }),
    Row::new("closes in the middle of the body", Verdict::Fails(STATUS)).heard(Accepted, |ask| {
        let bytes = ask.right();
        vec![Step::Send(bytes[..bytes.len() - 20].to_vec()), Step::Close]
    }),
    Row::new("resets every connection", Verdict::NoRun).unheard(Everything, |_| vec![Step::Reset]),
    Row::new("takes the money and resets", Verdict::Fails(STATUS)).heard(Accepted, |_| vec![Step::Reset]),
    Row::new("resets in the middle of the body", Verdict::Fails(STATUS)).heard(Accepted, |ask| {
        let bytes = ask.right();
        vec![Step::Send(bytes[..bytes.len() - 20].to_vec()), Step::Reset]
    }),
    Row::new("closes kept connections without a word", Verdict::Right).heard(Everything, |ask| {
        let send = Step::Send(ask.right());
        if ask.nth % 3 == 0 { vec![send, Step::Close] } else { vec![send] }
    }),
    Row::new("goes away in mid-run and comes back", Verdict::AtMost(STATUS))
        .heard(Later, |ask| if ask.nth == 60 { vec![Step::Restart] } else { vec![Step::Send(ask.right())] }),
    Row::new("dies in mid-run", Verdict::AtMost(STATUS)).unheard(Later, |_| vec![Step::Reset]),
];
