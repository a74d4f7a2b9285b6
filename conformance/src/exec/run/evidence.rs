//! A wallet that holds more than its orders left it is no mistake where a recipient failed and was refunded. So where a
//! reading shows such a credit, the orders behind it are read once more, and their recipients tell.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Meaning, OperationId, Pesewas};

use super::case::CaseRunner;
use crate::history::{Answer, KeyUse};
use crate::order::path::encode;
use crate::order::reading::{self, Amount};

/// Orders of a case that are read for one credit, at most.
const MOST_ORDERS: usize = 24;

/// New orders of a list that are read, at most.
const MOST_NEWCOMERS: usize = 3;

impl CaseRunner<'_> {
    /// Reads the orders of each wallet that was seen to hold more than it should; a reading costs nothing.
    pub(super) async fn explain_credits(&mut self) {
        let runner = self.runner;
        if runner.world.lacks(OperationId::OrderStatus) {
            return;
        }
        for (actor, ids) in self.credited() {
            for id in ids.into_iter().take(MOST_ORDERS) {
                let path = runner.contract.operation(OperationId::OrderStatus).path_with(&[&encode(&id)]);
                if self.get(OperationId::OrderStatus, actor, path).await.is_err() {
                    return;
                }
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
        let mut left: Vec<Option<Pesewas>> = accounts.iter().map(|it| it.balance).collect();
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
            }
        }
        orders.into_iter().filter(|(actor, _)| credited.contains(actor)).collect()
    }
}
