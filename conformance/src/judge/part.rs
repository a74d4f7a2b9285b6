//! What one case adds to the judgement of the run as a whole: ids that were given out, totals, refusals, lost answers.
//!
//! Small facts and nothing of the record itself, so that records may rest on disk while the run goes on.

use std::collections::BTreeMap;

use spec::{Meaning, OperationId, Pesewas};

use super::feature::Feature;
use super::scene::{Scene, Seen};
use crate::history::{Answer, CaseRecord, LostHow};
use crate::order::facts::packages;
use crate::order::reading::{Amount, is_throttle};

/// Where in a history something is: case, its index, exchange.
pub(crate) type Place = (String, u64, usize);

/// An accepted order whose total can be compared with others.
#[derive(Debug)]
pub(crate) struct Priced {
    /// The caller's role.
    pub(crate) role: String,
    /// Its packages, each as often as it was ordered.
    pub(crate) packages: BTreeMap<String, i64>,
    /// The total that the answer names.
    pub(crate) total: Pesewas,
}

/// What one case adds to the judgement of the run as a whole.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// Orders that were accepted.
    pub(crate) created: Vec<Created>,
    /// Every order that was placed in it.
    pub(crate) orders: Vec<PlacedOrder>,
    /// The orders that were placed, and the answers that were lost.
    pub(crate) placed: Option<Placed>,
    /// Every exchange, when it took place and how it ended.
    pub(crate) spans: Vec<Span>,
    /// Readings that were sent.
    pub(crate) reads: u64,
    /// Of those, how many got no answer.
    pub(crate) reads_lost: u64,
    /// By path, readings of it that were all lost: how many, and the first.
    pub(crate) silent_reads: Vec<(u32, Place)>,
    /// Readings of a wallet that held exactly what its orders had left.
    pub(crate) whole_debits: usize,
    /// Readings of one that held more, which no recipient explains that was shown to have failed.
    pub(crate) short_debits: Vec<Place>,
}

/// An order that was accepted.
#[derive(Debug)]
pub(crate) struct Created {
    /// The exchange that created it.
    pub(crate) at: Place,
    /// Whose wallet pays for it, by position in the case.
    pub(crate) payer: usize,
    /// Its id, unless it is empty.
    pub(crate) id: Option<String>,
    /// Its short reference, unless it is empty.
    pub(crate) reference: Option<String>,
    /// What was paid for what, where the order was a valid one.
    pub(crate) priced: Option<Priced>,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpanEnd {
    /// With an answer.
    Answered,
    /// Nothing came within the time limit.
    TimedOut,
    /// The connection broke, or what came is not HTTP.
    Broken,
}

/// When an exchange took place, and how it ended.
#[derive(Debug)]
pub(crate) struct Span {
    /// Where it is.
    pub(crate) at: Place,
    /// Whether it placed an order.
    pub(crate) is_order: bool,
    /// When it was sent, microseconds since the start of the run.
    pub(crate) sent_us: u64,
    /// When it was answered or given up.
    pub(crate) done_us: u64,
    /// How it ended.
    pub(crate) end: SpanEnd,
    /// Requests of the run that were under way when it was sent, itself among them.
    pub(crate) in_flight: u32,
    /// What the order costs at most, where that is known.
    pub(crate) cost: Option<Pesewas>,
}

impl Span {
    /// How long it took, in microseconds.
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
            // That the run ended first says nothing of the server.
            stopped if stopped.is_stopped() => return None,
            Answer::Response(_) => SpanEnd::Answered,
            Answer::Lost(lost) if lost.how == LostHow::Timeout => SpanEnd::TimedOut,
            Answer::Lost(_) => SpanEnd::Broken,
        };
        let cost = seen.facts.as_ref().and_then(|it| it.order()).and_then(|it| it.cost.1);
        Some(Self {
            at: (scene.case.id.clone(), scene.case.index, seen.at),
            is_order: seen.is_order(),
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
    /// The case without its attempt.
    pub(crate) base: String,
    /// Orders that were sent.
    pub(crate) orders: u64,
    /// Of those, how many got no answer.
    pub(crate) lost: u64,
    /// The first that got none.
    pub(crate) lost_at: Option<Place>,
}

/// How a placed order was treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Rightly accepted.
    Accepted,
    /// Rightly refused.
    Refused,
    /// Answered with a status that it does not deserve.
    Wrong(u16),
    /// Its answer was lost, or told to wait, or it was not sent.
    Open,
}

/// An order that was placed, in the features that may explain how it was treated.
#[derive(Debug)]
pub(crate) struct PlacedOrder {
    /// Its exchange in the case.
    pub(crate) exchange: usize,
    /// Its features, the most telling first.
    pub(crate) features: Vec<Feature>,
    /// Requirements that it must be refused by.
    pub(crate) must_refuse: Vec<&'static str>,
    /// Whether it is a valid order to everybody, but for how its body goes over the wire.
    pub(crate) valid: bool,
    /// How it was treated.
    pub(crate) outcome: Outcome,
}

impl PlacedOrder {
    /// Whether others of its wallet were under way at the same time.
    pub(crate) fn at_once(&self) -> bool {
        self.features.contains(&Feature::AtOnce)
    }

    fn of(scene: &Scene<'_>, seen: &Seen<'_>) -> Option<Self> {
        let (facts, allowed) = (seen.facts.as_ref()?, seen.allowed.as_ref()?);
        let contract = scene.contract;
        let outcome = match seen.response().map(|it| it.status) {
            None => Outcome::Open,
            Some(status) if is_throttle(contract, status) => Outcome::Open,
            // How another way than the documented one is refused no page says.
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
        })
    }
}

impl Part {
    /// Takes from a case what only the run as a whole can be judged by.
    #[must_use]
    pub(crate) fn of(scene: &Scene<'_>) -> Self {
        let mut part = Self::default();
        part.losses(scene.case);
        part.created(scene);
        let debits = scene.debits();
        part.whole_debits = debits.whole;
        let place = |at| (scene.case.id.clone(), scene.case.index, at);
        part.short_debits.extend(debits.short.into_iter().map(place));
        part.spans.extend(scene.seen.iter().filter_map(|seen| Span::of(scene, seen)));
        part.orders.extend(scene.seen.iter().filter_map(|seen| PlacedOrder::of(scene, seen)));
        part
    }

    /// Takes note of readings that got no answer on any of their tries.
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
            let total = created.summary.total.as_ref().and_then(Amount::pesewas).filter(|_| sound);
            let role = scene.case.accounts[created.actor].role.clone();
            let priced = || {
                let packages = packages(created.order.as_ref()?);
                let packages = packages.into_iter().map(|(id, times)| (id.to_owned(), times)).collect();
                Some(Priced { role: role?, packages, total: total? })
            };
            self.created.push(Created {
                at: (scene.case.id.clone(), scene.case.index, created.exchange),
                payer: scene.case.wallet_of(created.actor),
                id: created.summary.order_id.clone().filter(|it| !it.is_empty()),
                reference: created.summary.reference.clone().filter(|it| !it.is_empty()),
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
            let base = || case.id.split('#').next().unwrap_or(&case.id).to_owned();
            let placed =
                self.placed.get_or_insert_with(|| Placed { base: base(), orders: 0, lost: 0, lost_at: None });
            placed.orders += 1;
            placed.lost += u64::from(lost);
            if lost && placed.lost_at.is_none() {
                placed.lost_at = Some((case.id.clone(), case.index, at));
            }
        }
    }
}
