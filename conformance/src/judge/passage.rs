//! What the exchanges of one case did to a wallet, and what they showed of it.

use spec::{Meaning, OperationId, Pesewas};

use super::scene::{Scene, Seen};
use crate::history::Answer;
use crate::order::door::{self, Made};
use crate::order::facts::{Auth, Facts};
use crate::order::reading::{self, Amount};

/// What one case did to a wallet, and what it showed of it.
#[derive(Debug)]
pub(crate) struct Passage {
    /// A name that no other wallet of the run has.
    pub(super) wallet: String,
    /// The id of the case.
    pub(super) case: String,
    /// The index of the case.
    pub(super) index: u64,
    /// The balance that the wallet was created with, if it was created for the case.
    pub(super) opening: Option<Pesewas>,
    /// The balance that the account was known or said to have before the case.
    pub(super) declared: Option<Pesewas>,
    /// The events, in the order of the exchanges.
    pub(super) events: Vec<Event>,
}

/// An event of a wallet.
#[derive(Debug)]
pub(super) struct Event {
    /// The position of the exchange.
    pub(super) at: usize,
    /// When it was sent, in microseconds since the start of the run.
    pub(super) sent_us: u64,
    /// When it was answered, in microseconds since the start of the run.
    pub(super) done_us: u64,
    /// Whether it is a copy of a reading that another case made.
    pub(super) shared: bool,
    /// What happened.
    pub(super) what: What,
}

/// What an exchange did to a wallet, or showed of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// An order of this total was accepted.
    Paid(Pesewas),
    /// What happened to the wallet is unknown: an order without an answer, a retry.
    Unclear,
    /// The wallet was read to hold this amount.
    Read(Pesewas),
    /// The answer to an order says that the wallet held this amount before it.
    Before(Pesewas),
    /// An order of this cost was refused as more than the wallet holds.
    Short(Pesewas),
    /// A profile showed this amount.
    Profile(Pesewas),
}

impl Event {
    /// Returns true if the event may have changed the wallet.
    pub(super) const fn changes(&self) -> bool {
        matches!(self.what, What::Paid(_) | What::Unclear)
    }
}

impl Passage {
    /// Returns true if the case may have changed the wallet.
    pub(super) fn changes(&self) -> bool {
        self.events.iter().any(Event::changes)
    }

    /// Returns when the case began to use the wallet and when it ended; `None` if it only has copies of readings.
    pub(super) fn span(&self) -> Option<(u64, u64)> {
        let own = || self.events.iter().filter(|it| !it.shared && !matches!(it.what, What::Profile(_)));
        Some((own().map(|it| it.sent_us).min()?, own().map(|it| it.done_us).max()?))
    }
}

/// Returns what a case did to each of its wallets.
#[must_use]
pub(crate) fn passages(scene: &Scene<'_>) -> Vec<Passage> {
    let wallets = scene.wallets();
    let of = |wallet: usize| {
        let account = &scene.case.accounts[wallet];
        let own = |it: &&Seen<'_>| it.exchange.actor.is_some_and(|actor| wallets.get(actor) == Some(&wallet));
        let case = scene.case;
        let name = match &account.profile {
            _ if account.fresh => format!("account {wallet} of {} ({})", case.id, case.index),
            Some(profile) => format!("profile {profile}"),
            None => format!("account {}", account.name),
        };
        Passage {
            wallet: name,
            case: case.id.clone(),
            index: case.index,
            opening: account.balance.filter(|_| account.fresh),
            declared: account.balance,
            events: scene.seen.iter().filter(own).flat_map(|it| events(scene, it)).collect(),
        }
    };
    let own = (0..wallets.len()).filter(|it| wallets[*it] == *it);
    own.map(of).filter(|it| !it.events.is_empty()).collect()
}

fn events(scene: &Scene<'_>, seen: &Seen<'_>) -> Vec<Event> {
    let exchange = seen.exchange;
    let what = match exchange.operation {
        OperationId::BuyBulk => of_order(scene, seen),
        OperationId::Retry => vec![What::Unclear],
        OperationId::Wallet => {
            let read = seen.wallet(scene.contract).and_then(|it| it.available.pesewas());
            read.map(What::Read).into_iter().collect()
        }
        OperationId::Profile if seen.authorised(scene.case) && seen.is_ok(scene.contract) => {
            let holds =
                seen.response().and_then(|it| reading::profile(scene.contract, it)).map(|it| it.holds);
            let shown = holds.and_then(|it| it.available.or(it.plain));
            shown.as_ref().and_then(Amount::pesewas).map(What::Profile).into_iter().collect()
        }
        _ => Vec::new(),
    };
    let event = |what| Event {
        at: seen.at,
        sent_us: exchange.sent_us,
        done_us: exchange.done_us,
        shared: exchange.shared,
        what,
    };
    what.into_iter().map(event).collect()
}

fn of_order(scene: &Scene<'_>, seen: &Seen<'_>) -> Vec<What> {
    let contract = scene.contract;
    let (Some(facts), Some(allowed)) = (&seen.facts, &seen.allowed) else { return Vec::new() };
    let response = match &seen.exchange.answer {
        Answer::Unsent(_) => return Vec::new(),
        // An order that must be refused must not cost anything, even if its answer was lost.
        Answer::Lost(_) if !allowed.sure.is_empty() => return Vec::new(),
        Answer::Lost(_) => return vec![What::Unclear],
        Answer::Response(response) => response,
    };
    match door::made(contract, &seen.exchange.request, response) {
        Made::Yes => {
            let created = scene.created.iter().find(|it| it.exchange == seen.at);
            let summary = created.map(|it| &it.summary);
            let total = summary.and_then(|it| it.pesewas()).or_else(|| facts.exact_cost());
            // The payer of an order that must not have been accepted is unknown.
            let payer = allowed.sure.is_empty() || facts.auth == Auth::Good;
            let paid = total.filter(|_| payer).map_or(What::Unclear, What::Paid);
            let before = summary.and_then(|it| it.before.as_ref()).and_then(Amount::pesewas);
            before.map(What::Before).into_iter().chain([paid]).collect()
        }
        Made::Unclear => vec![What::Unclear],
        Made::No if reading::is_error(response.status) && response.status >= 500 => vec![What::Unclear],
        Made::No if response.status == contract.status(Meaning::Insufficient) => {
            Facts::exact_cost(facts).map(What::Short).into_iter().collect()
        }
        Made::No => Vec::new(),
    }
}
