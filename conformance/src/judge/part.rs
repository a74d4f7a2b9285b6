//! What one case contributes to the judgement of the run as a whole: ids handed out, totals, refusals and lost answers.
//!
//! It holds small facts and nothing of the record itself, so that records can stay on disk while the run goes on.

use std::collections::BTreeMap;

use spec::{Meaning, OperationId, Pesewas};

use super::again::{self, Again};
use super::feature::Feature;
use super::listed::{self, Listed};
pub(crate) use super::place::Place;
use super::scene::{Scene, Seen};
use crate::history::{Answer, CaseRecord, LostHow};
use crate::order::facts::{Facts, packages};
use crate::order::reading::is_throttle;

/// An accepted order whose total can be compared with that of others.
#[derive(Debug)]
pub(crate) struct Priced {
    /// The caller's role.
    pub(crate) role: String,
    /// The ordered packages, with the number of times each was ordered.
    pub(crate) packages: BTreeMap<String, i64>,
    /// The total in the answer.
    pub(crate) total: Pesewas,
}

/// What one case contributes to the judgement of the run as a whole.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// The orders that were accepted.
    pub(crate) created: Vec<Created>,
    /// Every order that was placed in the case.
    pub(crate) orders: Vec<PlacedOrder>,
    /// The number of orders placed and of answers lost; `None` if the case placed no order.
    pub(crate) placed: Option<Placed>,
    /// When each exchange took place and how it ended.
    pub(crate) spans: Vec<Span>,
    /// The number of reads that were sent.
    pub(crate) reads: u64,
    /// How many of those reads got no answer.
    pub(crate) reads_lost: u64,
    /// For each path all of whose reads were lost, at least two of them: their number and the first one.
    pub(crate) silent_reads: Vec<(u32, Place)>,
    /// The number of wallet reads that show exactly what the orders left.
    pub(crate) whole_debits: usize,
    /// Wallet reads that show more than that, unexplained by any recipient that was shown to have failed.
    pub(crate) short_debits: Vec<Place>,
    /// The orders of earlier cases that were read again.
    pub(crate) again: Vec<Again>,
    /// The lists of orders that were read.
    pub(crate) listed: Vec<Listed>,
    /// Concurrent orders that were accepted for more than the wallet held, which only unseen refunds explain.
    pub(crate) overspent: Vec<Place>,
}

/// An order that was accepted.
#[derive(Debug)]
pub(crate) struct Created {
    /// The exchange that created the order.
    pub(crate) at: Place,
    /// The wallet that pays for it, by position in the case.
    pub(crate) payer: usize,
    /// The account that placed it; `None` if it can't be told from others.
    pub(crate) owner: Option<String>,
    /// When it was answered, in microseconds since the start of the run.
    pub(crate) done_us: u64,
    /// The order's id, unless it is empty.
    pub(crate) id: Option<String>,
    /// The order's short reference, unless it is empty.
    pub(crate) reference: Option<String>,
    /// The total in the answer.
    pub(crate) total: Option<Pesewas>,
    /// The number of recipients that a reading of it showed last.
    pub(crate) recipients: Option<usize>,
    /// The role, packages and total, if the order was a valid one.
    pub(crate) priced: Option<Priced>,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpanEnd {
    /// An answer was received.
    Answered,
    /// Nothing was received within the time limit.
    TimedOut,
    /// The connection broke, or what was received is not HTTP.
    Broken,
}

/// When an exchange took place, and how it ended.
#[derive(Debug)]
pub(crate) struct Span {
    /// The position of the exchange.
    pub(crate) at: Place,
    /// Whether it placed an order.
    pub(crate) is_order: bool,
    /// Whether that order must be refused for no reason, so that it was probably accepted.
    pub(crate) is_valid: bool,
    /// When it was sent, in microseconds since the start of the run.
    pub(crate) sent_us: u64,
    /// When it was answered or given up, in microseconds since the start of the run.
    pub(crate) done_us: u64,
    /// How it ended.
    pub(crate) end: SpanEnd,
    /// The number of the run's requests in flight when it was sent, including itself.
    pub(crate) in_flight: u32,
    /// The most that the order costs, if that is known.
    pub(crate) cost: Option<Pesewas>,
}

impl Span {
    /// Returns how long the exchange took, in microseconds.
    pub(crate) const fn took_us(&self) -> u64 {
        self.done_us.saturating_sub(self.sent_us)
    }

