//! A wallet that holds more than its orders left it is no mistake where a recipient failed and was refunded. So where a
//! reading shows such a credit, the orders behind it are read once more, and their recipients tell.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Meaning, OperationId, Pesewas};

use super::case::{CaseRunner, Prepared};
use crate::history::{Answer, Earlier, KeyUse, Response};
use crate::order::door;
use crate::order::path::encode;
use crate::order::reading::{self, Amount};

/// Orders of a case that are read for one credit, at most.
const MOST_ORDERS: usize = 24;

/// What an order may have cost whose price nobody knows.
const ANYTHING: Pesewas = Pesewas::new(1_000_000_000_000);

/// New orders of a list that are read, at most.
const MOST_NEWCOMERS: usize = 3;

impl CaseRunner<'_> {
    /// Takes note of an order that was created or read.
    pub(super) fn note_order(&mut self, prepared: &Prepared, response: &Response) {
        let runner = self.runner;
        let contract = &runner.contract;
        let wallet = self.fixed_wallet(prepared.actor);
        match prepared.operation {
            OperationId::BuyBulk if door::is_created(contract, &prepared.request, response) => {
                let summary = reading::summary(contract, response).unwrap_or_default();
                let Some(id) = summary.order_id else { return };
                if let Some(wallet) = wallet {
                    let total = summary.total.as_ref().and_then(Amount::pesewas);
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

    /// Whether some actor's own key was not taken.
    fn shuts_out(&self) -> bool {
        let refused = self.runner.contract.status(Meaning::Unauthorized);
        let own = self.record.exchanges.iter().filter(|it| it.request.key == KeyUse::Own);
        own.filter_map(|it| it.answer.response()).any(|it| it.status == refused)
    }

    /// The wallet of an actor, among those of the fixed accounts.
    fn fixed_wallet(&self, actor: usize) -> Option<usize> {
        let facts = self.record.accounts.get(actor).filter(|it| !it.fresh)?;
        let world = &self.runner.world;
        world.accounts.iter().position(|it| it.name == facts.name).map(|at| world.wallet(at))
    }

    /// Reads the orders of each wallet that was seen to hold more than it should: those of the case, and those of earlier
    /// cases that may not have ended. A reading costs nothing. What nobody reads may have come back all the same.
    pub(super) async fn explain_credits(&mut self) {
        let runner = self.runner;
        // A key that was revoked in the case can't read any more.
        let credited = if self.shuts_out() { BTreeMap::new() } else { self.credited() };
        for (actor, own) in credited {
            let wallet = self.fixed_wallet(actor);
            let mut ids = own.clone();
            ids.extend(wallet.map(|it| runner.unsettled.ids(it)).unwrap_or_default());
            let mut seen = BTreeSet::new();
            ids.retain(|id| seen.insert(id.clone()));
            ids.truncate(if runner.world.lacks(OperationId::OrderStatus) { 0 } else { MOST_ORDERS });
            let read = ids.iter().filter(|id| !own.contains(id)).cloned().collect();
            let mut told = own;
            for id in ids {
                let path = runner.contract.operation(OperationId::OrderStatus).path_with(&[&encode(&id)]);
                let Ok(read) = self.get(OperationId::OrderStatus, actor, path).await else { break };
                let order = read.and_then(|it| reading::order(&runner.contract, &it));
                if order.is_some_and(|it| it.recipients.is_some()) {
                    told.push(id);
                }
            }
            let unread = wallet.map(|it| runner.unsettled.most(it, &told)).unwrap_or_default();
            if wallet.is_some() {
                self.record.accounts[actor].earlier = Some(Earlier { read, unread });
            }
        }
    }

    /// Reads orders that came into the list of a fixed account during the case, though none of the case was accepted: they
    /// may be others' who use the account, or refused ones that were created all the same.
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

    /// Actors whose wallet was read to hold more than what their accepted orders left of it, with those orders.
    fn credited(&self) -> BTreeMap<usize, Vec<String>> {
        let contract = &self.runner.contract;
        let accounts = &self.record.accounts;
        // What a fixed account was known to hold may have changed before the case.
        let mut left: Vec<Option<Pesewas>> =
            accounts.iter().map(|it| it.balance.filter(|_| it.fresh)).collect();
        let mut orders: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        let mut credited = Vec::new();
        for exchange in &self.record.exchanges {
            let (Some(actor), Answer::Response(response)) = (exchange.actor, &exchange.answer) else {
                continue;
            };
            let Some(balance) = left.get_mut(actor) else { continue };
            let own = matches!(exchange.request.key, KeyUse::Own | KeyUse::OwnHeaderCase(_));
            if exchange.operation == OperationId::BuyBulk && own && reading::is_success(response.status) {
                let summary = reading::summary(contract, response).unwrap_or_default();
                let total = summary.total.as_ref().and_then(Amount::pesewas);
                let said = summary.before.as_ref().and_then(|it| it.value.clone().ok());
                // It was paid from more than there was, or says that there was more.
                let most = said.into_iter().chain(total).max();
                if balance.zip(most).is_some_and(|(balance, most)| most > balance) {
                    credited.push(actor);
                }
                *balance = balance.zip(total).map(|(balance, total)| balance - total);
                orders.entry(actor).or_default().extend(summary.order_id);
            } else if exchange.operation == OperationId::Wallet
                && Some(response.status) == contract.operation(OperationId::Wallet).status(Meaning::Ok)
                && let Some(read) = reading::available(contract, response)
            {
                if balance.is_some_and(|balance| read > balance) {
                    credited.push(actor);
                }
                *balance = Some(read);
            } else if exchange.operation == OperationId::Profile
                && let Some(profile) = reading::profile(contract, response)
                && let Some(read) = profile.holds.available.as_ref().and_then(Amount::pesewas)
                && balance.is_some_and(|balance| read > balance)
            {
                credited.push(actor);
            }
        }
        let of = |actor: usize| (actor, orders.get(&actor).cloned().unwrap_or_default());
        credited
            .into_iter()
            .map(of)
            .filter(|(actor, own)| !own.is_empty() || !accounts[*actor].fresh)
            .collect()
    }
}
