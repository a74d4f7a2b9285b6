//! Computes what may have been returned to a wallet: failed recipients may be refunded (AMB-HELD), also those of
//! earlier orders.

use spec::{OperationId, Pesewas};

use super::scene::{Created, Scene, Seen};
use crate::history::{Exchange, PackageFacts};
use crate::order::facts::Entry;
use crate::order::msisdn::normal_form;
use crate::order::reading::{self, Amount, Order};
use crate::order::recipients::Recipient;
use crate::order::state;
use crate::order::wallet::is_subset_sum;

/// Why it is unknown what a wallet should hold.
pub(crate) const UNSEEN: &str = "recipients that no answer shows may have failed and been refunded";

/// Why a wallet holds more than its orders left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Back {
    /// Refunds of recipients that were shown to have failed add up to the difference.
    Failed,
    /// Refunds of recipients whose state no answer shows may make up the difference.
    Unseen,
}

/// The state of wallets after accepted orders.
#[derive(Debug, Default)]
pub(super) struct Debits {
    /// The number of reads that show exactly what the orders left.
    pub(super) whole: usize,
    /// Reads that show more than that, unexplained by any recipient that was shown to have failed.
    pub(super) short: Vec<usize>,
}

impl Scene<'_> {
    /// Records the recipients that an order shows to have failed: their cost may have been refunded.
    pub(super) fn note_failed(&mut self, actor: usize, exchange: &Exchange) {
        if !matches!(exchange.operation, OperationId::Order | OperationId::OrderStatus | OperationId::Retry) {
            return;
        }
        let Some(order) = exchange.answer.response().and_then(|it| reading::order(self.contract, it)) else {
            return;
        };
        let recipients = order.recipients.as_deref().unwrap_or_default();
        let failed = recipients.iter().filter(|it| it.state.as_deref().is_some_and(state::is_failed));
        let created = self.asked_for(exchange);
        let cost = |it: &Recipient| {
            let shown = it.amount.as_ref().and_then(Amount::pesewas);
            let sent = || self.price_of(created?, it.msisdn.as_deref()?);
            // For an order of an earlier case only the shown fields can be used.
            let shows = || self.price_for(actor, |package| it.texts.contains(&package.id));
            shown.or_else(sent).or_else(shows)
        };
        let costs: Vec<Option<Pesewas>> = failed.map(cost).collect();
        let amounts: Vec<Pesewas> = costs.iter().copied().flatten().collect();
        // Failures are counted per order, since different orders have different recipients.
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

    /// Returns what a recipient of an order cost, by the package that was ordered for its number; `None` if unknown.
    #[must_use]
    pub(crate) fn price_of(&self, created: &Created, number: &str) -> Option<Pesewas> {
        let entries = created.order.as_ref()?.entries.as_ref()?;
        let same =
            |it: &&Entry| it.msisdn.text().is_some_and(|text| normal_form(self.contract, text) == number);
        let package = entries.iter().find(same)?.package.text()?;
        self.price_for(created.actor, |it| it.id == package)
    }

    /// Returns what an actor pays for the first package that matches; `None` if unknown.
    fn price_for(&self, actor: usize, is: impl Fn(&PackageFacts) -> bool) -> Option<Pesewas> {
        let role = self.case.accounts.get(actor)?.role.as_ref()?;
        self.environment.catalog.as_ref()?.packages().find(|it| is(it))?.price.get(role).copied()
    }

    /// Returns the price of the cheapest recipient of an order, or zero unless all prices are known.
    fn cheapest(&self, created: &Created) -> Pesewas {
        let entries = created.order.as_ref().and_then(|it| it.entries.as_deref()).unwrap_or_default();
        let numbers = entries.iter().filter_map(|it| it.msisdn.text());
        let prices = numbers.map(|it| self.price_of(created, &normal_form(self.contract, it)));
        prices.collect::<Option<Vec<_>>>().and_then(|it| it.into_iter().min()).unwrap_or_default()
    }

    /// Returns why a wallet may hold this much more than its orders left; `None` if nothing explains it.
    #[must_use]
    pub(crate) fn came_back(&self, seen: &Seen<'_>, actor: usize, balance: Pesewas) -> Option<Back> {
        let more: Vec<Pesewas> = seen.before.possible().into_iter().map(|it| balance - it).collect();
        let more = || more.iter().filter(|it| **it > Pesewas::ZERO);
        let wallet = self.case.wallet_of(actor);
        let refundable = self.refundable_in(wallet);
        if more().any(|it| is_subset_sum(*it, &refundable)) {
            return Some(Back::Failed);
        }
        let hidden = self.hidden_in(wallet);
        more().any(|it| *it <= hidden).then_some(Back::Unseen)
    }

    /// Returns true if a wallet may hold this much: money was returned, or it belongs to a fixed account not read
    /// before in the case.
    #[must_use]
    pub(crate) fn may_hold(&self, seen: &Seen<'_>, actor: usize, balance: Pesewas) -> bool {
        let fixed = self.case.accounts.get(actor).is_some_and(|it| !it.fresh);
        fixed && !self.is_read_before(seen) || self.came_back(seen, actor, balance).is_some()
    }

    /// Returns true if any wallet was read before an exchange.
    #[must_use]
    pub(crate) fn is_read_before(&self, seen: &Seen<'_>) -> bool {
        self.seen[..seen.at].iter().any(|it| it.wallet(self.contract).is_some())
    }

    /// Returns true if a wallet that was short of an order's cost may have held enough after all: money may have been
    /// returned, and no later read shows that none was.
    #[must_use]
    pub(crate) fn could_pay(&self, seen: &Seen<'_>, actor: usize, cost: Pesewas) -> bool {
        let own = |it: &&Seen<'_>| it.exchange.actor == Some(actor);
        let after = self.seen[seen.at..].iter().filter(own).find_map(|it| it.wallet(self.contract));
        let after = after.and_then(|it| it.available.pesewas());
        if after.is_some_and(|after| seen.before.may_be(after + cost)) {
            return false;
        }
        let wallet = self.case.wallet_of(actor);
        let back: Pesewas = self.refundable_in(wallet).into_iter().sum();
        let more = back + self.hidden_in(wallet);
        seen.before.possible().iter().any(|it| *it + more >= cost)
    }

    /// Returns the state of wallets read around accepted orders, as far as nothing that was shown explains a
    /// difference.
    #[must_use]
    pub(super) fn debits(&self) -> Debits {
        let wallets = self.wallets();
        let mut debits = Debits::default();
        for seen in self.seen.iter().filter(|it| it.exchange.batch.is_none()) {
            let Some(read) = seen.wallet(self.contract).and_then(|it| it.available.pesewas()) else {
                continue;
            };
            let Some(actor) = seen.exchange.actor else { continue };
            let of_wallet = |it: &&Seen<'_>| it.exchange.actor.map(|it| wallets[it]) == Some(wallets[actor]);
            let since = self.seen[..seen.at].iter().rev().filter(of_wallet);
            let since = since.take_while(|it| it.wallet(self.contract).is_none());
            let paid: Vec<&Created> =
                since.filter_map(|it| self.created.iter().find(|made| made.exchange == it.at)).collect();
            let Some(wanted) = seen.before.exact().filter(|_| !paid.is_empty()) else { continue };
            // Where answers are wrong about the cost, the wallet may be right.
            let beyond = |it: &&Created| Some(it.summary.pesewas()? - it.cost?);
            let by_price = wanted + paid.iter().filter_map(beyond).sum::<Pesewas>();
            if read == wanted || read == by_price {
                debits.whole += 1;
            } else if read > wanted && self.came_back(seen, actor, read) != Some(Back::Failed) {
                debits.short.push(seen.at);
            }
        }
        debits
    }

    /// Returns the prices of recipients that were shown to have failed, over all actors that pay from a wallet.
    #[must_use]
    pub(crate) fn refundable_in(&self, wallet: usize) -> Vec<Pesewas> {
        let wallets = self.wallets();
        let of_wallet = |actor: &usize| wallets.get(*actor) == Some(&wallet);
        let all = self.refundable.iter().filter(|(actor, _)| of_wallet(actor));
        all.flat_map(|(_, prices)| prices.iter().copied()).collect()
    }

    /// Returns the most that may have been returned to a wallet unseen, over all actors that pay from it.
    #[must_use]
    pub(crate) fn hidden_in(&self, wallet: usize) -> Pesewas {
        let wallets = self.wallets();
        (0..wallets.len()).filter(|actor| wallets[*actor] == wallet).map(|actor| self.hidden(actor)).sum()
    }

    /// Returns the last concurrent order of each wallet that paid for more than it held, if only refunds that no answer
    /// shows explain that.
    #[must_use]
    pub(super) fn overspent(&self) -> Vec<usize> {
        let wallets = self.wallets();
        let of = |wallet: usize| {
            let opening = self.case.accounts[wallet].balance?;
            let own = |it: &&Created| wallets[it.actor] == wallet;
            // Where the answer is wrong about the cost, the wallet may be right.
            let cost =
                |it: &Created| it.summary.pesewas().map(|said| it.cost.map_or(said, |cost| cost.min(said)));
            let spent: Pesewas = self.created.iter().filter(own).filter_map(cost).sum();
            let last = self.created.iter().rfind(own)?;
            let at_once = self.seen[last.exchange].exchange.batch.is_some();
            (at_once && spent > opening && spent - opening <= self.hidden_in(wallet)).then_some(last.exchange)
        };
        (0..wallets.len()).filter(|actor| wallets[*actor] == *actor).filter_map(of).collect()
    }

    /// Returns the most that may have been returned to an actor's wallet unseen: the cost of its orders that were read
    /// back without the states of their recipients, any of which may have failed, and of unread orders of earlier
    /// cases.
    #[must_use]
    pub(crate) fn hidden(&self, actor: usize) -> Pesewas {
        // While a run goes on, nothing may have shown yet whether an order can be read back.
        let readable =
            self.environment.has(OperationId::OrderStatus) || self.environment.has(OperationId::Order);
        let unseen = |created: &Created| {
            let of_it = |seen: &&Seen<'_>| self.asks_for(seen.exchange, created);
            let reads = self.seen.iter().filter(of_it).filter_map(|seen| seen.order(self.contract));
            let reads: Vec<Order> = reads.collect();
            // Without recognised states it is unknown which recipients failed.
            let told = |it: &Order| it.recipients.iter().flatten().all(|it| it.state.is_some());
            let unread = !readable && reads.is_empty();
            let open = unread || reads.iter().any(|order| order.recipients.is_none() || !told(order));
            // An order shown as completed served at least one recipient. One that is still under way may fail as a
            // whole.
            let served = |state: &String| state::is_served(&self.contract.states, state);
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
