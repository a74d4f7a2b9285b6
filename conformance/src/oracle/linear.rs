//! Whether a wallet's history is linearizable: one order of its events, true to real time, explains every answer.
//!
//! A search in the manner of Wing, Gong and Lowe over the set of events placed so far: the balance depends on that set
//! alone, so each set is visited once. Four observations keep it small, and none of them loses an order:
//!
//! - Reads and refusals change nothing, so each is placed as soon as it holds.
//! - Of changes by the same amount that could be placed now, the one that is due first goes first.
//! - Between a lost order and the next change nothing is gained unless a read or refusal is placed: lost orders wait.
//! - While no read or refusal is under way, the change that is due first can go first.

use std::collections::BTreeSet;

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

/// Whether a history is linearizable. Events are named by their position in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linear {
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
pub struct Contradiction {
    /// The first answer, in the order of arrival, that made it impossible: everything that was answered before has an
    /// explanation (so far as the bound on nodes let this be found out).
    pub culprit: usize,
    /// The longest order of the events up to that answer that explains each of its own.
    pub order: Vec<usize>,
    /// Events whose turn it is after this order, none of which fits.
    pub stuck: Vec<usize>,
    /// Balances that orders of that length lead to, ascending; the first few where they are many.
    pub balances: Vec<Pesewas>,
}

/// Most balances that a contradiction names.
const MOST_BALANCES: usize = 16;

/// Looks for an order that explains the events of one wallet, visiting at most `max_nodes` sets of events.
#[must_use]
pub fn check(opening: Pesewas, events: &[Event], max_nodes: u64) -> Linear {
    let whole = events.iter().copied().enumerate();
    let mut deepest = match Search::new(opening, whole).run(max_nodes) {
        Found::Yes(order) => return Linear::Yes { order },
        Found::Undecided => return Linear::Undecided { nodes: max_nodes },
        Found::No(deepest) => deepest,
    };
    // A history that can be explained up to an answer can be up to each earlier one: the first bad cut is found by halving.
    let mut arrivals: Vec<usize> = (0..events.len()).collect();
    arrivals.sort_by_key(|at| end_of(&events[*at]));
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

/// When an event is due; a lost order never is, whatever time its answer was given up.
fn end_of(event: &Event) -> u64 {
    if matches!(event.op, Op::Maybe(_)) { u64::MAX } else { event.end_us.max(event.start_us) }
}

/// The history as it stood when the first `kept` answers had arrived: later ones are still open.
fn cut<'a>(
    events: &'a [Event],
    arrivals: &'a [usize],
    kept: usize,
) -> impl Iterator<Item = (usize, Event)> + 'a {
    let now = end_of(&events[arrivals[kept - 1]]);
    arrivals.iter().enumerate().filter_map(move |(rank, at)| {
        let event = events[*at];
        let op = match event.op {
            op if rank < kept => return Some((*at, Event { op, ..event })),
            _ if event.start_us > now => return None,
            Op::Debit(total) | Op::Maybe(total) => Op::Maybe(total),
            Op::Credit(amount) => Op::Credit(amount),
            Op::Read(_) | Op::Refused(_) => return None,
        };
        Some((*at, Event { op, start_us: event.start_us, end_us: u64::MAX }))
    })
}

/// What an event with an answer does or claims; amounts in pesewas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Debit(i64),
    Credit(i64),
    Refused(i64),
    Read(i64),
}

impl Kind {
    /// Change of the balance.
    fn change(self) -> i64 {
        match self {
            Self::Debit(total) => -total,
            Self::Credit(amount) => amount,
            Self::Refused(_) | Self::Read(_) => 0,
        }
    }

    /// Whether it changes nothing.
    fn is_pure(self) -> bool {
        matches!(self, Self::Refused(_) | Self::Read(_))
    }

    /// Whether it can take effect at this balance.
    fn holds_at(self, balance: i64) -> bool {
        match self {
            Self::Debit(total) => balance >= total,
            Self::Credit(_) => true,
            Self::Refused(total) => balance < total,
            Self::Read(read) => balance == read,
        }
    }
}

/// An event that has to be placed.
#[derive(Debug, Clone, Copy)]
struct Due {
    at: usize,
    kind: Kind,
    start: u64,
    end: u64,
}

/// Lost orders of one total, earliest start first, which is the order in which they are placed.
#[derive(Debug)]
struct Lost {
    total: i64,
    starts: Vec<(u64, usize)>,
    placed: usize,
}

/// One step of an order.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Position in `due`.
    Due(usize),
    /// Position in `lost`.
    Lost(usize),
}

/// A choice and what is left of it.
struct Frame {
    moves: Vec<Step>,
    next: usize,
    /// Length of the order and first unplaced event before the choice.
    mark: (usize, usize),
}

#[derive(Debug, Default)]
struct Deepest {
    order: Vec<usize>,
    stuck: Vec<usize>,
    balances: BTreeSet<Pesewas>,
}

enum Found {
    Yes(Vec<usize>),
    No(Deepest),
    Undecided,
}