    fn of(scene: &Scene<'_>, seen: &Seen<'_>) -> Option<Self> {
        let exchange = seen.exchange;
        if exchange.shared {
            return None;
        }
        let end = match &exchange.answer {
            Answer::Unsent(_) => return None,
            // An exchange cut short by the end of the run says nothing about the server.
            stopped if stopped.is_stopped() => return None,
            Answer::Response(_) => SpanEnd::Answered,
            Answer::Lost(lost) if lost.how == LostHow::Timeout => SpanEnd::TimedOut,
            Answer::Lost(_) => SpanEnd::Broken,
        };
        let cost = seen.facts.as_ref().and_then(|it| it.order()).and_then(|it| it.cost.1);
        Some(Self {
            at: (scene.case.id.clone(), scene.case.index, seen.at),
            is_order: seen.is_order(),
            is_valid: seen.is_order() && seen.allowed.as_ref().is_some_and(|it| it.sure.is_empty()),
            sent_us: exchange.sent_us,
            done_us: exchange.done_us,
            end,
            in_flight: exchange.in_flight,
            cost,
        })
    }
}

/// The orders of a case.
#[derive(Debug)]
pub(crate) struct Placed {
    /// The id of the case without its attempt number.
    pub(crate) base: String,
    /// The number of orders that were sent.
    pub(crate) orders: u64,
    /// How many of those orders got no answer.
    pub(crate) lost: u64,
    /// The first order that got no answer.
    pub(crate) lost_at: Option<Place>,
}

/// How a placed order was treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was correctly accepted.
    Accepted,
    /// It was correctly refused.
    Refused,
    /// It was answered with this status, which is not allowed for it.
    Wrong(u16),
    /// The outcome is unknown: the answer was lost or a throttle, the order was not sent, or no page says what to
    /// answer.
    Open,
}

/// A placed order, described by the features that may explain how it was treated.
#[derive(Debug)]
pub(crate) struct PlacedOrder {
    /// The position of its exchange in the case.
    pub(crate) exchange: usize,
    /// Its features, the most telling first.
    pub(crate) features: Vec<Feature>,
    /// The requirements by which it must be refused.
    pub(crate) must_refuse: Vec<&'static str>,
    /// Whether the order is valid under every reading, apart from how its body is sent.
    pub(crate) valid: bool,
    /// How it was treated.
    pub(crate) outcome: Outcome,
    /// The numbers of the recipients, in order, as far as they are texts.
    pub(crate) recipients: Vec<String>,
}

impl PlacedOrder {
    /// Returns true if other orders of the same wallet were in flight at the same time.
    pub(crate) fn at_once(&self) -> bool {
        self.features.contains(&Feature::AtOnce)
    }

    fn of(scene: &Scene<'_>, seen: &Seen<'_>) -> Option<Self> {
        let (facts, allowed) = (seen.facts.as_ref()?, seen.allowed.as_ref()?);
        let contract = scene.contract;
        let outcome = match seen.response().map(|it| it.status) {
            None => Outcome::Open,
            Some(status) if is_throttle(contract, status) => Outcome::Open,
            // No page says how a request with another method or path than the documented one is refused.
            Some(_) if facts.door => Outcome::Open,
            Some(status) if !allowed.statuses.contains_key(&status) => Outcome::Wrong(status),
            Some(status) if status == contract.status(Meaning::Accepted) => Outcome::Accepted,
            Some(_) => Outcome::Refused,
        };
        Some(Self {
            exchange: seen.at,
            features: Feature::of(contract, seen.exchange, facts),
            must_refuse: allowed.reasons().to_vec(),
            valid: allowed.is_valid(),
            outcome,
            recipients: recipients(facts),
        })
    }
}

