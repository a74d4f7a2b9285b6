//! Follows one wallet from event to event.

use std::collections::{BTreeMap, BTreeSet};

use spec::Pesewas;

use super::super::passage::{Event, Passage, What};
use super::super::place::Place;

/// The most orders at once whose sums are followed.
const MOST_AT_ONCE: usize = 10;

/// A reading that showed an accepted order's debit too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Late {
    /// How long after the answer to the order it was still late, in microseconds.
    pub(crate) lag_us: u64,
    /// How long after the answer to the order a reading showed the debit, in microseconds; `None` if only other readings
    /// of the run were seen to be late and to come right.
    pub(crate) right_after_us: Option<u64>,
}

/// What was shown of a wallet, if it is what the wallet holds or held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// A reading, an answer or a refusal that is right for what the wallet holds.
    Now,
    /// A profile that shows what the wallet holds.
    ProfileNow,
    /// A profile that shows what the wallet held earlier.
    ProfileEarlier,
}

/// A reading that shows what the wallet held before an order, and was not followed by one that shows the debit.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) place: Place,
    /// How long before the reading the order was answered, in microseconds.
    pub(super) lag_us: u64,
    /// When the order was answered, in microseconds since the start of the run.
    answered_us: u64,
}

/// Accepted orders that overlap each other, and no other.
#[derive(Debug)]
struct Cluster {
    sent_us: u64,
    done_us: u64,
    /// When each order was sent and answered, and its total.
    orders: Vec<(u64, u64, Pesewas)>,
    total: Pesewas,
    /// Every sum of some of the totals; `None` if what happened is unknown.
    sums: Option<BTreeSet<Pesewas>>,
}

impl Cluster {
    fn new(event: &Event) -> Self {
        let sums = Some(BTreeSet::from([Pesewas::ZERO]));
        let (sent_us, done_us) = (event.sent_us, event.done_us);
        Self { sent_us, done_us, orders: Vec::new(), total: Pesewas::ZERO, sums }
    }

    fn add(&mut self, event: &Event) {
        self.done_us = self.done_us.max(event.done_us);
        let paid = if let What::Paid(total) = event.what { Some(total) } else { None };
        let few = self.orders.len() < MOST_AT_ONCE;
        self.sums = self.sums.take().zip(paid).filter(|_| few).map(|(sums, paid)| {
            self.total += paid;
            sums.iter().copied().chain(sums.iter().map(|it| *it + paid)).collect()
        });
        self.orders.push((event.sent_us, event.done_us, paid.unwrap_or_default()));
    }
}

/// A wallet that is followed.
#[derive(Debug)]
pub(super) struct Walk {
    /// The orders that changed it.
    clusters: Vec<Cluster>,
    /// A balance that is known, and the number of clusters before it.
    known: Option<(Pesewas, usize)>,
    /// Every balance that was known or read so far.
    held: BTreeSet<Pesewas>,
    /// The late readings.
    pub(super) late: BTreeMap<Place, Late>,
    /// The readings that may be late.
    pub(super) open: Vec<Open>,
}

/// What the wallet holds at an event.
struct View {
    /// The number of clusters before it.
    before: usize,
    /// The number of clusters that had begun by then.
    begun: usize,
    /// What the wallet held after the clusters before it.
    balance: Pesewas,
}

impl Walk {
    /// Returns the wallet of these cases, at their beginning.
    pub(super) fn of(passages: &[&Passage]) -> Self {
        let mut changes: Vec<&Event> =
            passages.iter().flat_map(|it| &it.events).filter(|it| it.changes()).collect();
        changes.sort_by_key(|it| it.sent_us);
        let mut clusters: Vec<Cluster> = Vec::new();
        for event in changes {
            match clusters.last_mut().filter(|it| event.sent_us < it.done_us) {
                Some(overlaps) => overlaps.add(event),
                None => {
                    let mut cluster = Cluster::new(event);
                    cluster.add(event);
                    clusters.push(cluster);
                }
            }
        }
        let read = || passages.iter().flat_map(|it| &it.events).any(|it| matches!(it.what, What::Read(_)));
        let opening = match passages {
            [only] if only.opening.is_some() => only.opening,
            [first, ..] if !read() => first.declared,
            _ => None,
        };
        Self {
            clusters,
            known: opening.map(|it| (it, 0)),
            held: opening.into_iter().collect(),
            late: BTreeMap::new(),
            open: Vec::new(),
        }
    }

