//! Why a case was not sent, or not to its end.

use std::sync::Arc;
use std::time::Duration;

use crate::exec::states::StateError;
use crate::history::NO_ROOM;
use crate::history::journal::JournalError;

/// Why a case was not sent, or not to its end. Its text goes into the history.
#[derive(Debug, thiserror::Error)]
pub(super) enum CutShort {
    /// Somebody stopped the run, or its time is over.
    #[error("the run was stopped")]
    Stopped,
    /// What is to be sent can't be written down first.
    #[error(transparent)]
    Journal(#[from] Arc<JournalError>),
    /// The order may cost more than what the cap leaves.
    #[error("{NO_ROOM}")]
    Cap,
    /// The server accepts what the case would show it to accept.
    #[error(
        "it is certain by now that the server does not refuse for {0}, and this could be charged (`--exhaustive` sends it)"
    )]
    Certain(&'static str),
    /// The server never stops to ask for patience.
    #[error("the server throttles without end")]
    Throttled,
    /// The server asks for more patience than there is.
    #[error("the server asks to wait longer than {} s (--max-wait)", .0.as_secs())]
    TooLong(Duration),
    /// No request of this kind was ever answered.
    #[error("{kind}: no answer to any of {times} requests, for up to {} s each; no more are sent", .longest.as_secs())]
    Silent {
        /// What they have in common.
        kind: String,
        /// How many there were.
        times: u32,
        /// The longest wait.
        longest: Duration,
    },
    /// The case has waited long enough for answers that stay out.
    #[error("{0} requests in a row stayed without an answer until the time limit")]
    Stalled(u32),
    /// The case needs an account or an outcome that only provider states give.
    #[error("no provider states")]
    NoStates,
    /// The case needs a second key of an account, which is made for a profile by its id.
    #[error("the account's profile is not known")]
    UnknownProfile,
    /// The case names an actor or an account that there is none of: a fault of the plan.
    #[error("no such {0}")]
    Nobody(&'static str),
    /// A provider state.
    #[error(transparent)]
    State(#[from] StateError),
}
