//! The cap on spending: what a case may cost at worst is set aside before anything of it is sent.
//!
//! A server at fault may charge more than an order costs. So until a wallet was read around an accepted order, each order is
//! taken to cost twice its worst case; and what a wallet lost beyond what the answers say counts as charged. Where no wallet
//! was read around an order, it counts as many times over as wallets have lost for others.

use std::sync::{Mutex, MutexGuard, PoisonError};

use spec::Pesewas;
use tokio::sync::Notify;

use crate::history::Cost;

/// How many times over a server is taken to charge, until a wallet has shown what it does.
const UNTRIED: i64 = 2;

/// What was charged and what may be.
#[derive(Debug)]
pub struct Budget {
    cap: Option<Pesewas>,
    state: Mutex<State>,
    /// Something that was set aside came back.
    freed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// What answers and wallets say was charged.
    charged: Pesewas,
    /// The part of it that no wallet was read around.
    unread: Pesewas,
    /// What orders without a readable answer may have cost.
    unknown: Pesewas,
    /// What cases under way may still cost.
    reserved: Pesewas,
    refused: bool,
    /// The most that a wallet was seen to lose for an order, in times its price; `None` before any was seen.
    times: Option<i64>,
}

impl State {
    fn spent(&self) -> Pesewas {
        self.charged + self.unknown + self.unread * (self.times.unwrap_or(UNTRIED) - 1)
    }
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

/// What a case may still cost, set aside for it.
#[derive(Debug)]
#[must_use = "what was set aside is given back when the case is done"]
pub struct Lease {
    left: Pesewas,
    /// So many times its worst case an order is taken to cost.
    times: i64,
}

/// Whether a case may go.
#[derive(Debug)]
pub enum Admission {
    /// It may: this was set aside for it.
    Granted(Lease),
    /// Not while what is under way may cost so much.
    Later,
    /// Not before a wallet has shown that the server charges no more than once.
    Untried,
    /// Not under this cap.
    Never,
}

impl Budget {
    /// A budget with or without a cap.
    #[must_use]
    pub fn new(cap: Option<Pesewas>) -> Self {
        Self { cap, state: Mutex::default(), freed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain numbers behind, which are still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets aside what a case may cost; without a price there is no telling, so a cap refuses those.
    #[must_use]
    pub fn admit(&self, cost: Cost) -> Admission {
        let mut state = self.state();
        let times = if self.cap.is_some() { state.times.unwrap_or(UNTRIED) } else { 1 };
        let most = cost.worst * times;
        let costs = most > Pesewas::ZERO || cost.unpriced > 0;
        if let Some(cap) = self.cap.filter(|_| costs) {
            let room = cap - state.spent();
            if cost.unpriced > 0 || cost.worst > room {
                state.refused = true;
                return Admission::Never;
            }
            if most > room {
                let tried = state.times.is_some();
                state.refused |= tried;
                return if tried { Admission::Never } else { Admission::Untried };
            }
            if most > room - state.reserved {
                return Admission::Later;
            }
        }
        state.reserved += most;
        Admission::Granted(Lease { left: most, times })
    }

    /// Waits until something that was set aside comes back.
    pub async fn freed(&self) {
        self.freed.notified().await;
    }

    /// Takes what an order may cost from what was set aside for its case, or if that is used up from what is left.
    #[must_use]
    pub fn draw(&self, lease: &mut Lease, cost: Cost) -> bool {
        let most = cost.worst * lease.times;
        if lease.left < most {
            let more = most - lease.left;
            let mut state = self.state();
            if self.cap.is_some_and(|cap| state.spent() + state.reserved + more > cap) {
                state.refused = true;
                return false;
            }
            state.reserved += more;
            lease.left += more;
        }
        lease.left -= most;
        true
    }

    /// Turns what an order drew into what came of it.
    pub fn settle(&self, lease: &mut Lease, cost: Cost, settled: Settled) {
        let most = cost.worst * lease.times;
        let mut state = self.state();
        match settled {
            Settled::Charged(amount) => {
                state.reserved -= most;
                state.charged += amount;
                state.unread += amount;
            }
            Settled::Free => lease.left += most,
            Settled::Unknown => {
                state.reserved -= most;
                state.unknown += most;
            }
        }
    }

    /// Gives back what a case did not use.
    pub fn close(&self, lease: Lease) {
        self.state().reserved -= lease.left;
        self.freed.notify_one();
    }

    /// Takes note of what a wallet lost for orders that, as their answers say, cost so much in all.
    pub fn observe(&self, said: Pesewas, lost: Pesewas) {
        let mut state = self.state();
        state.unread = (state.unread - said).max(Pesewas::ZERO);
        if lost > said {
            state.charged += lost - said;
        }
        if said > Pesewas::ZERO && lost > Pesewas::ZERO {
            let times = (lost.get() + said.get() - 1) / said.get();
            state.times = Some(state.times.unwrap_or(1).max(times));
        }
    }

    /// Whether there is a cap.
    #[must_use]
    pub const fn has_cap(&self) -> bool {
        self.cap.is_some()
    }

    /// Whether the cap kept anything from being sent.
    #[must_use]
    pub fn bound(&self) -> bool {
        self.state().refused
    }

    /// Says that a case was left out because of the cap.
    pub fn left_out(&self) {
        self.state().refused = true;
    }

    /// What answers and wallets say was charged.
    #[must_use]
    pub fn charged(&self) -> Pesewas {
        self.state().charged
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cost(worst: i64) -> Cost {
        Cost { worst: Pesewas::new(worst), ..Cost::default() }
    }

    proptest! {
        #[test]
        fn never_more_than_the_cap(
            cap in 0_i64..500,
            times in 1_i64..3,
            orders in proptest::collection::vec((1_i64..100, 0_u8..4), 0..40),
        ) {
            let budget = Budget::new(Some(Pesewas::new(cap)));
            let mut spent = 0;
            for (price, fate) in orders {
                let Admission::Granted(mut lease) = budget.admit(cost(price)) else { continue };
                prop_assert!(budget.draw(&mut lease, cost(price)));
                let said = Pesewas::new(price);
                let settled = match fate { 0 => Settled::Free, 1 => Settled::Unknown, _ => Settled::Charged(said) };
                if fate > 0 { spent += price * times; }
                budget.settle(&mut lease, cost(price), settled);
                budget.close(lease);
                if fate == 2 { budget.observe(said, said * times); }
            }
            prop_assert!(spent <= cap);
        }
    }

    #[test]
    fn without_a_price_a_cap_refuses() {
        let unpriced = Cost { unpriced: 1, ..Cost::default() };
        let capped = Budget::new(Some(Pesewas::new(100)));
        assert!(matches!(capped.admit(unpriced), Admission::Never));
        assert!(capped.bound());
        assert!(matches!(Budget::new(None).admit(unpriced), Admission::Granted(_)));
    }

    #[test]
    fn a_server_is_tried_before_it_is_trusted() {
        let budget = Budget::new(Some(Pesewas::new(100)));
        assert!(matches!(budget.admit(cost(60)), Admission::Untried));
        assert!(!budget.bound(), "it may still go");
        budget.observe(Pesewas::new(10), Pesewas::new(10));
        let Admission::Granted(lease) = budget.admit(cost(60)) else { panic!("not granted") };
        assert!(matches!(budget.admit(cost(60)), Admission::Later));
        budget.close(lease);
        assert!(matches!(budget.admit(cost(101)), Admission::Never));
    }
}
