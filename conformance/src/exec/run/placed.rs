//! The orders that a run has placed with fixed accounts, so that old ones can be read again at its end: a server may lose
//! an order once its account has made some newer ones.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::plan::case::Age;

/// The number of orders of a wallet from which on its first one is old.
const FEWEST: usize = 3;

/// By wallet, the ids of the orders that were created, oldest first.
#[derive(Debug, Default)]
pub(super) struct Placed(Mutex<BTreeMap<usize, Vec<String>>>);

impl Placed {
    /// Notes an order that was created.
    pub(super) fn note(&self, wallet: usize, id: &str) {
        self.with(|all| all.entry(wallet).or_default().push(id.to_owned()));
    }

    /// Returns the order of this age; `None` if the wallet paid for too few.
    pub(super) fn of(&self, wallet: usize, age: Age) -> Option<String> {
        self.with(|all| {
            let orders = all.get(&wallet).filter(|it| it.len() >= FEWEST)?;
            let at = match age {
                Age::First => 0,
                Age::Middle => orders.len() / 2,
            };
            orders.get(at).cloned()
        })
    }

    /// Returns the orders of a wallet that were created after the first of a case's `own`, except for those. Cases of one wallet
    /// follow one another, so these belong to later ones.
    pub(super) fn behind(&self, wallet: usize, own: &[String]) -> Vec<String> {
        self.with(|all| {
            let orders = all.get(&wallet).map(Vec::as_slice).unwrap_or_default();
            let first = orders.iter().position(|it| own.contains(it)).unwrap_or(orders.len());
            orders[first..].iter().filter(|it| !own.contains(it)).cloned().collect()
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<usize, Vec<String>>) -> T) -> T {
        // After a panic elsewhere the map holds plain ids, which are still right.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_middle_one_of_several() {
        let placed = Placed::default();
        for (id, first) in [("a", None), ("b", None), ("c", Some("a")), ("d", Some("a"))] {
            placed.note(1, id);
            assert_eq!(placed.of(1, Age::First).as_deref(), first, "{id}");
        }
        assert_eq!(placed.of(1, Age::Middle).as_deref(), Some("c"));
        // Of the orders a to d a case placed b and c.
        assert_eq!(placed.behind(1, &["b".to_owned(), "c".to_owned()]), ["d"]);
        assert!(placed.behind(1, &[]).is_empty() && placed.behind(0, &["b".to_owned()]).is_empty());
        assert_eq!(placed.of(0, Age::First), None);
    }
}
