//! What a run tells while it runs.

use spec::Pesewas;

use crate::history::{Budget, End};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The plan is made and nothing is sent yet.
    Planned {
        /// What it may cost.
        budget: Budget,
    },
    /// Orders are written to a file before they are sent.
    Journal {
        /// Which.
        path: std::path::PathBuf,
    },
    /// A case is over.
    CaseDone {
        /// Its position in the plan.
        index: u64,
        /// Requests that it sent.
        requests: u64,
        /// Failures and warnings seen in it so far.
        findings: u64,
        /// What its answers say was charged.
        charged: Pesewas,
    },
    /// A smaller form of a failing case was sent.
    Smaller {
        /// Requests that it took.
        requests: u64,
        /// What its answers say was charged.
        charged: Pesewas,
    },
    /// The first sight of a cause.
    Finding {
        /// Requirement that it is likely to be charged to.
        requirement: String,
        /// In a line.
        summary: String,
        /// Case in which it was seen.
        case: String,
    },
    /// The server throttles: nothing is sent for a while, or less from now on.
    Waiting {
        /// For how many milliseconds.
        wait_ms: u64,
        /// Requests a second, at most, from then on.
        rate: Option<u64>,
    },
    /// What was set up is torn down.
    TearDown {
        /// Provider states.
        states: u64,
    },
    /// Nothing more will be sent.
    Ended {
        /// How the run ended.
        end: End,
    },
}

/// Whoever listens to a run.
pub trait Sink {
    /// Takes note of an event; must neither block for long nor fail.
    fn event(&mut self, event: &Event);
}

/// Listens to nothing: for `--quiet`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Sink for Silent {
    fn event(&mut self, _event: &Event) {}
}

/// Keeps every event: for tests.
impl Sink for Vec<Event> {
    fn event(&mut self, event: &Event) {
        self.push(event.clone());
    }
}
