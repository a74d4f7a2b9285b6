//! Errors of provider states, and what follows from each.

use std::time::Duration;

use crate::exec::http::SendError;

/// The statuses of a proxy whose server does not answer (RFC 9110, 15.6.3 to 15.6.5).
pub(in crate::exec) const NOT_UP: [u16; 3] = [502, 503, 504];

/// The status of a handler that does not know a state or an action, besides 4xx.
pub(in crate::exec) const NOT_IMPLEMENTED: u16 = 501;

/// The status that asks to wait. It is given here, since the statuses of the contract do not apply to provider
/// states.
pub(super) const THROTTLED: u16 = 429;

/// An error of a provider state.
#[derive(Debug, thiserror::Error)]
#[error("provider state `{state}` at {url}: {trouble}")]
pub struct StateError {
    /// The name of the state.
    pub state: String,
    /// The URL of the handler, with credentials masked.
    pub url: String,
    /// The error.
    #[source]
    pub trouble: StateTrouble,
}

/// The errors of a request for a provider state.
#[derive(Debug, thiserror::Error)]
pub enum StateTrouble {
    /// The params can't be serialized as JSON.
    #[error("{0}")]
    Unwritable(#[source] serde_json::Error),
    /// No answer arrived.
    #[error("{0}")]
    Unanswered(#[source] SendError),
    /// No request was sent, since this many consecutive ones got no answer.
    #[error("no answer to {0} requests in a row; it is not asked any more")]
    Gone(u32),
    /// The answer is longer than what is read of one.
    #[error("the answer is longer than {0} bytes, and was not read to its end")]
    TooLong(usize),
    /// The run was stopped before the answer arrived.
    #[error("the run was stopped")]
    Stopped,
    /// The answer has another status than success.
    #[error("answered {status}{said}", said = said(.excerpt))]
    Refused {
        /// The status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
        /// The wait that the answer asks for, if it does.
        asked: Option<Duration>,
    },
    /// The answer does not follow the convention. It may contain a key, so it is not shown.
    #[error("the answer is not what the convention says: {0}")]
    Unreadable(#[source] serde_json::Error),
}

/// Returns what follows the status in the message.
fn said(excerpt: &str) -> String {
    if excerpt.is_empty() { String::new() } else { format!(": {excerpt}") }
}

impl StateTrouble {
    /// Returns how often a request is sent at most before this error is reported.
    pub(super) fn tries(&self) -> u32 {
        match self {
            Self::Unanswered(error) if error.never_left() => 1,
            // Each try takes the whole time limit.
            Self::Unanswered(SendError::Timeout(_)) => 2,
            Self::Unanswered(_) => 5,
            // The number is not limited here: the caller stops once it has waited for `max_wait`.
            Self::Refused { status: THROTTLED, .. } => u32::MAX,
            Self::Unwritable(_)
            | Self::Gone(_)
            | Self::TooLong(_)
            | Self::Stopped
            | Self::Refused { .. }
            | Self::Unreadable(_) => 1,
        }
    }
}

impl StateTrouble {
    /// Returns true if something may have been set up all the same.
    pub(in crate::exec) fn leaves_doubt(&self) -> bool {
        match self {
            Self::Unanswered(error) => !error.never_left(),
            Self::Refused { status, .. } => *status >= 500 && *status != NOT_IMPLEMENTED,
            Self::Stopped | Self::TooLong(_) | Self::Unreadable(_) => true,
            Self::Unwritable(_) | Self::Gone(_) => false,
        }
    }
}

impl StateError {
    /// Returns true if nothing answers at that URL, or only a proxy does.
    #[must_use]
    pub(crate) fn unreachable(&self) -> bool {
        match &self.trouble {
            StateTrouble::Unanswered(error) => error.never_left(),
            StateTrouble::Refused { status, .. } => NOT_UP.contains(status),
            _ => false,
        }
    }
}
