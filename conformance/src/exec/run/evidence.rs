//! Collects evidence for credits. A wallet that holds more than its orders left is no fault if a recipient failed and
//! was refunded. So if a reading shows such a credit, the orders behind it are read once more, to see the states of
//! their recipients.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use spec::{Meaning, OperationId, Pesewas};

use super::case::CaseRunner;
use super::prepared::Prepared;
use crate::history::{Answer, Earlier, Exchange, KeyUse, Response};
use crate::order::door;
use crate::order::path::{encode, query};
use crate::order::reading::{self, Amount};
use crate::order::recipients::Recipient;

/// The highest number of orders that are read for one credit.
const MOST_ORDERS: usize = 128;

/// An upper bound for the cost of an order of unknown price.
const ANYTHING: Pesewas = Pesewas::new(1_000_000_000_000);

/// The highest number of new orders of a list that are read.
const MOST_NEWCOMERS: usize = 3;

/// How long a profile that differs from the wallet may come from a cache, and what is held for an order may stay held after
/// its end.
const CACHED: Duration = Duration::from_millis(2_000);

impl CaseRunner<'_> {
    /// Notes an order that was created or read.
    pub(super) fn note_order(&mut self, prepared: &Prepared, response: &Response) {
        let runner = self.runner;
        let contract = &runner.contract;
        let wallet = self.fixed_wallet(prepared.actor);
        match prepared.operation {
            OperationId::BuyBulk if door::is_created(contract, &prepared.request, response) => {
                let summary = reading::summary(contract, response).unwrap_or_default();
                let total = summary.pesewas();
                let Some(id) = summary.order_id else { return };
                if let Some(wallet) = wallet {
                    runner.placed.note(wallet, &id);
                    runner.unsettled.created(wallet, &id, total.or(prepared.reserved).unwrap_or(ANYTHING));
                }
                self.created.push((id, prepared.actor));
            }
            OperationId::Order | OperationId::OrderStatus => {
                let Some(wallet) = wallet else { return };
                if let Some(order) = reading::order(contract, response)
                    && let Some(id) = &order.id
                {
                    runner.unsettled.read(contract, wallet, id, &order);
                }
            }
            _ => {}
        }
    }

    /// Returns true if the server refused an actor's own key.
    fn shuts_out(&self) -> bool {
        !self.shut_out().is_empty()
    }

    /// Returns the actors whose own key the server refused, and those that have the same key.
    fn shut_out(&self) -> BTreeSet<usize> {
        let refused = self.runner.contract.status(Meaning::Unauthorized);
        let own = self.record.exchanges.iter().filter(|it| it.request.key == KeyUse::Own);
        let refused = own.filter(|it| it.answer.response().is_some_and(|it| it.status == refused));
        let refused: BTreeSet<usize> = refused.filter_map(|it| it.actor).collect();
        let same = |at: usize| refused.iter().any(|it| self.actors.key(*it) == self.actors.key(at));
        (0..self.record.accounts.len()).filter(|at| same(*at)).collect()
    }

    /// Returns the wallet of an actor among those of the fixed accounts; `None` for other actors.
    pub(super) fn fixed_wallet(&self, actor: usize) -> Option<usize> {
        let facts = self.record.accounts.get(actor).filter(|it| !it.fresh)?;
        let environment = &self.runner.environment;
        environment.accounts.iter().position(|it| it.name == facts.name).map(|at| environment.wallet(at))
    }

    /// Reads the orders of each wallet that was seen to hold more than it should: those of the case, and those of
    /// earlier cases that may not have ended. Reads cost nothing. Orders that are not read may have been refunded all
    /// the same.
    pub(super) async fn explain_credits(&mut self) {
        let runner = self.runner;
        let mut credited = self.credited();
        // A key that was revoked in the case can't read any more; another key of the account can.
        let shut_out = self.shut_out();
        credited.retain(|actor, _| !shut_out.contains(actor));
        for (actor, own) in credited {
            let wallet = self.fixed_wallet(actor);
            // An order of the next case, which may have begun by now, explains nothing in this one.
            let later = wallet.map(|it| runner.placed.behind(it, &own)).unwrap_or_default();
            let mut ids = own.clone();
            ids.extend(wallet.map(|it| runner.unsettled.ids(it)).unwrap_or_default());
            let mut seen = BTreeSet::new();
            ids.retain(|id| seen.insert(id.clone()) && !later.contains(id));
            ids.truncate(if runner.environment.lacks(OperationId::OrderStatus) { 0 } else { MOST_ORDERS });
            let read = ids.iter().filter(|id| !own.contains(id)).cloned().collect();
            let mut told = own.clone();
            for id in ids {
                let path = runner.contract.operation(OperationId::OrderStatus).path_with(&[&encode(&id)]);
                let Ok(read) = self.get(OperationId::OrderStatus, actor, path).await else { break };
                let order = read.and_then(|it| reading::order(&runner.contract, &it));
                // Without recognised states it is unknown which recipients failed.
                let states = |it: Vec<Recipient>| it.iter().all(|it| it.state.is_some());
                if order.and_then(|it| it.recipients).is_some_and(states) {
                    told.push(id);
                }
            }
            // It may also have begun while these were read.
            told.extend(wallet.map(|it| runner.placed.behind(it, &own)).unwrap_or_default());
            let unread = wallet.map(|it| runner.unsettled.most(it, &told)).unwrap_or_default();
            if wallet.is_some() {
                self.record.accounts[actor].earlier = Some(Earlier { read, unread });
            }
        }
    }

    /// Reads orders that appeared in the list of a fixed account during the case although no order of the case was
    /// accepted. They may belong to other users of the account, or be refused orders that were created all the same.
    pub(super) async fn explain_newcomers(&mut self) {
        let runner = self.runner;
        let contract = &runner.contract;
        if !self.created.is_empty() || self.record.accounts.first().is_none_or(|it| it.fresh) {
            return;
        }
        let own = self.record.exchanges.iter().filter(|it| it.actor == Some(0));
        let mut pages = own
            .filter(|it| it.operation == OperationId::Orders && !it.request.path.contains('?'))
            .filter_map(|it| reading::page(contract, it.answer.response()?));
        let (Some(before), Some(after)) = (pages.next(), pages.next_back()) else { return };
        let known: BTreeSet<&String> = before.orders.iter().filter_map(|it| it.id.as_ref()).collect();
        let new = after.orders.iter().filter_map(|it| it.id.as_ref()).filter(|id| !known.contains(id));
        for id in new.take(MOST_NEWCOMERS) {
            let path = contract.operation(OperationId::OrderStatus).path_with(&[&encode(id)]);
            if self.get(OperationId::OrderStatus, 0, path).await.is_err() {
                return;
            }
        }
    }

    /// Reads the list once more for each actor whose pages showed an order twice: a new order may have come in between two
    /// pages, from another case or from others who use the account. A reading costs nothing.
    pub(super) async fn explain_moved_list(&mut self) {
        let contract = self.runner.contract.clone();
        let operation = contract.operation(OperationId::Orders);
        let Some(cursor) = operation.query.get("cursor") else { return };
        let lists = || self.record.exchanges.iter().filter(|it| it.operation == OperationId::Orders);
        let goes_on = |it: &Exchange| query(&it.request.path, cursor).is_some();
        // Most cases read no second page, and then nothing is to be parsed.
        if !lists().any(goes_on) {
            return;
        }
        let mut shown: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        let mut again = BTreeSet::new();
        for exchange in lists() {
            let (Some(actor), Some(response)) = (exchange.actor, exchange.answer.response()) else {
                continue;
            };
            let Some(page) = reading::page(&contract, response) else { continue };
            let known = shown.entry(actor).or_default();
            if !goes_on(exchange) {
                known.clear();
            }
            for id in page.orders.into_iter().filter_map(|it| it.id) {
                if !known.insert(id) {
                    again.insert(actor);
                }
            }
        }
        for actor in again {
            if self.get(OperationId::Orders, actor, operation.path.clone()).await.is_err() {
                return;
            }
        }
    }

    /// Reads a profile once more that did not show what the wallet beside it held: no page says that a profile is current, and
    /// many servers keep one for a moment. A reading costs nothing.
    pub(super) async fn explain_late_profile(&mut self) {
        let runner = self.runner;
        // Once the next case may use the wallet, a reading of it explains nothing.
        let read = self.record.exchanges.iter().any(|it| it.operation == OperationId::Profile);
        let idle = !read || self.remembered || self.shuts_out();
        let late = if idle { BTreeSet::new() } else { self.late_profiles() };
        if late.is_empty() || !runner.stop.pause(CACHED).await {
            return;
        }
        for actor in late {
            for operation in [OperationId::Wallet, OperationId::Profile, OperationId::Wallet] {
                let path = runner.contract.operation(operation).path.clone();
                if self.get(operation, actor, path).await.is_err() {
                    return;
                }
            }
        }
    }

    /// Reads a new account's wallet once more that holds more than at first although its order was seen to end: no page says
    /// when what is held is settled.
    pub(super) async fn explain_held(&mut self) {
        let runner = self.runner;
        let contract = &runner.contract;
        let states = &contract.states;
        // Most cases read no status of an order, and then nothing is to be parsed.
        if self.record.exchanges.iter().all(|it| it.operation != OperationId::OrderStatus) {
            return;
        }
        // By wallet, since another key of the account may read it or follow the order.
        let mut first: BTreeMap<usize, Pesewas> = BTreeMap::new();
        let mut more = BTreeMap::new();
        let mut ended = BTreeSet::new();
        for exchange in &self.record.exchanges {
            let (Some(actor), Answer::Response(response)) = (exchange.actor, &exchange.answer) else {
                continue;
            };
            let wallet = self.record.wallet_of(actor);
            match exchange.operation {
                OperationId::Wallet => {
                    let held = reading::wallet(contract, response).and_then(|it| it.held?.pesewas());
                    let Some(held) = held else { continue };
                    more.remove(&wallet);
                    if *first.entry(wallet).or_insert(held) < held {
                        more.insert(wallet, actor);
                    }
                }
                OperationId::OrderStatus
                    if reading::order(contract, response).is_some_and(|it| it.has_ended(states)) =>
                {
                    ended.insert(wallet);
                }
                _ => {}
            }
        }
        let is_new = |wallet: &usize| self.record.accounts.get(*wallet).is_some_and(|it| it.fresh);
        more.retain(|wallet, _| ended.contains(wallet) && is_new(wallet));
        let held: Vec<usize> = more.into_values().collect();
        if held.is_empty() || !runner.stop.pause(CACHED).await {
            return;
        }
        for actor in held {
            let path = contract.operation(OperationId::Wallet).path.clone();
            if self.get(OperationId::Wallet, actor, path).await.is_err() {
                return;
            }
        }
    }

    /// Actors whose last profile shows another spendable balance than their wallet, with no order since either was read.
    fn late_profiles(&self) -> BTreeSet<usize> {
        let contract = &self.runner.contract;
        let mut wallets: BTreeMap<usize, RangeInclusive<Pesewas>> = BTreeMap::new();
        let mut profiles: BTreeMap<usize, (Pesewas, bool)> = BTreeMap::new();
        for exchange in &self.record.exchanges {
            let (Some(actor), Answer::Response(response)) = (exchange.actor, &exchange.answer) else {
                continue;
            };
            match exchange.operation {
                OperationId::BuyBulk | OperationId::Retry => {
                    wallets.remove(&actor);
                    profiles.remove(&actor);
                }
                OperationId::Wallet => {
                    let balances = reading::wallet(contract, response);
                    let available = balances.as_ref().and_then(|it| it.available.pesewas());
                    let total = balances.and_then(|it| it.total?.pesewas());
                    wallets.extend(available.map(|it| (actor, it..=total.unwrap_or(it))));
                }
                OperationId::Profile => {
                    let holds = reading::profile(contract, response).map(|it| it.holds);
                    let named = holds.as_ref().is_some_and(|it| it.available.is_some());
                    let said = holds.and_then(|it| it.available.or(it.plain)?.pesewas());
                    profiles.extend(said.map(|it| (actor, (it, named))));
                }
                _ => {}
            }
        }
        // A balance without a further word in its name may include what is held.
        let agrees = |wallet: &RangeInclusive<Pesewas>, (said, named): &(Pesewas, bool)| {
            if *named { wallet.start() == said } else { wallet.contains(said) }
        };
        let differs = |(actor, said): (&usize, &(Pesewas, bool))| {
            wallets.get(actor).filter(|wallet| !agrees(wallet, said)).map(|_| *actor)
        };
        profiles.iter().filter_map(differs).collect()
    }

    /// Returns the actors whose wallet was read to hold more than its accepted orders left, with those orders: also those
    /// that another key of the account placed.
    fn credited(&self) -> BTreeMap<usize, Vec<String>> {
        let contract = &self.runner.contract;
        let accounts = &self.record.accounts;
        // The balance that was known of a fixed account may have changed before the case.
        let mut left: Vec<Option<Pesewas>> =
            accounts.iter().map(|it| it.balance.filter(|_| it.fresh)).collect();
        let mut totals: Vec<Option<Pesewas>> = vec![None; accounts.len()];
        let mut orders: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        let mut credited = Vec::new();
        for exchange in &self.record.exchanges {
            let (Some(actor), Answer::Response(response)) = (exchange.actor, &exchange.answer) else {
                continue;
            };
            let wallet = self.record.wallet_of(actor);
            let Some(balance) = left.get_mut(wallet) else { continue };
            let own = matches!(exchange.request.key, KeyUse::Own | KeyUse::OwnHeaderCase(_));
            if exchange.operation == OperationId::BuyBulk && own && reading::is_success(response.status) {
                let summary = reading::summary(contract, response).unwrap_or_default();
                let total = summary.pesewas();
                let said = summary.before.as_ref().and_then(|it| it.value.clone().ok());
                // The order was paid from more than there was, or its answer says that there was more.
                let most = said.into_iter().chain(total).max();
                if balance.zip(most).is_some_and(|(balance, most)| most > balance) {
                    credited.push(actor);
                }
                *balance = balance.zip(total).map(|(balance, total)| balance - total);
                orders.entry(wallet).or_default().extend(summary.order_id);
            } else if exchange.operation == OperationId::Wallet
                && exchange.batch.is_none()
                && Some(response.status) == contract.operation(OperationId::Wallet).status(Meaning::Ok)
                && let Some(balances) = reading::wallet(contract, response)
                && let Some(read) = balances.available.pesewas()
            {
                let total = balances.total.and_then(|it| it.pesewas());
                // What comes back may be held at first.
                let grew = totals[wallet].zip(total).is_some_and(|(before, total)| total > before);
                if grew || balance.is_some_and(|balance| read > balance) {
                    credited.push(actor);
                }
                (*balance, totals[wallet]) = (Some(read), total);
            } else if exchange.operation == OperationId::Profile
                && let Some(profile) = reading::profile(contract, response)
                && let Some(read) = profile.holds.available.as_ref().and_then(Amount::pesewas)
                && balance.is_some_and(|balance| read > balance)
            {
                credited.push(actor);
            }
        }
        let of =
            |actor: usize| (actor, orders.get(&self.record.wallet_of(actor)).cloned().unwrap_or_default());
        credited
            .into_iter()
            .map(of)
            .filter(|(actor, own)| !own.is_empty() || !accounts[*actor].fresh)
            .collect()
    }
}
