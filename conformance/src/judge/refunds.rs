//! What may have come back to a wallet: recipients that failed may be refunded (AMB-HELD), those of earlier orders too.

use spec::{OperationId, Pesewas};

use super::scene::{Created, Scene, Seen};
use crate::history::{Exchange, PackageFacts};
use crate::order::facts::Entry;
use crate::order::msisdn::normal_form;
use crate::order::reading::{self, Amount, Order};
use crate::order::recipients::Recipient;
use crate::order::wallet::is_subset_sum;

/// Why nobody can tell what a wallet should hold.
pub(crate) const UNSEEN: &str = "recipients that no answer shows may have failed and been refunded";

/// Why a wallet holds more than its orders leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Back {
    /// Recipients that were shown to have failed cost that much.
    Failed,
    /// Recipients that no answer shows may have.
    Unseen,
}

/// How wallets stood after accepted orders.
#[derive(Debug, Default)]
pub(super) struct Debits {
    /// Readings of exactly what the orders left.
    pub(super) whole: usize,
    /// Readings of more than that, which no recipient explains that was shown to have failed.
    pub(super) short: Vec<usize>,
}

impl Scene<'_> {
    /// Takes note of recipients that an order was seen to have failed: what they cost may have come back.
    pub(super) fn note_failed(&mut self, actor: usize, exchange: &Exchange) {
        if !matches!(exchange.operation, OperationId::Order | OperationId::OrderStatus | OperationId::Retry) {
            return;
        }
        let Some(order) = exchange.answer.response().and_then(|it| reading::order(self.contract, it)) else {
            return;
        };
        let recipients = order.recipients.as_deref().unwrap_or_default();
        let failed = recipients.iter().filter(|it| it.state.as_deref().is_some_and(reading::is_failed));
        let created = self.asked_for(exchange);
        let cost = |it: &Recipient| {
            let shown = it.amount.as_ref().and_then(Amount::pesewas);
            let sent = || self.price_of(created?, it.msisdn.as_deref()?);
            // Of an order of an earlier case only what is shown tells.
            let shows = || self.price_for(actor, |package| it.texts.contains(&package.id));
            shown.or_else(sent).or_else(shows)
        };
        let costs: Vec<Option<Pesewas>> = failed.map(cost).collect();
        let amounts: Vec<Pesewas> = costs.iter().copied().flatten().collect();
        // Each order by itself: what failed in one is not what failed in another.
        let about = created.map_or(exchange.request.path.clone(), |it| it.exchange.to_string());
        if amounts.len() < costs.len()
            && let Some(most) = order.amount.as_ref().and_then(Amount::pesewas)
        {
            self.unpriced.insert((actor, about.clone()), most);
        }
        let known = self.failed.entry((actor, about)).or_default();
        if amounts.len() > known.len() {
            *known = amounts;
        }
        let all =
            self.failed.iter().filter(|((of, _), _)| *of == actor).flat_map(|(_, amounts)| amounts.clone());
        self.refundable.insert(actor, all.collect());
    }

    /// What a recipient of an order cost, by the package that was sent for its number.
    fn price_of(&self, created: &Created, number: &str) -> Option<Pesewas> {
        let entries = created.order.as_ref()?.entries.as_ref()?;
        let same =
            |it: &&Entry| it.msisdn.text().is_some_and(|text| normal_form(self.contract, text) == number);
        let package = entries.iter().find(same)?.package.text()?;
        self.price_for(created.actor, |it| it.id == package)
    }

    /// What an actor pays for the first package of which this is true.
    fn price_for(&self, actor: usize, is: impl Fn(&PackageFacts) -> bool) -> Option<Pesewas> {
        let role = self.case.accounts.get(actor)?.role.as_ref()?;
        self.world.catalog.as_ref()?.packages().find(|it| is(it))?.price.get(role).copied()
    }

    /// The cheapest recipient of an order, as far as prices are known.
    fn cheapest(&self, created: &Created) -> Pesewas {
        let entries = created.order.as_ref().and_then(|it| it.entries.as_deref()).unwrap_or_default();
        let numbers = entries.iter().filter_map(|it| it.msisdn.text());
        let prices = numbers.map(|it| self.price_of(created, &normal_form(self.contract, it)));
        prices.collect::<Option<Vec<_>>>().and_then(|it| it.into_iter().min()).unwrap_or_default()
    }

    /// Why a wallet may hold so much more than its orders leave.
    #[must_use]
    pub(crate) fn came_back(&self, seen: &Seen<'_>, actor: usize, balance: Pesewas) -> Option<Back> {
        let more: Vec<Pesewas> = seen.before.possible().into_iter().map(|it| balance - it).collect();
        let more = || more.iter().filter(|it| **it > Pesewas::ZERO);
        let refundable = self.refundable.get(&actor).map_or(&[][..], Vec::as_slice);
        if more().any(|it| is_subset_sum(*it, refundable)) {
            return Some(Back::Failed);
        }
        let hidden = self.hidden(actor);
        more().any(|it| *it <= hidden).then_some(Back::Unseen)
    }

    /// Whether a wallet may hold so much: something came back, or it is a fixed account's that was not read in the case.
    #[must_use]
    pub(crate) fn may_hold(&self, seen: &Seen<'_>, actor: usize, balance: Pesewas) -> bool {
        let fixed = self.case.accounts.get(actor).is_some_and(|it| !it.fresh);
        fixed && !self.is_read_before(seen) || self.came_back(seen, actor, balance).is_some()
    }

    /// Whether some wallet was read before an exchange.
    #[must_use]
    pub(crate) fn is_read_before(&self, seen: &Seen<'_>) -> bool {
        self.seen[..seen.at].iter().any(|it| it.wallet(self.contract).is_some())
    }

    /// Whether a wallet that was short of an order's cost may have held that much after all: something may have come back, and
    /// no later reading shows that nothing did.
    #[must_use]
    pub(crate) fn could_pay(&self, seen: &Seen<'_>, actor: usize, cost: Pesewas) -> bool {
        let own = |it: &&Seen<'_>| it.exchange.actor == Some(actor);
        let after = self.seen[seen.at..].iter().filter(own).find_map(|it| it.wallet(self.contract));
        let after = after.and_then(|it| it.available.pesewas());
        if after.is_some_and(|after| seen.before.may_be(after + cost)) {
            return false;
        }
        let back: Pesewas = self.refundable.get(&actor).into_iter().flatten().copied().sum();
        let more = back + self.hidden(actor);
        seen.before.possible().iter().any(|it| *it + more >= cost)
    }

    /// How wallets that were read around accepted orders stood after them, as far as nothing that was shown explains it.
    #[must_use]
    pub(super) fn debits(&self) -> Debits {
        let wallets = self.wallets();
        let mut debits = Debits::default();
        for seen in self.seen.iter().filter(|it| it.exchange.wave.is_none()) {
            let Some(read) = seen.wallet(self.contract).and_then(|it| it.available.pesewas()) else {
                continue;
            };
            let Some(actor) = seen.exchange.actor else { continue };
            let of_wallet = |it: &&Seen<'_>| it.exchange.actor.map(|it| wallets[it]) == Some(wallets[actor]);
            let since = self.seen[..seen.at].iter().rev().filter(of_wallet);
            let mut since = since.take_while(|it| it.wallet(self.contract).is_none());
            let paid = since.any(|it| self.created.iter().any(|made| made.exchange == it.at));
            let Some(wanted) = seen.before.exact().filter(|_| paid) else { continue };
            if read == wanted {
                debits.whole += 1;
            } else if read > wanted && self.came_back(seen, actor, read) != Some(Back::Failed) {
                debits.short.push(seen.at);
            }
        }
        debits
    }

    /// The most that may have come back to an actor's wallet unseen: what its orders cost that were read back without
    /// their recipients, any of which may have failed, and orders of earlier cases that nobody read.
    #[must_use]
    pub(crate) fn hidden(&self, actor: usize) -> Pesewas {
        let lacks = self.world.lacks(OperationId::OrderStatus) && self.world.lacks(OperationId::Order);
        let unseen = |created: &Created| {
            let of_it = |seen: &&Seen<'_>| {
                self.asked_for(seen.exchange).is_some_and(|it| it.exchange == created.exchange)
            };
            let reads = self.seen.iter().filter(of_it).filter_map(|seen| seen.order(self.contract));
            let reads: Vec<Order> = reads.collect();
            // Where no state is recognised, nobody can tell who failed.
            let told = |it: &Order| it.recipients.iter().flatten().all(|it| it.state.is_some());
            let open = lacks || reads.iter().any(|order| order.recipients.is_none() || !told(order));
            // Of an order that is shown to be completed somebody was served. One that is under way may fail as a whole.
            let served = |state: &String| reading::is_served(&self.contract.states, state);
            let completed = reads.iter().any(|it| it.state.as_ref().is_some_and(served));
            let kept = if completed { self.cheapest(created) } else { Pesewas::ZERO };
            created.cost.filter(|_| open).map(|cost| cost - kept)
        };
        let own = self.created.iter().filter(|it| it.actor == actor).filter_map(unseen);
        let earlier = self.case.accounts.get(actor).and_then(|it| it.earlier.as_ref());
        let earlier = earlier.map(|it| it.unread).unwrap_or_default();
        let unpriced = self.unpriced.iter().filter(|((of, _), _)| *of == actor).map(|(_, most)| *most);
        own.chain(unpriced).sum::<Pesewas>() + earlier
    }
}
