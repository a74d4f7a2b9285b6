//! Notes for which operators an order was accepted: there the numbers that orders use are taken, and no others need be tried
//! at the user's cost.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use spec::Contract;

use crate::plan::case::Outgoing;

/// The operators for which an order was accepted.
#[derive(Debug, Default)]
pub(super) struct Served(Mutex<BTreeSet<String>>);

impl Served {
    fn operators(&self) -> MutexGuard<'_, BTreeSet<String>> {
        // After a panic elsewhere the set holds plain ids, which are still right.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an order that was accepted.
    pub(super) fn accepted(&self, contract: &Contract, order: &Outgoing) {
        self.operators().extend(operator(contract, order));
    }

    /// Returns true if an order for the same operator was accepted.
    pub(super) fn is_known(&self, contract: &Contract, order: &Outgoing) -> bool {
        operator(contract, order).is_some_and(|it| self.operators().contains(&it))
    }
}

/// Returns the id of an order's operator; `None` if its body can't be read.
fn operator(contract: &Contract, order: &Outgoing) -> Option<String> {
    let body: Value = serde_json::from_slice(&order.body).ok()?;
    body.get(&contract.fields.order.operator)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accepted_order_is_known_by_its_operator() {
        let contract = spec::embedded().unwrap();
        let served = Served::default();
        let [one, other] =
            [r#"{"operatorId":"a","items":[]}"#, r#"{"operatorId":"b"}"#].map(Outgoing::of_body);
        served.accepted(&contract, &Outgoing::of_body("garbage"));
        assert!(
            !served.is_known(&contract, &one) && !served.is_known(&contract, &Outgoing::of_body("garbage"))
        );
        served.accepted(&contract, &one);
        assert!(served.is_known(&contract, &one) && !served.is_known(&contract, &other));
    }
}
