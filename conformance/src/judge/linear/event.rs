//! What happens to a wallet, and when.

use spec::Pesewas;

/// What an event says of the wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// An order or retry of this total was accepted: the balance covered it, and it was taken.
    Debit(Pesewas),
    /// The balance was said not to cover this total.
    Refused(Pesewas),
    /// The answer was lost: taken at any time after the start if the balance covered it then, or never.
    Maybe(Pesewas),
    /// The spendable balance that was read.
    Read(Pesewas),
    /// A refund. With an open end it may never have come.
    Credit(Pesewas),
}

/// An event of a wallet: between its start and its end it took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub op: Op,
    /// When the request was sent, in microseconds.
    pub start_us: u64,
    /// When its answer was there; `u64::MAX` for none. An event comes before another that starts later than this.
    pub end_us: u64,
}

impl Event {
    /// When it is due; a lost order never is, whatever time its answer was given up.
    pub(super) fn due(&self) -> u64 {
        if matches!(self.op, Op::Maybe(_)) { u64::MAX } else { self.end_us.max(self.start_us) }
    }
}