    /// Follows the wallet past an event, and returns what that showed.
    pub(super) fn next(&mut self, event: &Event, place: &Place) -> Option<Shown> {
        match event.what {
            What::Paid(_) | What::Unclear => None,
            What::Read(read) => self.read(event, place, read),
            What::Before(said) => {
                let view = self.view(event)?;
                // If no other order overlaps this one, what is said is what was there before it.
                let alone = view.begun == view.before + 1 && self.clusters[view.before].orders.len() == 1;
                let now = if alone { said == view.balance } else { self.may_hold(&view, event, said) };
                now.then(|| self.settle(event)).map(|()| Shown::Now)
            }
            What::Short(cost) => self.view(event).filter(|it| cost > it.balance).map(|_| Shown::Now),
            What::Profile(shown) => {
                let view = self.view(event);
                if view.as_ref().is_some_and(|it| self.may_hold(it, event, shown)) {
                    return Some(Shown::ProfileNow);
                }
                let earlier = view.is_some_and(|it| self.missing(&it, event, shown).is_some());
                (earlier || self.held.contains(&shown)).then_some(Shown::ProfileEarlier)
            }
        }
    }

    /// Returns what the wallet holds at an event; `None` if that is unknown.
    fn view(&self, event: &Event) -> Option<View> {
        let (known, from) = self.known?;
        let (before, begun) = self.clusters_at(event);
        let since = self.clusters.get(from..begun)?;
        if before < from || since.iter().any(|it| it.sums.is_none()) {
            return None;
        }
        let spent: Pesewas = self.clusters[from..before].iter().map(|it| it.total).sum();
        Some(View { before, begun, balance: known - spent })
    }

    /// Returns how many clusters had ended when an event began, and how many had begun when it ended.
    fn clusters_at(&self, event: &Event) -> (usize, usize) {
        let before = self.clusters.partition_point(|it| it.done_us <= event.sent_us);
        let begun = self.clusters.partition_point(|it| it.sent_us < event.done_us);
        (before, begun.max(before))
    }

    /// Returns true if the wallet may hold this: an order that was answered has been debited, and one that is under way may
    /// have been.
    fn may_hold(&self, view: &View, event: &Event, amount: Pesewas) -> bool {
        let mut possible = BTreeSet::from([view.balance]);
        let orders = self.clusters[view.before..view.begun].iter().flat_map(|it| &it.orders);
        for (_, done_us, total) in orders.filter(|(sent_us, ..)| *sent_us < event.done_us) {
            let without = if *done_us <= event.sent_us { BTreeSet::new() } else { possible.clone() };
            possible = possible.iter().map(|it| *it - *total).chain(without).collect();
        }
        possible.contains(&amount)
    }

    /// Returns when the last order before an event was answered whose debit is missing, if the wallet held this amount
    /// earlier.
    fn missing(&self, view: &View, event: &Event, amount: Pesewas) -> Option<u64> {
        let (_, from) = self.known?;
        let answered =
            |cluster: &Cluster| cluster.orders.iter().map(|it| it.1).filter(|it| *it <= event.sent_us).max();
        let holds = |cluster: &Cluster, balance: Pesewas| {
            cluster.sums.as_ref().is_some_and(|it| it.contains(&(balance - amount)))
        };
        let mut balance = view.balance;
        if let Some(cluster) = self.clusters[view.before..view.begun].first().filter(|it| holds(it, balance))
        {
            return answered(cluster);
        }
        for cluster in self.clusters[from..view.before].iter().rev() {
            balance += cluster.total;
            if balance - amount != cluster.total && holds(cluster, balance) {
                return answered(cluster);
            }
        }
        None
    }

    fn read(&mut self, event: &Event, place: &Place, read: Pesewas) -> Option<Shown> {
        let view = self.view(event);
        let shown = match &view {
            Some(view) if self.may_hold(view, event, read) => {
                self.settle(event);
                Some(Shown::Now)
            }
            Some(view) => match self.missing(view, event, read) {
                Some(answered_us) => {
                    let lag_us = event.sent_us.saturating_sub(answered_us);
                    self.open.push(Open { place: place.clone(), lag_us, answered_us });
                    None
                }
                None => {
                    self.begin_anew(event, read);
                    None
                }
            },
            None => {
                self.begin_anew(event, read);
                None
            }
        };
        self.held.insert(read);
        shown
    }

    /// Takes a reading for what the wallet holds, whatever was known before it. While orders are under way it tells nothing.
    fn begin_anew(&mut self, event: &Event, read: Pesewas) {
        let (before, begun) = self.clusters_at(event);
        if self.known.is_none_or(|(_, from)| from <= before) {
            self.open.clear();
            self.known = (before == begun).then_some((read, before));
        }
    }

    /// Takes note that an event shows every debit: the readings before it that did not were late.
    fn settle(&mut self, event: &Event) {
        for open in self.open.drain(..) {
            let right_after_us = Some(event.done_us.saturating_sub(open.answered_us));
            self.late.insert(open.place, Late { lag_us: open.lag_us, right_after_us });
        }
    }
}
