//! The cap on spending: the most that a case may cost is reserved before any of its requests is sent.
//!
//! A faulty server may charge more than an order costs. So until a wallet has been read around an accepted order,
//! each order is assumed to cost twice its worst case, and what a wallet lost beyond what the answers say counts as
//! charged. An order without wallet readings around it counts as many times over as wallets have lost for other
//! orders.

use std::sync::{Mutex, MutexGuard, PoisonError};

use spec::Pesewas;
use tokio::sync::Notify;

use crate::history::Cost;

/// How many times over a server is assumed to charge, until a wallet has shown what it does.
const UNTRIED: i64 = 2;

/// What has been charged, and what may be.
#[derive(Debug)]
pub(crate) struct Budget {
    cap: Option<Pesewas>,
    state: Mutex<State>,
    /// Signals that a reservation was released.
    freed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The amount that was charged, according to answers and wallets.
    charged: Pesewas,
    /// The part of it without wallet readings around it.
    unread: Pesewas,
    /// The most that orders without a readable answer may have cost.
    unknown: Pesewas,
    /// The most that cases in progress may still cost.
    reserved: Pesewas,
    refused: bool,
    /// The highest multiple of an order's price that a wallet was seen to lose; `None` before any was seen.
    times: Option<i64>,
}

impl State {
    fn spent(&self) -> Pesewas {
        self.charged + self.unknown + self.unread * (self.times.unwrap_or(UNTRIED) - 1)
    }

    /// Reserves what a case may cost under this cap, or says why that can't be.
    fn admit(&mut self, cap: Option<Pesewas>, cost: Cost) -> Admission {
        let times = if cap.is_some() { self.times.unwrap_or(UNTRIED) } else { 1 };
        let most = cost.worst * times;
        let costs = most > Pesewas::ZERO || cost.unpriced > 0;
        if let Some(cap) = cap.filter(|_| costs) {
            if cost.unpriced > 0 {
                return Admission::Unpriced;
            }
            let (room, tried) = (cap - self.spent(), self.times.is_some());
            if cost.worst > room {
                // Until a wallet was read, what was charged counts twice, which may turn out to be too much.
                if !tried && cost.worst <= cap - self.charged - self.unknown {
                    return Admission::Untried;
                }
                self.refused = true;
                return Admission::Never;
            }
            if most > room {
                self.refused |= tried;
                return if tried { Admission::Never } else { Admission::Untried };
            }
            if most > room - self.reserved {
                return Admission::Later;
            }
        }
        self.reserved += most;
        Admission::Granted(Lease { left: most, retried: Pesewas::ZERO, times })
    }
}

/// The outcome of an order that an amount was reserved for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// The server charged this amount.
    Charged(Pesewas),
    /// The order cost nothing.
    Free,
    /// The outcome is unknown, so the reserved amount counts as spent.
    Unknown,
}

/// What a case may still cost, reserved for it.
#[derive(Debug, Default)]
#[must_use = "what was set aside is given back when the case is done"]
pub(crate) struct Lease {
    left: Pesewas,
    /// The part of what counts as unknown that retries may have been charged.
    retried: Pesewas,
    /// How many times its worst case an order is assumed to cost.
    times: i64,
}

/// Whether a case may be sent.
#[derive(Debug)]
pub(crate) enum Admission {
    /// It may be sent; this was reserved for it.
    Granted(Lease),
    /// It has to wait for cases in progress, whose reservations leave too little.
    Later,
    /// It has to wait until a wallet has shown that the server does not charge more than once.
    Untried,
    /// It does not fit under this cap.
    Never,
    /// There is a cap, and nobody knows what it costs.
    Unpriced,
}

