//! The search for an order of events. Five observations keep it small, and none of them loses a possible order:
//!
//! - Reads and refusals change nothing, so each is placed as soon as it holds.
//! - Of changes by the same amount that could be placed now, the one that is due first goes first.
//! - Taking a lost order has no use before a read or refusal needs it: lost orders are taken together, right before
//!   such an event, and none of them needlessly.
//! - Which lost orders made up a sum is left open as long as possible: a visited state carries every way to have
//!   reached it, so that a wrong guess is not discovered only hundreds of events later.
//! - While no read or refusal is pending, the change that is due first can go first.

use std::collections::{BTreeMap, BTreeSet};

use spec::Pesewas;

use super::event::Event;
use super::timeline::{Due, Kind, Lost, Timeline};

/// How many lost orders of each total have been taken.
type Taken = Box<[usize]>;

/// The ways to have reached a state, each with the position of the way in the previous state that it continues.
type Ways = Vec<(Taken, usize)>;

/// One step of an order.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// The event at this position in `due`.
    Due(usize),
    /// Lost orders that add up to this amount, in pesewas.
    Lost(i64),
}

/// A state that is being explored.
struct Frame {
    ways: Ways,
    /// The moves to try, the last one first; a move of lost orders carries the ways that it opens.
    moves: Vec<(Step, Ways)>,
    /// The length of the order and the first unplaced event.
    mark: (usize, usize),
}

/// How far an unsuccessful search got.
#[derive(Debug, Default)]
pub(super) struct Deepest {
    pub(super) order: Vec<usize>,
    pub(super) stuck: Vec<usize>,
    pub(super) balances: BTreeSet<Pesewas>,
}

pub(super) enum Found {
    Yes(Vec<usize>),
    No(Deepest),
    Undecided,
}

pub(super) struct Search {
    /// The events to place, sorted by start.
    due: Vec<Due>,
    lost: Vec<Lost>,
    placed: Vec<u64>,
    /// The first of `due` that is not placed.
    first: usize,
    order: Vec<Step>,
    /// How many of `due` are placed.
    depth: usize,
    balance: i64,
    /// What lost orders may still take, in pesewas, if the balance is to cover all accepted debits.
    slack: i64,
    /// What lost orders have taken, in pesewas.
    taken: i64,
}

/// The events that can be placed next without contradicting real time.
struct Window {
    /// The unplaced events, in the order of their starts.
    open: Vec<usize>,
    /// The one of them that is due first.
    urgent: usize,
}

impl Search {
    pub(super) fn new(opening: Pesewas, events: impl Iterator<Item = (usize, Event)>) -> Self {
        let Timeline { due, lost } = Timeline::of(events);
        let balance = opening.get();
        let slack = due.iter().fold(balance, |sum, event| sum.saturating_add(event.kind.change()));
        let placed = vec![0; due.len().div_ceil(64)];
        Self { due, lost, placed, first: 0, order: Vec::new(), depth: 0, balance, slack, taken: 0 }
    }

    /// Searches depth first, without recursion, since a history may be thousands of events deep.
    pub(super) fn run(mut self, max_nodes: u64) -> Found {
        let mut seen: BTreeMap<Box<[u64]>, BTreeSet<Taken>> = BTreeMap::new();
        let mut deepest = (None, Deepest::default());
        let mut nodes = 0;
        let mut frames: Vec<Frame> = Vec::new();
        let mut ways: Ways = vec![(vec![0; self.lost.len()].into(), 0)];
        loop {
            self.settle();
            let Some(window) = self.window() else { return Found::Yes(self.names(&frames, &ways)) };
            let known = seen.entry(self.key()).or_default();
            ways.retain(|(taken, _)| known.insert(taken.clone()));
            let mut moves = Vec::new();
            if !ways.is_empty() {
                nodes += ways.len() as u64;
                if nodes > max_nodes {
                    return Found::Undecided;
                }
                moves = self.moves(&window, &ways);
                if deepest.0 < Some(self.depth) {
                    let stuck = window.open.iter().map(|event| self.due[*event].at).collect();
                    let order = self.names(&frames, &ways);
                    deepest = (Some(self.depth), Deepest { order, stuck, balances: BTreeSet::new() });
                }
                if deepest.0 == Some(self.depth) {
                    deepest.1.balances.insert(Pesewas::new(self.balance));
                }
            }
            frames.push(Frame { ways, moves, mark: (self.order.len(), self.first) });
            ways = loop {
                let Some(frame) = frames.last_mut() else { return Found::No(deepest.1) };
                self.undo(frame.mark);
                let Some((step, opened)) = frame.moves.pop() else {
                    frames.pop();
                    continue;
                };
                self.place(step);
                break match step {
                    Step::Due(_) => {
                        let same = frame.ways.iter().enumerate();
                        same.map(|(position, (taken, _))| (taken.clone(), position)).collect()
                    }
                    Step::Lost(_) => opened,
                };
            };
        }
    }

