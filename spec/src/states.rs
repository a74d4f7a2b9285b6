//! The life of an order: its states, and what may follow what.

use std::collections::{BTreeMap, BTreeSet};

/// What follows what in the life of an order or a recipient; names in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct States {
    /// State to the states that may follow it.
    pub next: BTreeMap<String, BTreeSet<String>>,
    /// The state of what was delivered, if the document says which it is.
    pub delivered: Option<String>,
}

impl States {
    /// Whether a state (in either letter case) is known.
    #[must_use]
    pub fn knows(&self, state: &str) -> bool {
        self.next.contains_key(&state.to_ascii_lowercase())
    }

    /// Whether a state (in either letter case) still moves by itself: more than an end may follow it. What only a refund
    /// follows has ended, as far as a recipient is concerned.
    #[must_use]
    pub fn is_under_way(&self, state: &str) -> bool {
        let moves = |next: &String| self.next.get(next).is_some_and(|after| !after.is_empty());
        self.next.get(&state.to_ascii_lowercase()).is_some_and(|after| after.iter().any(moves))
    }

    /// Whether `to` may be seen some time after `from`: equal, or reachable.
    #[must_use]
    pub fn may_become(&self, from: &str, to: &str) -> bool {
        let (from, to) = (from.to_ascii_lowercase(), to.to_ascii_lowercase());
        let mut seen = BTreeSet::from([from.clone()]);
        let mut queue = vec![from];
        while let Some(state) = queue.pop() {
            if state == to {
                return true;
            }
            for next in self.next.get(&state).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    queue.push(next.clone());
                }
            }
        }
        false
    }
}
