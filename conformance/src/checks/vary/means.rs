//! What a generator may rely on: states that can be set up, and orders that cost no real money.

use crate::history::Tier;
use crate::plan::case::{Actor, Step};
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;
use spec::Pesewas;

/// Returns true if provider states can set up this state.
pub(super) fn can(p: &Planner<'_>, state: &str) -> bool {
    p.has_states() && p.environment.extra_states.iter().any(|it| it == state)
}

/// Returns the roles that may buy for which accepted orders are varied: each of them with provider states, and one of them
/// on fixed accounts, where such orders cost real money. Only the tier `standard` and higher ones send them.
///
/// Cases of one wallet go one after the other, so the generators take turns with the roles that have about as much money
/// as the richest.
pub(super) fn spenders(p: &Planner<'_>) -> Vec<String> {
    match (p.tier >= Tier::Standard, p.has_states()) {
        (false, _) => Vec::new(),
        (true, true) => p.buyers(),
        (true, false) => {
            let mut buyers = p.buyers();
            let most = buyers.iter().filter_map(|role| p.richest(role)).max().unwrap_or_default();
            buyers.retain(|role| p.richest(role).is_none_or(|it| it * 2 >= most));
            buyers.into_iter().cycle().nth(p.turn).into_iter().collect()
        }
    }
}

/// Returns orders of one account that must all be refused, and what they would cost in all; `None` if the catalog does not
/// allow one of them.
pub(super) fn all_refused(p: &mut Planner<'_>, drafts: &[OrderDraft]) -> Option<(Vec<Step>, Pesewas)> {
    let (mut steps, mut funds) = (Vec::new(), Pesewas::ZERO);
    for draft in drafts {
        let mut rendered = p.render(draft, 0)?;
        funds += rendered.price();
        rendered.outgoing.cost.refused();
        steps.push(Step::Order(rendered.outgoing));
    }
    Some((steps, funds))
}

/// Returns true if orders that a conforming server accepts are to be sent: they cost no real money, and the tier is
/// `standard` or higher.
pub(super) fn may_buy(p: &Planner<'_>) -> bool {
    p.has_states() && p.tier >= Tier::Standard
}

/// Returns the fixed account of a role that holds the least: it may hold less than its smallest order costs, or will once other
/// cases have spent from it.
pub(super) fn poorest(p: &Planner<'_>, role: &str) -> Option<Actor> {
    let accounts = p.fixed_accounts(role).filter_map(|(at, left)| Some((left?, at)));
    accounts.min().map(|(_, at)| Actor::Fixed(at))
}
