//! What a generator may rely on: states that can be set up, and orders that cost no real money.

use crate::history::Tier;
use crate::plan::planner::Planner;

/// Returns true if provider states can set up this state.
pub(super) fn can(p: &Planner<'_>, state: &str) -> bool {
    p.has_states() && p.environment.extra_states.iter().any(|it| it == state)
}

/// Returns true if orders that a conforming server accepts are to be sent: they cost no real money, and the tier is
/// `standard` or higher.
pub(super) fn may_buy(p: &Planner<'_>) -> bool {
    p.has_states() && p.tier >= Tier::Standard
}
