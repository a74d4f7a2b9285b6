//! Servers that do not answer, or answer late.

use std::time::Duration;

use crate::row::{Row, Verdict};
use crate::server::About::{Accepted, Everything, Later, Orders};
use crate::server::Step;

const STATUS: &[&str] = &["STATUS-DOCUMENTED"];

pub(crate) const ROWS: &[Row] = &[
    Row::new("takes connections and answers nothing", Verdict::NoRun)
        .unheard(Everything, |_| vec![Step::Hold])
        .says(&["no answer within"])
        .short(),
    Row::new("answers everything but orders", Verdict::AtMost(STATUS)).unheard(Orders, |_| vec![Step::Hold]),
    Row::new("takes the money and answers nothing", Verdict::AtMost(STATUS))
        .heard(Accepted, |_| vec![Step::Hold])
        .short(),
    Row::new("goes silent in mid-run", Verdict::AtMost(STATUS)).unheard(Later, |_| vec![Step::Hold]).short(),
    Row::new("answers a byte a second", Verdict::NoRun)
        .heard(Everything, |ask| vec![Step::Slowly(ask.right(), Duration::from_secs(1))]),
    Row::new("answers orders a byte a second", Verdict::AtMost(STATUS))
        .heard(Orders, |ask| vec![Step::Slowly(ask.right(), Duration::from_secs(1))]),
    Row::new("answers later each time until nothing comes", Verdict::AtMost(STATUS))
        .heard(Everything, |ask| {
            vec![Step::Wait(Duration::from_millis(5 * ask.nth as u64)), Step::Send(ask.right())]
        }),
    Row::new("stops behind the headers", Verdict::AtMost(STATUS)).heard(Accepted, |ask| {
        let head = format!("{}content-length: 100\r\n\r\n", ask.head());
        vec![Step::Send(head.into_bytes()), Step::Hold]
    }),
    Row::new("stops in the middle of the body", Verdict::AtMost(STATUS)).heard(Accepted, |ask| {
        let bytes = ask.right();
        vec![Step::Send(bytes[..bytes.len() - 20].to_vec()), Step::Hold]
    }),
    Row::new("keeps orders that it refuses waiting", Verdict::AtMost(STATUS))
        .heard(Orders, |ask| if ask.accepted() { vec![Step::Send(ask.right())] } else { vec![Step::Hold] }),
];