/// Returns the numbers of an order's recipients as they were sent.
fn recipients(facts: &Facts) -> Vec<String> {
    let entries = facts.order().and_then(|it| it.entries.as_ref());
    entries.into_iter().flatten().filter_map(|it| it.msisdn.text()).map(str::to_owned).collect()
}

impl Part {
    /// Extracts from a case what can be judged only over the run as a whole.
    #[must_use]
    pub(crate) fn of(scene: &Scene<'_>) -> Self {
        let mut part = Self::default();
        part.losses(scene.case);
        part.created(scene);
        part.again = again::again(scene);
        part.listed = listed::listed(scene);
        let debits = scene.debits();
        part.whole_debits = debits.whole;
        let place = |at| (scene.case.id.clone(), scene.case.index, at);
        part.short_debits.extend(debits.short.into_iter().map(place));
        part.overspent.extend(scene.overspent().into_iter().map(place));
        part.spans.extend(scene.seen.iter().filter_map(|seen| Span::of(scene, seen)));
        part.orders.extend(scene.seen.iter().filter_map(|seen| PlacedOrder::of(scene, seen)));
        part
    }

    /// Records the paths whose reads got no answer on any of at least two attempts.
    fn silent(&mut self, case: &CaseRecord) {
        let mut by_path: BTreeMap<(&str, Option<usize>), (u32, u32, usize)> = BTreeMap::new();
        for (at, exchange) in case.exchanges.iter().enumerate().filter(|(_, it)| !it.shared) {
            if exchange.operation == OperationId::BuyBulk || exchange.answer.is_stopped() {
                continue;
            }
            let entry = by_path.entry((&exchange.request.path, exchange.actor)).or_insert((0, 0, at));
            entry.0 += 1;
            entry.1 += u32::from(matches!(exchange.answer, Answer::Lost(_)));
        }
        let silent = by_path.into_values().filter(|(all, lost, _)| all == lost && *lost > 1);
        let place = |(lost, _, at)| (lost, (case.id.clone(), case.index, at));
        self.silent_reads.extend(silent.map(place));
    }

    fn created(&mut self, scene: &Scene<'_>) {
        for created in &scene.created {
            let sound = scene.seen[created.exchange].allowed.as_ref().is_some_and(|it| it.sure.is_empty());
            let total = created.summary.pesewas().filter(|_| sound);
            let role = scene.case.accounts[created.actor].role.clone();
            let priced = || {
                let packages = packages(created.order.as_ref()?);
                let packages = packages.into_iter().map(|(id, times)| (id.to_owned(), times)).collect();
                Some(Priced { role: role?, packages, total: total? })
            };
            self.created.push(Created {
                at: (scene.case.id.clone(), scene.case.index, created.exchange),
                payer: scene.case.wallet_of(created.actor),
                owner: listed::owner(scene, created.actor),
                done_us: scene.case.exchanges[created.exchange].done_us,
                id: created.summary.order_id.clone().filter(|it| !it.is_empty()),
                reference: created.summary.reference.clone().filter(|it| !it.is_empty()),
                total: created.summary.pesewas(),
                recipients: again::recipients(scene, created),
                priced: priced(),
            });
        }
    }

    fn losses(&mut self, case: &CaseRecord) {
        self.silent(case);
        for (at, exchange) in case.exchanges.iter().enumerate().filter(|(_, it)| !it.shared) {
            if exchange.answer.is_stopped() {
                continue;
            }
            let lost = matches!(exchange.answer, Answer::Lost(_));
            if exchange.operation != OperationId::BuyBulk {
                self.reads += 1;
                self.reads_lost += u64::from(lost);
                continue;
            }
            let none = || Placed { base: case.base().to_owned(), orders: 0, lost: 0, lost_at: None };
            let placed = self.placed.get_or_insert_with(none);
            placed.orders += 1;
            placed.lost += u64::from(lost);
            if lost && placed.lost_at.is_none() {
                placed.lost_at = Some((case.id.clone(), case.index, at));
            }
        }
    }
}
