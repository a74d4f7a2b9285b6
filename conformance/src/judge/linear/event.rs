//! What happens to a wallet, and when.

use spec::Pesewas;

/// What an event says of the wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    /// An order or retry of this total was accepted: the balance covered it, and it was taken. Below zero it is a refund.
    Debit(Pesewas),
    /// The balance was said not to cover this total.
    Refused(Pesewas),
    /// The answer was lost: taken at any time after the start if the balance covered it then, or never.
    Maybe(Pesewas),
    /// The spendable balance that was read.
    Read(Pesewas),
}

/// An event of a wallet: between its start and its end it took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    /// What happened.
    pub(crate) op: Op,
    /// When the request was sent, in microseconds.
    pub(crate) start_us: u64,
    /// When its answer was there; `u64::MAX` for none. An event comes before another that starts later than this.
    pub(crate) end_us: u64,
}

impl Event {
    /// When it is due; a lost order never is, whatever time its answer was given up.
    pub(super) fn due(&self) -> u64 {
        if matches!(self.op, Op::Maybe(_)) { u64::MAX } else { self.end_us.max(self.start_us) }
    }
}
