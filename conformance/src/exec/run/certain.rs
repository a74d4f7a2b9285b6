//! What a server was seen to accept that it must refuse: once that is certain, no more of the same is sent at the user's cost.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::plan::case::{Case, Outgoing};

/// So many orders accepted in spite of the same reason, and more would show nothing new.
const ENOUGH: u32 = 3;

/// How often orders were accepted that only one reason was to refuse, by that reason.
#[derive(Debug, Default)]
pub(super) struct Certain(Mutex<BTreeMap<&'static str, u32>>);

impl Certain {
    fn counts(&self) -> MutexGuard<'_, BTreeMap<&'static str, u32>> {
        // A panic elsewhere leaves plain counts behind, which are still right.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of an order that was accepted.
    pub(super) fn accepted(&self, order: &Outgoing) {
        if let [reason] = order.refused_for[..] {
            *self.counts().entry(reason).or_default() += 1;
        }
    }

    /// The reason for which a case need not be sent: an order of it must be refused, and for that reason alone the server
    /// refuses none.
    pub(super) fn leaves_out(&self, case: &Case) -> Option<&'static str> {
        let counts = self.counts();
        let known = |id: &&'static str| counts.get(id).is_some_and(|times| *times >= ENOUGH);
        let mut orders = case.orders().filter(|it| !it.refused_for.is_empty());
        orders.find(|it| it.refused_for.iter().all(&known)).and_then(|it| it.refused_for.first().copied())
    }
}