    /// Returns the events that no other unplaced event must precede; `None` when all are placed.
    fn window(&self) -> Option<Window> {
        let mut urgent = self.first;
        let mut earliest = self.due.get(urgent)?.end;
        let mut open = Vec::new();
        for at in self.unplaced() {
            let event = &self.due[at];
            if event.start > earliest {
                break;
            }
            open.push(at);
            if event.end < earliest {
                (urgent, earliest) = (at, event.end);
            }
        }
        Some(Window { open, urgent })
    }

    /// Returns the changes worth trying next, the most promising last.
    fn moves(&self, window: &Window, ways: &Ways) -> Vec<(Step, Ways)> {
        let open = || window.open.iter().map(|at| &self.due[*at]);
        if !open().all(|event| self.can_still_hold(event)) {
            return Vec::new();
        }
        let place = |at: usize| (Step::Due(at), Ways::new());
        if !open().any(|event| event.kind.is_pure()) {
            let urgent = self.due[window.urgent].kind;
            if matches!(urgent, Kind::Credit(_)) || !open().any(|event| event.kind.change() > 0) {
                return urgent.holds_at(self.balance).then(|| place(window.urgent)).into_iter().collect();
            }
        }
        // For each amount, only the change that is due first is tried.
        let mut changes: Vec<usize> = Vec::new();
        for at in window.open.iter().copied().filter(|at| !self.due[*at].kind.is_pure()) {
            match changes.iter_mut().find(|other| self.due[**other].kind == self.due[at].kind) {
                Some(other) if self.due[at].end < self.due[*other].end => *other = at,
                Some(_) => {}
                None => changes.push(at),
            }
        }
        let mut moves = self.take_lost(window, ways);
        changes.retain(|at| self.due[*at].kind.holds_at(self.balance));
        changes.sort_by_key(|at| std::cmp::Reverse(self.due[*at].end));
        moves.extend(changes.into_iter().map(place));
        moves
    }

    /// Returns the sums of lost orders that make a read or refusal hold which would not hold without any one of them.
    fn take_lost(&self, window: &Window, ways: &Ways) -> Vec<(Step, Ways)> {
        let kinds = || window.open.iter().map(|at| self.due[*at].kind);
        let holds = |taken: i64| kinds().any(|kind| kind.is_pure() && kind.holds_at(self.balance - taken));
        let lowest = kinds().filter(|kind| kind.is_pure()).map(|kind| match kind {
            Kind::Read(read) => self.balance - read,
            _ => self.balance.saturating_sub(kind.range().1),
        });
        let enough = lowest.max().unwrap_or(0);
        let most = self.balance.min(self.slack);
        let earliest = self.due[window.urgent].end;
        // An accepted order of the same total goes before a lost one.
        let started = self.lost.iter().map(|group| {
            if kinds().any(|kind| kind == Kind::Debit(group.total)) { 0 } else { group.started(earliest) }
        });
        let started: Vec<usize> = started.collect();
        let mut found: BTreeMap<i64, BTreeMap<Taken, usize>> = BTreeMap::new();
        for (position, (taken, _)) in ways.iter().enumerate() {
            // Groups are visited in descending order, so that each set is met once. An entry is a sum, the next group
            // and the counts taken.
            let mut open = vec![(0, self.lost.len(), taken.clone())];
            while let Some((sum, below, so_far)) = open.pop() {
                for group in (0..below).filter(|group| so_far[*group] < started[*group]) {
                    let sum = sum + self.lost[group].total;
                    if sum > most {
                        break;
                    }
                    let mut now = so_far.clone();
                    now[group] += 1;
                    let needless =
                        |group: usize| now[group] > taken[group] && holds(sum - self.lost[group].total);
                    if holds(sum) && !(0..now.len()).any(needless) {
                        found.entry(sum).or_default().entry(now.clone()).or_insert(position);
                    }
                    if sum < enough {
                        open.push((sum, group + 1, now));
                    }
                }
            }
        }
        let moves = found.into_iter().map(|(sum, ways)| (Step::Lost(sum), ways.into_iter().collect()));
        moves.rev().collect()
    }