impl Budget {
    /// Returns a budget with this cap, or with none.
    #[must_use]
    pub(crate) fn new(cap: Option<Pesewas>) -> Self {
        Self { cap, state: Mutex::default(), freed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // After a panic elsewhere the state holds plain numbers, which are still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves what a case may cost. A cap refuses cases with unpriced orders, since they may cost any amount.
    #[must_use]
    pub(crate) fn admit(&self, cost: Cost) -> Admission {
        self.state().admit(self.cap, cost)
    }

    /// Reserves again what a case may cost that is to be repeated, in place of what was reserved for it: no other case can
    /// take its room meanwhile. Returns `None` if the cap does not allow it any more.
    #[must_use]
    pub(crate) fn renew(&self, lease: Lease, cost: Cost) -> Option<Lease> {
        let mut state = self.state();
        state.reserved -= lease.left;
        match state.admit(self.cap, cost) {
            Admission::Granted(lease) => Some(lease),
            _ => {
                self.freed.notify_one();
                None
            }
        }
    }

    /// Waits until a reservation is released.
    pub(crate) async fn freed(&self) {
        self.freed.notified().await;
    }

    /// Takes what an order may cost from the reservation of its case, or from what is left of the cap if that is used
    /// up. Returns false if the cap does not allow it.
    #[must_use]
    pub(crate) fn draw(&self, lease: &mut Lease, cost: Cost) -> bool {
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

    /// Replaces what was drawn for an order by its actual outcome.
    pub(crate) fn settle(&self, lease: &mut Lease, cost: Cost, settled: Settled) {
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

    /// Counts what was drawn for a retry as unknown, until [`Self::retries_seen`].
    pub(crate) fn settle_retry(&self, lease: &mut Lease, cost: Cost) {
        self.settle(lease, cost, Settled::Unknown);
        lease.retried += cost.worst * lease.times;
    }

    /// Takes note that wallets were read around every retry of a case, so that [`Self::observe`] was told of what they were
    /// charged.
    pub(crate) fn retries_seen(&self, lease: &mut Lease) {
        self.state().unknown -= std::mem::take(&mut lease.retried);
    }

    /// Releases what a case did not use.
    pub(crate) fn close(&self, lease: Lease) {
        self.close_all([lease]);
    }

    /// Releases what the cases of a group did not use, all at once: if each was released by itself, the next group would
    /// begin with a single case.
    pub(crate) fn close_all(&self, leases: impl IntoIterator<Item = Lease>) {
        self.state().reserved -= leases.into_iter().map(|it| it.left).sum::<Pesewas>();
        self.freed.notify_one();
    }

    /// Takes note of what a wallet lost (`lost`) for orders that cost `said` in all, according to their answers.
    pub(crate) fn observe(&self, said: Pesewas, lost: Pesewas) {
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

    /// Returns true if there is a cap, and no wallet has shown yet how often an order is charged.
    #[must_use]
    pub(crate) fn is_untried(&self) -> bool {
        self.has_cap() && self.state().times.is_none()
    }

    /// Returns true if there is a cap.
    #[must_use]
    pub(crate) const fn has_cap(&self) -> bool {
        self.cap.is_some()
    }

    /// Returns true if the cap kept anything from being sent.
    #[must_use]
    pub(crate) fn bound(&self) -> bool {
        self.state().refused
    }

    /// Takes note that a case was left out because of the cap.
    pub(crate) fn left_out(&self) {
        self.state().refused = true;
    }

    /// Returns the amount that was charged, according to answers and wallets.
    #[must_use]
    pub(crate) fn charged(&self) -> Pesewas {
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
        assert!(matches!(capped.admit(unpriced), Admission::Unpriced));
        assert!(!capped.bound(), "a higher cap would not help");
        assert!(matches!(Budget::new(None).admit(unpriced), Admission::Granted(_)));
    }

    #[test]
    fn what_a_retry_was_charged_is_known_once_wallets_were_read_around_it() {
        let budget = Budget::new(Some(Pesewas::new(100)));
        budget.observe(Pesewas::new(1), Pesewas::new(1));
        let Admission::Granted(mut lease) = budget.admit(cost(60)) else { panic!("not granted") };
        assert!(budget.draw(&mut lease, cost(60)));
        budget.settle_retry(&mut lease, cost(60));
        assert!(matches!(budget.admit(cost(60)), Admission::Never), "it may have been charged");
        budget.observe(Pesewas::ZERO, Pesewas::new(30));
        budget.retries_seen(&mut lease);
        budget.close(lease);
        assert!(matches!(budget.admit(cost(70)), Admission::Granted(_)));
        assert!(matches!(budget.admit(cost(71)), Admission::Never), "30 was charged");
    }

    #[test]
    fn a_repetition_keeps_its_room_as_long_as_it_fits() {
        let budget = Budget::new(Some(Pesewas::new(100)));
        budget.observe(Pesewas::new(1), Pesewas::new(1));
        let granted = |worst| match budget.admit(cost(worst)) {
            Admission::Granted(lease) => lease,
            other => panic!("{other:?}"),
        };
        let group = [granted(40), granted(40)];
        assert!(matches!(budget.admit(cost(30)), Admission::Later));
        let group = group.map(|lease| budget.renew(lease, cost(40)).unwrap());
        assert!(matches!(budget.admit(cost(30)), Admission::Later), "nothing was released meanwhile");
        // The server turns out to charge twice, so that a repetition may cost more than was reserved for it.
        budget.observe(Pesewas::new(1), Pesewas::new(2));
        let [first, second] = group;
        assert!(budget.renew(first, cost(40)).is_none());
        let second = budget.renew(second, cost(40)).unwrap();
        budget.close_all([second, granted(1)]);
        assert!(matches!(budget.admit(cost(49)), Admission::Granted(_)), "all of it came back");
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
