//! How far recipients are: a function of time.
//!
//! Recipients are submitted one by one after the order was created, each for one span pending in its turn and one span
//! processing. So nothing has to run in the background for it, a thousand orders cost no more than one, and a restart
//! loses nothing.

use crate::clock::Micros;

/// Where an order or a recipient is in its life. The names are those of the contract, which a test holds them to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Pending,
    Processing,
    Completed,
    Failed,
}

impl State {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    pub(crate) const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// What decides a recipient's state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeline {
    /// When the order was created.
    pub(crate) created: Micros,
    /// When this recipient was last retried.
    pub(crate) retried: Option<Micros>,
    /// Position in the order, from 0.
    pub(crate) position: i64,
    /// Whether the submission under way fails.
    pub(crate) fails: bool,
    /// Span between two changes.
    pub(crate) pause: Micros,
}

impl Timeline {
    /// When it is submitted, and when its submission ends.
    pub(crate) fn moments(self) -> (Micros, Micros) {
        let turn = self.retried.unwrap_or_else(|| self.created.after(self.pause, 2 * self.position));
        (turn.after(self.pause, 1), turn.after(self.pause, 2))
    }

    pub(crate) fn state(self, now: Micros) -> State {
        let (submitted, ended) = self.moments();
        match (now >= submitted, now >= ended, self.fails) {
            (false, ..) => State::Pending,
            (true, false, _) => State::Processing,
            (true, true, false) => State::Completed,
            (true, true, true) => State::Failed,
        }
    }
}

/// The state of an order of `count` recipients; a retry of one does not take the order back.
pub(crate) fn of_order(created: Micros, count: i64, all_failed: bool, pause: Micros, now: Micros) -> State {
    match (now >= created.after(pause, 1), now >= created.after(pause, 2 * count), all_failed) {
        (false, ..) => State::Pending,
        (true, false, _) => State::Processing,
        (true, true, false) => State::Completed,
        (true, true, true) => State::Failed,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_names_are_the_contracts() {
        let contract = spec::embedded().unwrap();
        for state in [State::Pending, State::Processing, State::Completed, State::Failed] {
            assert!(contract.states.knows(state.name()), "{}", state.name());
        }
    }

    proptest! {
        #[test]
        fn states_only_move_forward_and_one_recipient_is_processed_at_a_time(
            position in 0_i64..20, fails: bool, pause in 1_i64..10_000, a in 0_i64..500_000, b in 0_i64..500_000,
        ) {
            static CONTRACT: LazyLock<spec::Contract> = LazyLock::new(|| spec::embedded().unwrap());
            let contract = &*CONTRACT;
            let (early, late) = (Micros(a.min(b)), Micros(a.max(b)));
            let recipient = Timeline { created: Micros(0), retried: None, position, fails, pause: Micros(pause) };
            let (before, after) = (recipient.state(early), recipient.state(late));
            prop_assert!(contract.states.may_become(before.name(), after.name()));
            let next = Timeline { position: position + 1, ..recipient };
            prop_assert!(next.state(early) == State::Pending || before.is_final());
            let order = |now| of_order(Micros(0), 20, false, Micros(pause), now);
            prop_assert!(contract.states.may_become(order(early).name(), order(late).name()));
        }
    }
}
