//! The events of a wallet and their times.

use spec::Pesewas;

/// What an event says about the wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    /// An order or retry with this total was accepted: the balance covered it and was debited. A negative total is a
    /// refund.
    Debit(Pesewas),
    /// An order with this total was refused because the balance did not cover it.
    Refused(Pesewas),
    /// The answer to an order was lost: it was debited at any time after its start if the balance covered it then, or
    /// never.
    Maybe(Pesewas),
    /// The spendable balance that was read.
    Read(Pesewas),
}

/// An event of a wallet, which took effect at some moment between its start and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    /// What the event says about the wallet.
    pub(crate) op: Op,
    /// When the request was sent, in microseconds.
    pub(crate) start_us: u64,
    /// When its answer arrived, in microseconds; `u64::MAX` for none. An event precedes any other that starts after
    /// this.
    pub(crate) end_us: u64,
}

impl Event {
    /// Returns the time by which the event took effect: `u64::MAX` for a lost order, whenever waiting for its answer
    /// ended.
    pub(super) fn due(&self) -> u64 {
        if matches!(self.op, Op::Maybe(_)) { u64::MAX } else { self.end_us.max(self.start_us) }
    }
}
