//! Where something stands in a history.

/// A position in a history: the case's id, its index in the plan, and the exchange.
pub(crate) type Place = (String, u64, usize);
