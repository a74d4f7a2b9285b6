//! The events of a history in the form that the search needs: those that must be placed, by start, and the lost orders,
//! which may be placed.

use std::collections::BTreeMap;

use spec::Pesewas;

use super::event::{Event, Op};

/// What an event with an answer does or claims; amounts in pesewas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Debit(i64),
    Credit(i64),
    Refused(i64),
    Read(i64),
}

impl Kind {
    /// Returns the change of the balance, in pesewas.
    pub(super) fn change(self) -> i64 {
        match self {
            Self::Debit(total) => -total,
            Self::Credit(amount) => amount,
            Self::Refused(_) | Self::Read(_) => 0,
        }
    }

    /// Returns true if the event does not change the balance.
    pub(super) fn is_pure(self) -> bool {
        matches!(self, Self::Refused(_) | Self::Read(_))
    }

    /// Returns true if the event can take effect at this balance.
    pub(super) fn holds_at(self, balance: i64) -> bool {
        match self {
            Self::Debit(total) => balance >= total,
            Self::Credit(_) => true,
            Self::Refused(total) => balance < total,
            Self::Read(read) => balance == read,
        }
    }

    /// Returns the lowest and the highest balance at which a read or refusal holds.
    pub(super) fn range(self) -> (i64, i64) {
        match self {
            Self::Read(read) => (read, read),
            Self::Refused(total) => (i64::MIN, total.saturating_sub(1)),
            Self::Debit(_) | Self::Credit(_) => (i64::MIN, i64::MAX),
        }
    }
}

/// An event that must be placed: its position in the history, what it does, and its start and end in microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    pub(super) at: usize,
    pub(super) kind: Kind,
    pub(super) start: u64,
    pub(super) end: u64,
}

/// The lost orders of one total, sorted by start: the earliest is taken first.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) total: i64,
    pub(super) starts: Vec<(u64, usize)>,
}

impl Lost {
    /// Returns how many of them had started by a moment, in microseconds.
    pub(super) fn started(&self, moment: u64) -> usize {
        self.starts.partition_point(|(start, _)| *start <= moment)
    }
}

/// A history, sorted for the search.
pub(super) struct Timeline {
    /// The events that must be placed, by start.
    pub(super) due: Vec<Due>,
    /// The lost orders, by total.
    pub(super) lost: Vec<Lost>,
}

impl Timeline {
    /// Sorts the events of a history, each with its position there.
    pub(super) fn of(events: impl Iterator<Item = (usize, Event)>) -> Self {
        let mut due = Vec::new();
        let mut lost: BTreeMap<i64, Vec<(u64, usize)>> = BTreeMap::new();
        for (at, event) in events {
            let mut push = |kind| due.push(Due { at, kind, start: event.start_us, end: event.due() });
            match event.op {
                // A negative total is a refund; nothing else depends on the sign.
                Op::Debit(total) | Op::Maybe(total) if total < Pesewas::ZERO => {
                    push(Kind::Credit((-total).get()));
                }
                Op::Debit(total) => push(Kind::Debit(total.get())),
                Op::Refused(total) => push(Kind::Refused(total.get())),
                Op::Read(balance) => push(Kind::Read(balance.get())),
                Op::Maybe(Pesewas::ZERO) => {}
                Op::Maybe(total) => lost.entry(total.get()).or_default().push((event.start_us, at)),
            }
        }
        due.sort_by_key(|event| (event.start, event.end, event.at));
        let mut lost: Vec<Lost> = lost.into_iter().map(|(total, starts)| Lost { total, starts }).collect();
        lost.iter_mut().for_each(|group| group.starts.sort_unstable());
        Self { due, lost }
    }
}
