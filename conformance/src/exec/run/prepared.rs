//! A request that is ready to be sent.

use spec::{OperationId, Pesewas};

use crate::exec::client::Timed;
use crate::history::{Exchange, Request, Trace};
use crate::plan::key::KeyHeader;

/// A request with everything but its answer.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) operation: OperationId,
    pub(super) actor: usize,
    pub(super) batch: Option<u32>,
    pub(super) request: Request,
    /// The properties that may be the reason if it gets no answer; empty unless it is sent alone.
    pub(super) kinds: Vec<String>,
    /// For an order of known price, the most that it may cost if it is charged once.
    pub(super) reserved: Option<Pesewas>,
    /// The position of the request among those of the case in the journal, once it is written there.
    pub(super) nth: Option<usize>,
    /// The trace context, which names the request in the server's logs.
    pub(super) trace: Option<Trace>,
    pub(super) key: Option<KeyHeader>,
}

impl Prepared {
    /// Returns the exchange of this request with its answer.
    pub(super) fn into_exchange(self, timed: Timed) -> Exchange {
        Exchange {
            operation: self.operation,
            actor: Some(self.actor),
            batch: self.batch,
            request: self.request,
            sent_us: timed.sent_us,
            done_us: timed.done_us,
            in_flight: timed.in_flight,
            shared: false,
            trace: self.trace,
            reserved: self.reserved,
            answer: timed.answer,
        }
    }
}
