//! Reads an order again that its two endpoints last showed in different states: it may have moved on between the two
//! readings, or one of them may be behind for a moment. A reading costs nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use spec::OperationId;

use super::case::CaseRunner;
use crate::order::path::{encode, names};
use crate::order::reading::{self, Order};

/// The pauses before an order is read again. An order that moved on between the two readings shows the same state at once;
/// an endpoint that is behind for a moment is waited for.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(100), Duration::from_secs(2)];

/// The number of readings from which on an order was followed.
const FOLLOWED: usize = 6;

impl CaseRunner<'_> {
    /// Reads each order again whose endpoints last disagreed about its state, by each of them in turn.
    pub(super) async fn explain_other_states(&mut self) {
        let reads = |operation| self.record.exchanges.iter().any(|it| it.operation == operation);
        if !reads(OperationId::Order) || !reads(OperationId::OrderStatus) || self.shuts_out() {
            return;
        }
        for pause in PAUSES {
            let apart: Vec<(String, usize)> =
                self.created.iter().filter(|(id, _)| self.are_apart(id)).cloned().collect();
            if apart.is_empty() || !self.runner.stop.pause(pause).await {
                return;
            }
            for (id, actor) in apart {
                for operation in [OperationId::OrderStatus, OperationId::Order, OperationId::OrderStatus] {
                    let path = self.runner.contract.operation(operation).path_with(&[&encode(&id)]);
                    if self.get(operation, actor, path).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Returns true if the last readings of an order by its two endpoints show different states, and the order can't have
    /// moved on in between. One that was followed and still shows different states is read again in any case.
    fn are_apart(&self, id: &str) -> bool {
        let contract = &self.runner.contract;
        let mut last: BTreeMap<OperationId, (usize, Order)> = BTreeMap::new();
        let mut followed = 0;
        for (at, exchange) in self.record.exchanges.iter().enumerate() {
            let both = matches!(exchange.operation, OperationId::Order | OperationId::OrderStatus);
            let response = exchange.answer.response().filter(|_| both && names(&exchange.request.path, id));
            if let Some(order) = response.and_then(|it| reading::order(contract, it)) {
                followed += 1;
                last.insert(exchange.operation, (at, order));
            }
        }
        let mut readings: Vec<(usize, Order)> = last.into_values().collect();
        readings.sort_by_key(|(at, _)| *at);
        let [(_, earlier), (_, later)] = &readings[..] else { return false };
        let (were, are) = (states(earlier), states(later));
        let fits = |was: &Option<String>, is: &Option<String>| match (was, is) {
            (Some(was), Some(is)) if followed < FOLLOWED => contract.states.may_become(was, is),
            _ => was == is,
        };
        // An endpoint that shows no recipients is compared by the state of the order alone.
        let shown = if were.len() == are.len() { were.len() } else { 1 };
        !were.iter().zip(&are).take(shown).all(|(was, is)| fits(was, is))
    }
}

/// Returns the states that a reading shows in small letters: of the order, then of its recipients.
fn states(order: &Order) -> Vec<Option<String>> {
    let recipients = order.recipients.iter().flatten().map(|it| it.state.clone());
    let all = std::iter::once(order.state.clone()).chain(recipients);
    all.map(|it| it.map(|it| it.to_ascii_lowercase())).collect()
}