    /// Returns true if the changes that may precede a read or refusal can take the balance to where it holds.
    fn can_still_hold(&self, event: &Due) -> bool {
        if !event.kind.is_pure() {
            return true;
        }
        let (low, high) = event.kind.range();
        let (mut least, mut most) = (self.balance, self.balance);
        for at in self.unplaced().take_while(|at| self.due[*at].start <= event.end) {
            least += self.due[at].kind.change().min(0);
            most += self.due[at].kind.change().max(0);
        }
        if least > high {
            let lost = self.lost.iter().map(|group| group.total * group.started(event.end) as i64);
            least -= (lost.sum::<i64>() - self.taken).min(self.slack);
        }
        least <= high && low <= most
    }

    /// Places every read and refusal that holds now.
    fn settle(&mut self) {
        loop {
            while self.first < self.due.len() && self.is_placed(self.first) {
                self.first += 1;
            }
            let Some(Window { mut open, .. }) = self.window() else { return };
            open.retain(|at| self.due[*at].kind.is_pure() && self.due[*at].kind.holds_at(self.balance));
            if open.is_empty() {
                return;
            }
            open.into_iter().for_each(|at| self.place(Step::Due(at)));
        }
    }

    fn place(&mut self, step: Step) {
        self.order.push(step);
        match step {
            Step::Due(at) => {
                self.placed[at / 64] |= 1 << (at % 64);
                self.depth += 1;
                self.balance += self.due[at].kind.change();
            }
            Step::Lost(sum) => self.take(sum),
        }
    }

    /// Goes back to the order of this length, with this first unplaced event.
    fn undo(&mut self, (length, first): (usize, usize)) {
        for step in self.order.split_off(length) {
            match step {
                Step::Due(at) => {
                    self.placed[at / 64] &= !(1 << (at % 64));
                    self.depth -= 1;
                    self.balance -= self.due[at].kind.change();
                }
                Step::Lost(sum) => self.take(-sum),
            }
        }
        self.first = first;
    }

    fn take(&mut self, sum: i64) {
        self.taken += sum;
        self.balance -= sum;
        self.slack -= sum;
    }

    fn is_placed(&self, at: usize) -> bool {
        self.placed[at / 64] >> (at % 64) & 1 == 1
    }

    fn unplaced(&self) -> impl Iterator<Item = usize> {
        (self.first..self.due.len()).filter(|at| !self.is_placed(*at))
    }

    /// Returns the key of a state: the placed events, from the first missing one on, and what lost orders have taken.
    fn key(&self) -> Box<[u64]> {
        let words = &self.placed[(self.first / 64).min(self.placed.len())..];
        let used = words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
        [self.first as u64, self.taken.cast_unsigned()]
            .into_iter()
            .chain(words[..used].iter().copied())
            .collect()
    }

    /// Returns the order so far as positions in the history, along the first of the ways.
    fn names(&self, frames: &[Frame], ways: &Ways) -> Vec<usize> {
        let mut trail = vec![&ways[0]];
        for frame in frames.iter().rev() {
            trail.push(&frame.ways[trail[trail.len() - 1].1]);
        }
        // The counts before and after each step that took lost orders.
        let mut takings = trail.windows(2).rev().filter(|pair| pair[0].0 != pair[1].0);
        let mut names = Vec::with_capacity(self.order.len());
        for step in &self.order {
            match step {
                Step::Due(at) => names.push(self.due[*at].at),
                Step::Lost(_) => {
                    let Some([(after, _), (before, _)]) = takings.next() else { continue };
                    for (group, lost) in self.lost.iter().enumerate() {
                        names.extend(lost.starts[before[group]..after[group]].iter().map(|(_, at)| *at));
                    }
                }
            }
        }
        names
    }
}
