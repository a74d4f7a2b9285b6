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

    /// Returns true if the last readings of an order by its two endpoints show different states.
    fn are_apart(&self, id: &str) -> bool {
        let mut last: BTreeMap<OperationId, Order> = BTreeMap::new();
        for exchange in self.record.exchanges.iter().filter(|it| names(&it.request.path, id)) {
            let response = exchange.answer.response();
            let order = response.and_then(|it| reading::order(&self.runner.contract, it));
            if matches!(exchange.operation, OperationId::Order | OperationId::OrderStatus)
                && let Some(order) = order
            {
                last.insert(exchange.operation, order);
            }
        }
        let states = |order: &Order| {
            let recipients = order.recipients.iter().flatten().map(|it| it.state.clone());
            let all = recipients.chain([order.state.clone()]);
            all.map(|it| it.map(|it| it.to_ascii_lowercase())).collect::<Vec<_>>()
        };
        let [one, other] = [OperationId::Order, OperationId::OrderStatus].map(|it| last.get(&it));
        one.zip(other).is_some_and(|(one, other)| states(one) != states(other))
    }
}
