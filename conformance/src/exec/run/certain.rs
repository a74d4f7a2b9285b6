//! Notes which orders a server accepts that it must refuse. Once a breach is certain, no more such orders are sent at
//! the user's cost.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::plan::case::{Case, Outgoing};

/// The number of accepted orders with the same defect, or of accepted defects that concern one requirement, after
/// which more would show nothing new.
const ENOUGH: usize = 3;

/// The number of accepted orders with a single defect, by the requirement that was to refuse them and the defect.
#[derive(Debug, Default)]
pub(super) struct Certain(Mutex<BTreeMap<&'static str, BTreeMap<String, usize>>>);

impl Certain {
    fn counts(&self) -> MutexGuard<'_, BTreeMap<&'static str, BTreeMap<String, usize>>> {
        // After a panic elsewhere the map holds plain counts, which are still right.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an order that was accepted.
    pub(super) fn accepted(&self, order: &Outgoing) {
        if let ([requirement], [defect]) = (&order.refused_for[..], &order.defects[..]) {
            *self.counts().entry(*requirement).or_default().entry(defect.clone()).or_default() += 1;
        }
    }

    /// Returns the requirement because of which a case need not be sent, if the server is known to accept every
    /// defect of one of its orders.
    pub(super) fn leaves_out(&self, case: &Case) -> Option<&'static str> {
        case.orders().find(|it| self.takes(it)).and_then(|it| it.refused_for.first().copied())
    }

    /// Returns true if the server is known to accept an order that it must refuse, whatever its defects are.
    fn takes(&self, order: &Outgoing) -> bool {
        let counts = self.counts();
        let taken = |requirement: &&'static str, defect: &String| {
            counts
                .get(requirement)
                .is_some_and(|it| it.len() >= ENOUGH || it.get(defect).is_some_and(|times| *times >= ENOUGH))
        };
        let Outgoing { refused_for, defects, .. } = order;
        !refused_for.is_empty()
            && !defects.is_empty()
            && defects.iter().all(|defect| refused_for.iter().any(|it| taken(it, defect)))
            && refused_for.iter().all(|it| defects.iter().any(|defect| taken(it, defect)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Transport;
    use crate::plan::case::Cost;
    use crate::plan::key::Key;

    fn order(refused_for: &[&'static str], defects: &[&str]) -> Outgoing {
        Outgoing {
            actor: 0,
            key: Key::Own,
            door: None,
            headers: Vec::new(),
            body: Vec::new(),
            transport: Transport::Plain,
            cost: Cost::default(),
            refused_for: refused_for.to_vec(),
            defects: defects.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    fn left_out(certain: &Certain, refused_for: &[&'static str], defects: &[&str]) -> bool {
        certain.takes(&order(refused_for, defects))
    }

    #[test]
    fn the_same_defect_again_is_left_out_and_another_is_not() {
        let certain = Certain::default();
        for _ in 0..ENOUGH {
            assert!(!left_out(&certain, &["PRE-PACKAGE"], &["inactive package"]));
            certain.accepted(&order(&["PRE-PACKAGE"], &["inactive package"]));
        }
        assert!(left_out(&certain, &["PRE-PACKAGE"], &["inactive package"]));
        assert!(!left_out(&certain, &["PRE-PACKAGE"], &["unknown package"]), "may be refused all the same");
        assert!(!left_out(&certain, &["PRE-PACKAGE", "COUNT-HIGH"], &["inactive package", "21 items"]));
        assert!(!left_out(&certain, &["PRE-PACKAGE"], &[]), "nobody knows what is wrong with it");
    }

    #[test]
    fn a_requirement_that_nothing_keeps_is_certain() {
        let certain = Certain::default();
        for defect in ["inactive package", "unknown package", "package of another product"] {
            assert!(!left_out(&certain, &["PRE-PACKAGE"], &["a fourth"]));
            certain.accepted(&order(&["PRE-PACKAGE"], &[defect]));
        }
        assert!(left_out(&certain, &["PRE-PACKAGE"], &["a fourth"]));
        assert!(!left_out(&certain, &["COUNT-HIGH"], &["21 items"]));
    }
}
