//! What a generator may count on: states that can be set up, and orders that cost nobody money.

use crate::history::Tier;
use crate::plan::planner::Planner;

/// Whether provider states can set this up.
pub(super) fn can(p: &Planner<'_>, state: &str) -> bool {
    p.has_states() && p.world.extra_states.iter().any(|it| it == state)
}

/// Whether orders that a conforming server accepts are to be sent: money is free, and the tier buys at all.
pub(super) fn may_buy(p: &Planner<'_>) -> bool {
    p.has_states() && p.tier >= Tier::Standard
}
