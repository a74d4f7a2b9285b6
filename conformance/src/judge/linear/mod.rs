//! Decides whether a wallet's history is linearizable: whether one order of its events, consistent with real time,
//! explains every answer.
//!
//! It is a search in the manner of Wing, Gong and Lowe over the sets of events placed so far: the balance depends on
//! that set alone, so each set is visited once. `search` says what keeps the search small.

mod event;
mod search;
mod timeline;

pub(crate) use event::{Event, Op};
use search::{Deepest, Found, Search};
use spec::Pesewas;

/// Whether a history is linearizable. Events are named by their position in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Linear {
    /// The history is linearizable.
    Yes {
        /// An order of the events that explains it; lost orders that it does not contain had no effect.
        order: Vec<usize>,
    },
    /// The history is not linearizable.
    No(Contradiction),
    /// The search was given up.
    Undecided {
        /// The number of sets of events visited until then.
        nodes: u64,
    },
}

/// Why no order of events explains a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contradiction {
    /// The first answer, in the order of arrival, that can't be explained: everything answered before it has an
    /// explanation (as far as the search within its bound could decide).
    pub(crate) culprit: usize,
    /// The longest order of events up to that answer that explains each of its own events.
    pub(crate) order: Vec<usize>,
    /// The events that could come next after this order, none of which fits.
    pub(crate) stuck: Vec<usize>,
    /// The balances that orders of that length lead to, ascending; at most the first [`MOST_BALANCES`].
    pub(crate) balances: Vec<Pesewas>,
}

/// The most balances that a contradiction names.
const MOST_BALANCES: usize = 16;

/// Searches for an order that explains the events of one wallet, visiting at most `max_nodes` sets of events.
#[must_use]
pub(crate) fn check(opening: Pesewas, events: &[Event], max_nodes: u64) -> Linear {
    let whole = events.iter().copied().enumerate();
    let mut deepest = match Search::new(opening, whole).run(max_nodes) {
        Found::Yes(order) => return Linear::Yes { order },
        Found::Undecided => return Linear::Undecided { nodes: max_nodes },
        Found::No(deepest) => deepest,
    };
    // If a history can be explained up to one answer, it can be up to each earlier one, so the first failing cut is
    // found by bisection.
    let mut arrivals: Vec<usize> = (0..events.len()).collect();
    arrivals.sort_by_key(|at| events[*at].due());
    let (mut good, mut bad) = (0, events.len());
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        match Search::new(opening, cut(events, &arrivals, middle)).run(max_nodes) {
            Found::No(found) => (bad, deepest) = (middle, found),
            Found::Yes(_) | Found::Undecided => good = middle,
        }
    }
    let Deepest { order, stuck, balances } = deepest;
    let balances = balances.into_iter().take(MOST_BALANCES).collect();
    Linear::No(Contradiction { culprit: arrivals[bad - 1], order, stuck, balances })
}

/// Returns the history as it stood when the first `kept` answers had arrived; the later ones are still pending.
fn cut<'a>(
    events: &'a [Event],
    arrivals: &'a [usize],
    kept: usize,
) -> impl Iterator<Item = (usize, Event)> + 'a {
    let now = events[arrivals[kept - 1]].due();
    arrivals.iter().enumerate().filter_map(move |(rank, at)| {
        let event = events[*at];
        let op = match event.op {
            op if rank < kept => return Some((*at, Event { op, ..event })),
            _ if event.start_us > now => return None,
            Op::Debit(total) | Op::Maybe(total) => Op::Maybe(total),
            Op::Read(_) | Op::Refused(_) => return None,
        };
        Some((*at, Event { op, start_us: event.start_us, end_us: u64::MAX }))
    })
}

#[cfg(test)]
mod tests;
