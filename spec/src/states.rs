//! The life of an order: its states and the transitions between them.

use std::collections::{BTreeMap, BTreeSet};

/// The states of an order or a recipient, in lower case, and the transitions between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct States {
    /// The states that may directly follow each state.
    pub next: BTreeMap<String, BTreeSet<String>>,
    /// The state of what was delivered, if the document names it.
    pub delivered: Option<String>,
}

impl States {
    /// Returns true if a state is known, in any letter case.
    #[must_use]
    pub fn knows(&self, state: &str) -> bool {
        self.next.contains_key(&state.to_ascii_lowercase())
    }

    /// Returns true if a state (in any letter case) still changes by itself: one of the states that may follow it has
    /// successors of its own. A state that only a refund follows is final as far as a recipient is concerned.
    #[must_use]
    pub fn is_under_way(&self, state: &str) -> bool {
        let moves = |next: &String| self.next.get(next).is_some_and(|after| !after.is_empty());
        self.next.get(&state.to_ascii_lowercase()).is_some_and(|after| after.iter().any(moves))
    }

    /// Returns true if a state (in any letter case) is the one that a life begins with: a known one that follows no other.
    #[must_use]
    pub fn is_first(&self, state: &str) -> bool {
        let state = state.to_ascii_lowercase();
        self.next.contains_key(&state) && !self.next.values().any(|after| after.contains(&state))
    }

    /// Returns true if `to` may be seen some time after `from`: they are equal, or `to` is reachable.
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
