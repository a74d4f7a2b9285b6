//! Computes the state of recipients and orders as a function of time.
//!
//! Recipients are submitted one after the other once the order is created; in its turn, each is pending for one span
//! and processing for another. The times of submission and end are stored with the order, so no background task is
//! needed, a thousand orders cost no more than one, and a restart loses nothing.

use crate::clock::Micros;

/// The state of an order or a recipient. The names are those of the contract; a test checks that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Pending,
    Processing,
    Completed,
    Failed,
    Reversed,
}

impl State {
    const ALL: [Self; 5] = [Self::Pending, Self::Processing, Self::Completed, Self::Failed, Self::Reversed];

    /// Returns the state with a name in lower case.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Reversed => "reversed",
        }
    }

    pub(crate) const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Reversed)
    }
}

/// How a submission ends. The numbers are those of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Outcome {
    /// The bundle is delivered.
    #[default]
    Completed = 0,
    /// The network refuses the bundle.
    Failed = 1,
    /// The bundle is taken back, and the price refunded.
    Reversed = 2,
}

impl Outcome {
    /// Returns the final state that the outcome leads to.
    pub(crate) const fn state(self) -> State {
        match self {
            Self::Completed => State::Completed,
            Self::Failed => State::Failed,
            Self::Reversed => State::Reversed,
        }
    }

    /// Returns the outcome with a number of the store.
    pub(crate) const fn of(number: i64) -> Self {
        match number {
            1 => Self::Failed,
            2 => Self::Reversed,
            _ => Self::Completed,
        }
    }
}

/// How long a submission takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pace {
    /// One span, when it is the recipient's turn.
    #[default]
    Turn,
    /// No time: it ends together with the response to the order.
    AtOnce,
    /// It ends this long after the creation of the order, or at the end of its turn if that is later.
    After(Micros),
    /// It never ends.
    Never,
}

/// How the submission of a recipient goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fate {
    /// How the submission ends.
    pub(crate) outcome: Outcome,
    /// How each retry ends.
    pub(crate) retried: Outcome,
    /// How long the submission takes.
    pub(crate) pace: Pace,
    /// The index in [`ERRORS`] of the error that is shown if it fails.
    pub(crate) error: usize,
}

/// The errors that are shown for failed recipients.
pub(crate) const ERRORS: [&str; 5] = [
    "The network refused the bundle",
    "The number is not active on this network",
    "The operator did not answer in time",
    "The bundle is not available for this number",
    "The number is barred from receiving bundles",
];

/// Returns the error of a failed recipient by its number in the store.
pub(crate) fn error_of(number: i64) -> &'static str {
    usize::try_from(number).ok().and_then(|at| ERRORS.get(at)).copied().unwrap_or(ERRORS[0])
}

impl Fate {
    /// Returns the times at which a recipient is submitted and at which that ends, given its position in the order from
    /// 0.
    pub(crate) fn moments(&self, created: Micros, position: usize, pause: Micros) -> (Micros, Micros) {
        let turn = created.after(pause, 2 * position as i64);
        let (submitted, ended) = (turn.after(pause, 1), turn.after(pause, 2));
        match self.pace {
            Pace::Turn => (submitted, ended),
            Pace::AtOnce => (created, created),
            Pace::After(span) => (submitted, ended.max(created.after(span, 1))),
            Pace::Never => (submitted, Micros::NEVER),
        }
    }
}

/// The times and the outcome that determine the state of a recipient or of a whole order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeline {
    /// The time of submission.
    pub(crate) submitted: Micros,
    /// The time at which the submission ends.
    pub(crate) ended: Micros,
    /// How the submission ends.
    pub(crate) outcome: Outcome,
}

impl Timeline {
    /// Returns the times of submission and of its end.
    pub(crate) const fn moments(self) -> (Micros, Micros) {
        (self.submitted, self.ended)
    }

    pub(crate) fn state(self, now: Micros) -> State {
        match (now >= self.submitted, now >= self.ended) {
            (_, true) => self.outcome.state(),
            (true, false) => State::Processing,
            (false, false) => State::Pending,
        }
    }
}

/// Returns the outcome of an order from those of its recipients: it has failed or was reversed only if none was
/// delivered.
pub(crate) fn of_order(outcomes: impl Iterator<Item = Outcome> + Clone) -> Outcome {
    let any = |wanted| outcomes.clone().any(|it| it == wanted);
    match (any(Outcome::Completed), any(Outcome::Failed), any(Outcome::Reversed)) {
        (true, ..) | (false, false, false) => Outcome::Completed,
        (false, true, _) => Outcome::Failed,
        (false, false, true) => Outcome::Reversed,
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
        for state in State::ALL {
            assert!(contract.states.knows(state.name()), "{}", state.name());
        }
        for outcome in [Outcome::Completed, Outcome::Failed, Outcome::Reversed] {
            assert_eq!(Outcome::of(outcome as i64), outcome);
        }
    }

    #[test]
    fn an_order_fails_only_if_nobody_got_anything() {
        use Outcome::{Completed, Failed, Reversed};
        for (recipients, order) in [
            (&[][..], Completed),
            (&[Completed, Failed], Completed),
            (&[Failed, Failed], Failed),
            (&[Failed, Reversed], Failed),
            (&[Reversed, Reversed], Reversed),
            (&[Reversed, Completed], Completed),
        ] {
            assert_eq!(of_order(recipients.iter().copied()), order, "{recipients:?}");
        }
    }

    fn outcome() -> impl Strategy<Value = Outcome> {
        prop_oneof![Just(Outcome::Completed), Just(Outcome::Failed), Just(Outcome::Reversed)]
    }

    proptest! {
        #[test]
        fn states_only_move_forward_and_one_recipient_is_processed_at_a_time(
            position in 0_usize..20, outcome in outcome(), pause in 1_i64..10_000, a in 0_i64..500_000, b in 0_i64..500_000,
        ) {
            static CONTRACT: LazyLock<spec::Contract> = LazyLock::new(|| spec::embedded().unwrap());
            let contract = &*CONTRACT;
            let (early, late) = (Micros(a.min(b)), Micros(a.max(b)));
            let fate = Fate { outcome, ..Fate::default() };
            let at = |position| {
                let (submitted, ended) = fate.moments(Micros(0), position, Micros(pause));
                Timeline { submitted, ended, outcome }
            };
            let (before, after) = (at(position).state(early), at(position).state(late));
            prop_assert!(contract.states.may_become(before.name(), after.name()));
            prop_assert!(at(position + 1).state(early) == State::Pending || before.is_final());
        }
    }
}
