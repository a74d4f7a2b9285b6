//! The cap on spending: checked before each purchase against the worst case.

use std::sync::Mutex;

use spec::Pesewas;

/// What was charged and what may be.
#[derive(Debug)]
pub struct Budget {
    cap: Option<Pesewas>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    charged: Pesewas,
    reserved: Pesewas,
    refused: bool,
}

/// What became of an order that was reserved for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was charged.
    Charged(Pesewas),
    /// It cost nothing.
    Free,
    /// Nobody knows: the reservation stays.
    Unknown,
}

impl Budget {
    /// A budget with or without a cap.
    #[must_use]
    pub fn new(cap: Option<Pesewas>) -> Self {
        Self { cap, state: Mutex::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic elsewhere leaves plain numbers behind, which are still right.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Sets money aside for orders that may be accepted; without a price there is no telling, so a cap refuses those.
    #[must_use]
    pub fn reserve(&self, worst: Pesewas, priced: bool) -> bool {
        let mut state = self.state();
        if let Some(cap) = self.cap
            && (!priced || state.charged + state.reserved + worst > cap)
        {
            state.refused = true;
            return false;
        }
        state.reserved += worst;
        true
    }

    /// Turns a reservation into what came of it.
    pub fn settle(&self, worst: Pesewas, settled: Settled) {
        let mut state = self.state();
        match settled {
            Settled::Charged(amount) => {
                state.reserved -= worst;
                state.charged += amount;
            }
            Settled::Free => state.reserved -= worst,
            Settled::Unknown => {}
        }
    }

    /// Whether the cap kept anything from being sent.
    #[must_use]
    pub fn bound(&self) -> bool {
        self.state().refused
    }

    /// What answers say was charged.
    #[must_use]
    pub fn charged(&self) -> Pesewas {
        self.state().charged
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn never_more_than_the_cap(cap in 0_i64..500, orders in proptest::collection::vec((1_i64..100, 0_u8..3), 0..40)) {
            let budget = Budget::new(Some(Pesewas::new(cap)));
            let mut spent = 0;
            for (price, fate) in orders {
                let worst = Pesewas::new(price);
                if !budget.reserve(worst, true) {
                    prop_assert!(budget.bound());
                    continue;
                }
                let settled = match fate { 0 => Settled::Free, 1 => Settled::Unknown, _ => Settled::Charged(worst) };
                if fate > 0 { spent += price; }
                budget.settle(worst, settled);
            }
            prop_assert!(spent <= cap);
        }
    }

    #[test]
    fn without_a_price_a_cap_refuses() {
        assert!(!Budget::new(Some(Pesewas::new(100))).reserve(Pesewas::ZERO, false));
        assert!(Budget::new(None).reserve(Pesewas::ZERO, false));
    }
}
