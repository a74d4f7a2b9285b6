//! The events of a run, reported while it goes on.

use spec::Pesewas;

use crate::history::{Budget, End};

/// An event of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The plan is complete, and nothing has been sent yet.
    Planned {
        /// What the plan may cost.
        budget: Budget,
    },
    /// A file has been opened in which each order is written down before it is sent.
    Journal {
        /// The path of the file.
        path: std::path::PathBuf,
    },
    /// A case has ended.
    CaseDone {
        /// The position of the case in the plan.
        index: u64,
        /// Whether it is another try of a case that has ended before, after an answer was lost.
        again: bool,
        /// The number of requests that the case sent.
        requests: u64,
        /// The number of failures and warnings found in the case so far.
        findings: u64,
        /// What was charged according to the answers.
        charged: Pesewas,
    },
    /// A smaller form of a failing case was sent.
    Smaller {
        /// The number of requests that it sent.
        requests: u64,
        /// What was charged according to the answers.
        charged: Pesewas,
    },
    /// A cause was found for the first time. Later answers may still explain it, so the report may not have it.
    Finding {
        /// The requirement that the finding is likely to count against.
        requirement: String,
        /// The finding in one line.
        summary: String,
        /// The case in which it was found.
        case: String,
    },
    /// The server throttles: nothing is sent for a while, or the run continues at a lower rate.
    Waiting {
        /// The pause in milliseconds.
        wait_ms: u64,
        /// The maximum number of requests per second after the pause; `None` if there is no limit.
        rate: Option<u64>,
    },
    /// No connection to the server can be made: the run waits for it.
    Away {
        /// The reason.
        why: String,
        /// The longest wait in milliseconds, after which the run ends.
        wait_ms: u64,
    },
    /// Connections to the server can be made again, and the run goes on.
    Back {
        /// The time in milliseconds for which they could not.
        after_ms: u64,
    },
    /// What was set up is being torn down.
    TearDown {
        /// The number of provider states.
        states: u64,
    },
    /// Nothing more will be sent.
    Ended {
        /// The way in which the run ended.
        end: End,
    },
}

/// A receiver of events.
pub trait Sink {
    /// Receives an event. It must not block for long, and it can't fail.
    fn event(&mut self, event: &Event);
}

/// A receiver that ignores every event, for `--quiet`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Sink for Silent {
    fn event(&mut self, _event: &Event) {}
}

/// Keeps every event, for tests.
impl Sink for Vec<Event> {
    fn event(&mut self, event: &Event) {
        self.push(event.clone());
    }
}
