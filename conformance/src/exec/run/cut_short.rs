//! The reasons why a case was not sent, or not sent to its end.

use std::sync::Arc;
use std::time::Duration;

use crate::exec::states::StateError;
use crate::history::journal::JournalError;
use crate::history::{NO_PRICE, NO_ROOM};

/// The reason why a case was not sent, or not sent to its end. Its text goes into the history.
#[derive(Debug, thiserror::Error)]
pub(super) enum CutShort {
    /// The run was stopped, or its time limit was reached.
    #[error("the run was stopped")]
    Stopped,
    /// The journal can't be written, so nothing may be sent.
    #[error(transparent)]
    Journal(#[from] Arc<JournalError>),
    /// The order may cost more than the cap leaves.
    #[error("{NO_ROOM}")]
    Cap,
    /// There is a cap on spending, and the cost of the order is unknown.
    #[error("{NO_PRICE}")]
    Unpriced,
    /// The server is already known to accept what this case would show it to accept.
    #[error(
        "it is certain by now that the server does not refuse for {0}, and this could be charged (`--exhaustive` sends it)"
    )]
    Certain(&'static str),
    /// The server goes on throttling a request.
    #[error("the server throttles without end")]
    Throttled,
    /// The server asks for a longer wait than `--max-wait` allows.
    #[error("the server asks to wait longer than {} s (--max-wait)", .0.as_secs())]
    TooLong(Duration),
    /// No request of this kind was ever answered.
    #[error("{kind}: no answer to any of {times} requests, for up to {} s each; no more are sent", .longest.as_secs())]
    Silent {
        /// What the requests have in common.
        kind: String,
        /// The number of requests.
        times: u32,
        /// The longest wait.
        longest: Duration,
    },
    /// Too many consecutive requests of the case got no answer.
    #[error("{0} requests in a row stayed without an answer until the time limit")]
    Stalled(u32),
    /// The case needs an account or an outcome that only provider states can set up.
    #[error("no provider states")]
    NoStates,
    /// The case needs a second key of an account, which is made for a profile by its id.
    #[error("the account's profile is not known")]
    UnknownProfile,
    /// The case refers to an actor or an account that does not exist, which is a mistake of the plan.
    #[error("no such {0}")]
    Nobody(&'static str),
    /// A provider state failed.
    #[error(transparent)]
    State(#[from] StateError),
}
