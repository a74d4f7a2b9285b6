//! Whether a wallet's history is linearizable: one order of its events, true to real time, explains every answer.
//!
//! A search in the manner of Wing, Gong and Lowe over the set of events placed so far: the balance depends on that set
//! alone, so each set is visited once. `search` says what keeps it small.

mod event;
mod search;
mod timeline;

pub(crate) use event::{Event, Op};
use search::{Deepest, Found, Search};
use spec::Pesewas;

/// Whether a history is linearizable. Events are named by their position in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Linear {
    /// It is.
    Yes {
        /// An order that explains it; lost orders that are not in it had no effect.
        order: Vec<usize>,
    },
    /// It is not.
    No(Contradiction),
    /// The search was given up.
    Undecided {
        /// Sets of events visited until then.
        nodes: u64,
    },
}

/// Why no order explains a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contradiction {
    /// The first answer, in the order of arrival, that made it impossible: everything that was answered before has an
    /// explanation (so far as the bound on nodes let this be found out).
    pub(crate) culprit: usize,
    /// The longest order of the events up to that answer that explains each of its own.
    pub(crate) order: Vec<usize>,
    /// Events whose turn it is after this order, none of which fits.
    pub(crate) stuck: Vec<usize>,
    /// Balances that orders of that length lead to, ascending; the first few where they are many.
    pub(crate) balances: Vec<Pesewas>,
}

/// Most balances that a contradiction names.
const MOST_BALANCES: usize = 16;

/// Looks for an order that explains the events of one wallet, visiting at most `max_nodes` sets of events.
#[must_use]
pub(crate) fn check(opening: Pesewas, events: &[Event], max_nodes: u64) -> Linear {
    let whole = events.iter().copied().enumerate();
    let mut deepest = match Search::new(opening, whole).run(max_nodes) {
        Found::Yes(order) => return Linear::Yes { order },
        Found::Undecided => return Linear::Undecided { nodes: max_nodes },
        Found::No(deepest) => deepest,
    };
    // A history that can be explained up to an answer can be up to each earlier one: the first bad cut is found by halving.
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

/// The history as it stood when the first `kept` answers had arrived: later ones are still open.
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
