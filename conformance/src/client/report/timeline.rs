//! The timeline of a scenario: the requests, the answers and the end of the program.

use serde::Serialize;

use crate::client::history::{Exchange, Place, Recording, Sent};
use crate::report::text::excerpt;

/// The largest number of characters of a body that are shown.
const BODY: usize = 160;
/// The largest number of entries; a client that polls causes hundreds.
const MOST: usize = 24;

/// One entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Moment {
    /// Milliseconds from the start of the scenario.
    pub millis: u64,
    /// The actor: `client`, `server` or `program`; `…` if entries are left out.
    pub who: &'static str,
    /// What happens.
    pub what: String,
    /// True for the entry that a finding is about.
    pub shown: bool,
}

/// Returns the timeline of a scenario; `marked` is the index of the exchange that a finding is about.
pub(super) fn timeline(recording: &Recording, marked: Option<usize>) -> Vec<Moment> {
    let mut moments = Vec::new();
    for (at, exchange) in recording.exchanges.iter().enumerate() {
        moments.push(Moment {
            millis: exchange.at_us / 1000,
            who: "client",
            what: asked(exchange),
            shown: marked == Some(at),
        });
        moments.push(answered(exchange));
    }
    moments.sort_by_key(|it| it.millis);
    let mut moments = around(moments);
    if let Some(end) = &recording.end {
        let how = match (end.stopped, end.code) {
            (true, _) => "is stopped, since it does not end".to_owned(),
            (false, Some(code)) => format!("ends with exit code {code}"),
            (false, None) => "is ended by a signal".to_owned(),
        };
        moments.push(Moment { millis: end.at_us / 1000, who: "program", what: how, shown: marked.is_none() });
    }
    moments
}

/// Keeps the entries around the marked one, if there are too many.
fn around(moments: Vec<Moment>) -> Vec<Moment> {
    let shown = moments.iter().position(|it| it.shown).unwrap_or(0);
    let start = shown.saturating_sub(MOST / 2).min(moments.len().saturating_sub(MOST));
    let later = moments.len().saturating_sub(start + MOST);
    let left_out = |millis: u64, what: String| Moment { millis, who: "…", what, shown: false };
    let (first, last) = (moments.first().map_or(0, |it| it.millis), moments.last().map_or(0, |it| it.millis));
    let mut kept: Vec<Moment> = moments.into_iter().skip(start).take(MOST).collect();
    if start > 0 {
        kept.insert(0, left_out(first, format!("{start} earlier")));
    }
    if later > 0 {
        kept.push(left_out(last, format!("{later} more")));
    }
    kept
}

fn asked(exchange: &Exchange) -> String {
    let place = match exchange.place {
        Place::Server => "",
        Place::Elsewhere => " (at another host)",
        Place::Untrusted => " (behind an untrusted certificate)",
    };
    let body =
        if exchange.body.is_empty() { String::new() } else { format!(" {}", excerpt(&exchange.body, BODY)) };
    format!("{} {}{place}{body}", excerpt(&exchange.method, 20), excerpt(&exchange.target, BODY))
}

fn answered(exchange: &Exchange) -> Moment {
    let how = exchange.disturbed.as_deref();
    let (millis, what) = match &exchange.answer {
        Some(answer) if answer.sent != Sent::Nothing => {
            let wait = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"));
            let wait =
                wait.map(|(_, value)| format!(" Retry-After: {}", excerpt(value, 40))).unwrap_or_default();
            let sent = match answer.sent {
                Sent::Part => " (cut off)",
                Sent::Abandoned => " (the client had left)",
                _ => "",
            };
            let how = how.map(|it| format!(" [{it}]")).unwrap_or_default();
            (answer.at_us, format!("{}{wait} {}{sent}{how}", answer.status, excerpt(&answer.body, BODY)))
        }
        answer => {
            let at = answer.as_ref().map_or(exchange.at_us, |it| it.at_us);
            (at, how.unwrap_or("no answer").to_owned())
        }
    };
    Moment { millis: millis / 1000, who: "server", what, shown: false }
}