struct Search {
    /// By start.
    due: Vec<Due>,
    lost: Vec<Lost>,
    placed: Vec<u64>,
    /// First of `due` that is not placed.
    first: usize,
    order: Vec<Step>,
    /// How many of `due` are placed.
    depth: usize,
    balance: i64,
    /// What the lost orders may take at most, so that the balance covers all debits that were accepted.
    slack: i64,
}

/// What can be placed next, as far as real time goes.
struct Window {
    /// Unplaced events, in the order of their starts.
    open: Vec<usize>,
    /// The one that is due first.
    urgent: usize,
}

impl Search {
    fn new(opening: Pesewas, events: impl Iterator<Item = (usize, Event)>) -> Self {
        let mut due = Vec::new();
        let mut lost: Vec<Lost> = Vec::new();
        for (at, event) in events {
            let mut push = |kind| due.push(Due { at, kind, start: event.start_us, end: end_of(&event) });
            match event.op {
                // A total below zero is a refund by another name; nothing else rests on signs.
                Op::Debit(total) if total < Pesewas::ZERO => push(Kind::Credit((-total).get())),
                Op::Maybe(total) if total < Pesewas::ZERO => push(Kind::Credit((-total).get())),
                Op::Credit(amount) if amount < Pesewas::ZERO => push(Kind::Debit((-amount).get())),
                Op::Debit(total) => push(Kind::Debit(total.get())),
                Op::Credit(amount) => push(Kind::Credit(amount.get())),
                Op::Refused(total) => push(Kind::Refused(total.get())),
                Op::Read(balance) => push(Kind::Read(balance.get())),
                Op::Maybe(total) => match lost.iter_mut().find(|group| group.total == total.get()) {
                    Some(group) => group.starts.push((event.start_us, at)),
                    None => {
                        lost.push(Lost { total: total.get(), starts: vec![(event.start_us, at)], placed: 0 })
                    }
                },
            }
        }
        due.sort_by_key(|event| (event.start, event.end, event.at));
        lost.iter_mut().for_each(|group| group.starts.sort_unstable());
        let slack = due.iter().fold(opening.get(), |sum, event| sum.saturating_add(event.kind.change()));
        let placed = vec![0; due.len().div_ceil(64)];
        let balance = opening.get();
        Self { due, lost, placed, first: 0, order: Vec::new(), depth: 0, balance, slack }
    }

    /// Depth first, without recursion: a history may be thousands of events deep.
    fn run(mut self, max_nodes: u64) -> Found {
        let mut seen: BTreeSet<Box<[u64]>> = BTreeSet::new();
        let mut deepest = Deepest::default();
        let mut depth = None;
        let mut nodes = 0;
        let mut frames: Vec<Frame> = Vec::new();
        // Whether the last step was a lost order that has not let anything be placed yet.
        let mut idle = false;
        self.settle();
        loop {
            let Some(window) = self.window() else { return Found::Yes(self.names()) };
            let visit = !(idle && seen.contains(&self.key(false))) && seen.insert(self.key(idle));
            let mut moves = Vec::new();
            if visit {
                nodes += 1;
                if nodes > max_nodes {
                    return Found::Undecided;
                }
                moves = self.moves(&window, idle);
                if depth < Some(self.depth) {
                    depth = Some(self.depth);
                    let stuck = window.open.iter().map(|event| self.due[*event].at).collect();
                    deepest = Deepest { order: self.names(), stuck, balances: BTreeSet::new() };
                }
                if depth == Some(self.depth) {
                    deepest.balances.insert(Pesewas::new(self.balance));
                }
            }
            frames.push(Frame { moves, next: 0, mark: (self.order.len(), self.first) });
            let step = loop {
                let Some(frame) = frames.last_mut() else { return Found::No(deepest) };
                let (length, first) = frame.mark;
                let step = frame.moves.get(frame.next).copied();
                frame.next += 1;
                self.undo(length, first);
                match step {
                    Some(step) => break step,
                    None => frames.pop(),
                };
            };
            self.place(step);
            idle = !self.settle() && matches!(step, Step::Lost(_));
        }
    }

    /// Events that no other unplaced one has to precede; `None` when all are placed.
    fn window(&self) -> Option<Window> {
        let mut urgent = self.first;
        let mut earliest = self.due.get(urgent)?.end;
        let mut open = Vec::new();
        for (at, event) in self.due.iter().enumerate().skip(self.first) {
            if event.start > earliest {
                break;
            }
            if self.is_placed(at) {
                continue;
            }
            open.push(at);
            if event.end < earliest {
                (urgent, earliest) = (at, event.end);
            }
        }
        Some(Window { open, urgent })
    }

