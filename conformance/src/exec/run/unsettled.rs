//! Orders of fixed accounts for which money may still come back. A recipient that fails later may be refunded
//! (AMB-HELD), and the refund then shows in whichever case reads the wallet next.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use spec::{Contract, Pesewas};

use crate::order::reading::Order;
use crate::order::state::is_served;

/// An order for which money may come back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Open {
    id: String,
    /// The most that it cost.
    cost: Pesewas,
    /// Whether the order was read and showed nothing about its recipients.
    hides: bool,
}

/// By wallet, the orders for which money may come back, oldest first.
#[derive(Debug, Default)]
pub(super) struct Unsettled(Mutex<BTreeMap<usize, Vec<Open>>>);

impl Unsettled {
    /// Notes an order that was created.
    pub(super) fn created(&self, wallet: usize, id: &str, cost: Pesewas) {
        self.with(|all| all.entry(wallet).or_default().push(Open { id: id.to_owned(), cost, hides: false }));
    }

    /// Notes an order that was read back.
    pub(super) fn read(&self, contract: &Contract, wallet: usize, id: &str, order: &Order) {
        let tells = order.recipients.iter().flatten().any(|it| it.state.is_some());
        let settled = is_settled(contract, order);
        self.with(|all| {
            let orders = all.entry(wallet).or_default();
            orders.retain(|open| !settled || open.id != id);
            orders.iter_mut().filter(|open| open.id == id).for_each(|open| open.hides = !tells);
        });
    }

    /// Returns the ids of a wallet's open orders that may show their recipients, newest first.
    pub(super) fn ids(&self, wallet: usize) -> Vec<String> {
        self.with(|all| {
            let open = all.get(&wallet).into_iter().flatten().rev();
            open.filter(|it| !it.hides).map(|it| it.id.clone()).collect()
        })
    }

    /// Returns the most that may come back to a wallet for its open orders, except for those in `but`.
    pub(super) fn most(&self, wallet: usize, but: &[String]) -> Pesewas {
        let others = |it: &&Open| !but.contains(&it.id);
        self.with(|all| all.get(&wallet).into_iter().flatten().filter(others).map(|it| it.cost).sum())
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<usize, Vec<Open>>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns true if nothing can come back for an order any more: all of its recipients are shown, and were served. A
/// failed recipient may be refunded some time after the failure is shown.
fn is_settled(contract: &Contract, order: &Order) -> bool {
    let served = |state: &Option<String>| state.as_ref().is_some_and(|it| is_served(&contract.states, it));
    let recipients = order.recipients.as_deref().unwrap_or_default();
    !recipients.is_empty() && recipients.iter().all(|it| served(&it.state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::json::Json;
    use crate::order::reading::order_of;

    #[test]
    fn an_order_is_open_until_all_its_recipients_are_seen_to_be_served() {
        let contract = spec::embedded().unwrap();
        let unsettled = Unsettled::default();
        unsettled.created(0, "a", Pesewas::new(200));
        unsettled.created(0, "b", Pesewas::new(300));
        let read = |states: &[&str]| {
            let entry = |state: &&str| format!(r#"{{"beneficiaryMsisdn":"233201234567","state":"{state}"}}"#);
            let entries: Vec<String> = states.iter().map(entry).collect();
            let text =
                format!(r#"{{"orderId":"a","state":"completed","recipients":[{}]}}"#, entries.join(","));
            let order = order_of(&contract, &Json::read(text.as_bytes()).unwrap());
            unsettled.read(&contract, 0, "a", &order);
        };
        // An order that shows nothing about its recipients is not read again, and money may come back for it.
        read(&[]);
        assert_eq!((unsettled.ids(0), unsettled.most(0, &[])), (vec!["b".to_owned()], Pesewas::new(500)));
        for open in [&["completed", "processing"], &["COMPLETED", "failed"]] {
            read(open);
            assert_eq!(unsettled.ids(0), ["b", "a"], "{open:?}");
        }
        assert_eq!(unsettled.most(0, &["b".to_owned()]), Pesewas::new(200));
        read(&["COMPLETED", "completed"]);
        assert_eq!((unsettled.ids(0), unsettled.most(0, &[])), (vec!["b".to_owned()], Pesewas::new(300)));
        assert_eq!(unsettled.most(7, &[]), Pesewas::ZERO);
    }
}
