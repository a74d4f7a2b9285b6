//! What the state of an order or a recipient says: whether it changes by itself, and whether it is a failure.

use spec::states::States;

/// Returns true if a state is a final one and not a failure, so that at least one recipient was served.
#[must_use]
pub(crate) fn is_served(states: &States, state: &str) -> bool {
    is_final(states, state) && !is_failed(state)
}

/// Returns true if a state is a known one that does not change by itself.
#[must_use]
pub(crate) fn is_final(states: &States, state: &str) -> bool {
    states.knows(state) && !states.is_under_way(state)
}

/// Returns true if a state says that a recipient failed.
#[must_use]
pub(crate) fn is_failed(state: &str) -> bool {
    state == "failed" || state == "reversed"
}