    /// The changes worth trying next, the most urgent first.
    fn moves(&self, window: &Window, idle: bool) -> Vec<Step> {
        let kinds = || window.open.iter().map(|at| self.due[*at].kind);
        let earliest = self.due[window.urgent].end;
        if window.open.iter().any(|at| !self.can_still_hold(&self.due[*at])) {
            return Vec::new();
        }
        if !kinds().any(Kind::is_pure) {
            let urgent = self.due[window.urgent].kind;
            if matches!(urgent, Kind::Credit(_)) || !kinds().any(|kind| matches!(kind, Kind::Credit(_))) {
                let possible = !idle && urgent.holds_at(self.balance);
                return if possible { vec![Step::Due(window.urgent)] } else { Vec::new() };
            }
        }
        // By amount, the one that is due first.
        let mut changes: Vec<usize> = Vec::new();
        for at in window.open.iter().copied().filter(|at| !self.due[*at].kind.is_pure()) {
            match changes.iter_mut().find(|other| self.due[**other].kind == self.due[at].kind) {
                Some(other) if self.due[at].end < self.due[*other].end => *other = at,
                Some(_) => {}
                None => changes.push(at),
            }
        }
        let lost = self.lost.iter().enumerate().filter(|(_, group)| {
            let next = group.starts.get(group.placed);
            next.is_some_and(|(start, _)| *start <= earliest)
                && group.total <= self.balance.min(self.slack)
                && !changes.iter().any(|at| self.due[*at].kind == Kind::Debit(group.total))
        });
        let lost = lost.map(|(group, _)| Step::Lost(group)).collect::<Vec<_>>();
        changes.retain(|at| !idle && self.due[*at].kind.holds_at(self.balance));
        changes.sort_by_key(|at| self.due[*at].end);
        changes.into_iter().map(Step::Due).chain(lost).collect()
    }

    /// Whether the changes that may come before a read or refusal can take the balance to where it holds.
    fn can_still_hold(&self, event: &Due) -> bool {
        let (low, high) = match event.kind {
            Kind::Read(read) => (read, read),
            Kind::Refused(total) => (i64::MIN, total - 1),
            Kind::Debit(_) | Kind::Credit(_) => return true,
        };
        let (mut least, mut most) = (self.balance, self.balance);
        for (at, other) in self.due.iter().enumerate().skip(self.first) {
            if other.start > event.end {
                break;
            }
            if !self.is_placed(at) {
                least += other.kind.change().min(0);
                most += other.kind.change().max(0);
            }
        }
        if least > high {
            let lost = self.lost.iter().flat_map(|group| {
                let timely =
                    group.starts.iter().skip(group.placed).take_while(|(start, _)| *start <= event.end);
                timely.map(|_| group.total)
            });
            least -= lost.sum::<i64>().min(self.slack);
        }
        least <= high && low <= most
    }

    /// Places every read and refusal that holds now; whether there was one.
    fn settle(&mut self) -> bool {
        let before = self.order.len();
        loop {
            while self.first < self.due.len() && self.is_placed(self.first) {
                self.first += 1;
            }
            let Some(window) = self.window() else { break };
            let holding = window.open.into_iter().filter(|at| {
                let kind = self.due[*at].kind;
                kind.is_pure() && kind.holds_at(self.balance)
            });
            let holding: Vec<usize> = holding.collect();
            if holding.is_empty() {
                break;
            }
            holding.into_iter().for_each(|at| self.place(Step::Due(at)));
        }
        self.order.len() > before
    }

    fn place(&mut self, step: Step) {
        self.order.push(step);
        match step {
            Step::Due(at) => {
                self.placed[at / 64] |= 1 << (at % 64);
                self.depth += 1;
                self.balance += self.due[at].kind.change();
            }
            Step::Lost(group) => {
                let group = &mut self.lost[group];
                group.placed += 1;
                self.balance -= group.total;
                self.slack -= group.total;
            }
        }
    }

    fn undo(&mut self, length: usize, first: usize) {
        for step in self.order.drain(length..) {
            match step {
                Step::Due(at) => {
                    self.placed[at / 64] &= !(1 << (at % 64));
                    self.depth -= 1;
                    self.balance -= self.due[at].kind.change();
                }
                Step::Lost(group) => {
                    let group = &mut self.lost[group];
                    group.placed -= 1;
                    self.balance += group.total;
                    self.slack += group.total;
                }
            }
        }
        self.first = first;
    }

    fn is_placed(&self, at: usize) -> bool {
        self.placed[at / 64] >> (at % 64) & 1 == 1
    }

    /// The set of placed events: from the first that is missing, since all before it are in.
    fn key(&self, idle: bool) -> Box<[u64]> {
        let words = &self.placed[(self.first / 64).min(self.placed.len())..];
        let used = words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
        let lost = self.lost.iter().map(|group| group.placed as u64);
        let head = (self.first as u64) << 1 | u64::from(idle);
        std::iter::once(head).chain(lost).chain(words[..used].iter().copied()).collect()
    }

    /// The order so far by positions in the history.
    fn names(&self) -> Vec<usize> {
        let mut placed = vec![0; self.lost.len()];
        let name = |step: &Step| match *step {
            Step::Due(at) => self.due[at].at,
            Step::Lost(group) => {
                placed[group] += 1;
                self.lost[group].starts[placed[group] - 1].1
            }
        };
        self.order.iter().map(name).collect()
    }
}

#[cfg(test)]
mod tests;
