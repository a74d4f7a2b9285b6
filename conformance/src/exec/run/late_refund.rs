//! Waits for a refund that is late. A server may debit a retry before the refund of the failed recipient has arrived, and
//! then the wallet holds less for a moment, although nothing was paid twice.

use std::time::Duration;

use spec::{OperationId, Pesewas};

use super::case::CaseRunner;
use crate::history::Exchange;
use crate::order::reading;
use crate::order::wallet::is_subset_sum;

/// The time between two readings of the wallet.
const APART: Duration = Duration::from_millis(500);

impl CaseRunner<'_> {
    /// Reads once more what may show a change of the wallet late.
    pub(super) async fn explain_late(&mut self) {
        self.explain_late_profile().await;
        self.explain_late_refund().await;
    }

    /// Reads the wallet of a retried order again until the retry has cost no more than what came back, as long as orders are
    /// followed. A reading costs nothing.
    pub(super) async fn explain_late_refund(&mut self) {
        // Once the next case may use the wallet, a reading of it explains nothing.
        if self.remembered {
            return;
        }
        let mut left = self.runner.settle();
        while let Some(actor) = self.awaits_refund() {
            let step = APART.min(left);
            if step.is_zero() || !self.runner.stop.pause(step).await {
                return;
            }
            left -= step;
            let path = self.runner.contract.operation(OperationId::Wallet).path.clone();
            if !matches!(self.get(OperationId::Wallet, actor, path).await, Ok(Some(_))) {
                return;
            }
        }
    }

    /// Returns the actor whose wallet holds less after a retry than before it, by more than what had come back of the order.
    fn awaits_refund(&self) -> Option<usize> {
        let contract = &self.runner.contract;
        let all = &self.record.exchanges;
        let retried = |it: &Exchange| {
            it.operation == OperationId::Retry
                && it.answer.response().is_some_and(|it| reading::is_success(it.status))
        };
        let at = all.iter().position(retried)?;
        let actor = all[at].actor?;
        let held = |it: &Exchange| {
            (it.operation == OperationId::Wallet && it.actor == Some(actor))
                .then(|| reading::available(contract, it.answer.response()?))?
        };
        let before = all[..at].iter().rev().find_map(held)?;
        let now = all[at..].iter().rev().find_map(held)?;
        let order =
            all.iter().position(|it| it.operation == OperationId::BuyBulk && it.actor == Some(actor))?;
        let total = reading::total(contract, all[order].answer.response()?)?;
        let opening = all[..order].iter().rev().find_map(held).or(self.record.accounts[actor].balance)?;
        let came_back = before - (opening - total);
        let paid = before - now;
        (paid > Pesewas::ZERO && !is_subset_sum(paid, &[came_back])).then_some(actor)
    }
}
