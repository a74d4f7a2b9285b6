//! What a step depends on that only a run shows: whether an order is sent at all, and which earlier order is read again.

/// Which of the orders that a run has placed with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// The first.
    First,
    /// The one with as many before it as behind it.
    Middle,
}

/// When an order is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// If no order for the same operator was accepted so far: it finds out which other numbers the operator takes.
    Unserved,
    /// If the wallet was last read to hold less than the order costs: what was to empty it may have been left out.
    Short,
}
