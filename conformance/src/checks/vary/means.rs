//! What a generator may rely on: states that can be set up, and orders that cost no real money.

use crate::history::Tier;
use crate::plan::case::{Actor, Step};
use crate::plan::planner::Planner;

/// Returns true if provider states can set up this state.
pub(super) fn can(p: &Planner<'_>, state: &str) -> bool {
    p.has_states() && p.environment.extra_states.iter().any(|it| it == state)
}

/// Returns the roles that may buy for which accepted orders are varied: each of them with provider states, and the first
/// of them on fixed accounts, where such orders cost real money. Only the tier `standard` and higher ones send them.
pub(super) fn spenders(p: &Planner<'_>) -> Vec<String> {
    let most = match (p.tier >= Tier::Standard, p.has_states()) {
        (false, _) => 0,
        (true, false) => 1,
        (true, true) => usize::MAX,
    };
    p.buyers().into_iter().take(most).collect()
}

/// Returns what a case on these actors reads first: the wallets of fixed accounts, whose balances others may have changed.
pub(super) fn opening(actors: &[Actor]) -> Vec<Step> {
    let fixed = actors.iter().enumerate().filter(|(_, it)| matches!(it, Actor::Fixed(_)));
    fixed.map(|(at, _)| Step::Wallet(at)).collect()
}

/// Returns true if orders that a conforming server accepts are to be sent: they cost no real money, and the tier is
/// `standard` or higher.
pub(super) fn may_buy(p: &Planner<'_>) -> bool {
    p.has_states() && p.tier >= Tier::Standard
}
