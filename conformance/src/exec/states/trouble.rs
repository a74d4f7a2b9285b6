//! What can go wrong with a provider state, and what follows from it.

use std::time::Duration;

use crate::exec::http::SendError;

/// Statuses of a proxy whose server does not answer (RFC 9110, 15.6.3 to 15.6.5).
pub(in crate::exec) const NOT_UP: [u16; 3] = [502, 503, 504];

/// How a handler says that it does not know a state or an action, beside 4xx.
pub(in crate::exec) const NOT_IMPLEMENTED: u16 = 501;

/// Told to wait: the statuses of the contract do not speak of provider states.
pub(super) const THROTTLED: u16 = 429;

/// What went wrong with a provider state.
#[derive(Debug, thiserror::Error)]
#[error("provider state `{state}` at {url}: {trouble}")]
pub struct StateError {
    /// State.
    pub state: String,
    /// Handler, without credentials.
    pub url: String,
    /// What happened.
    #[source]
    pub trouble: StateTrouble,
}

/// What can happen to a request for a provider state.
#[derive(Debug, thiserror::Error)]
pub enum StateTrouble {
    /// What is asked for can't be written as JSON.
    #[error("{0}")]
    Unwritable(#[source] serde_json::Error),
    /// No answer.
    #[error("{0}")]
    Unanswered(#[source] SendError),
    /// It was not asked any more, since so many requests in a row got no answer.
    #[error("no answer to {0} requests in a row; it is not asked any more")]
    Gone(u32),
    /// The answer goes on beyond what is read of one.
    #[error("the answer is longer than {0} bytes, and was not read to its end")]
    TooLong(usize),
    /// The run was stopped first.
    #[error("the run was stopped")]
    Stopped,
    /// Another answer than success.
    #[error("answered {status}{said}", said = said(.excerpt))]
    Refused {
        /// Status.
        status: u16,
        /// How the answer begins.
        excerpt: String,
        /// How long it asks to wait, if it says so.
        asked: Option<Duration>,
    },
    /// The answer is not what the convention says. It may hold a key, so it is not shown.
    #[error("the answer is not what the convention says: {0}")]
    Unreadable(#[source] serde_json::Error),
}

/// What an answer says, behind its status.
fn said(excerpt: &str) -> String {
    if excerpt.is_empty() { String::new() } else { format!(": {excerpt}") }
}

impl StateTrouble {
    /// How often a request is sent that meets with this, before it is told.
    pub(super) fn tries(&self) -> u32 {
        match self {
            Self::Unanswered(error) if error.never_left() => 1,
            // Each costs the whole time limit.
            Self::Unanswered(SendError::Timeout(_)) => 2,
            Self::Unanswered(_) => 5,
            // As long as there is patience.
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
    /// Whether something may have been set up all the same.
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
    /// Whether nothing answers there at all, or a proxy alone.
    #[must_use]
    pub fn unreachable(&self) -> bool {
        match &self.trouble {
            StateTrouble::Unanswered(error) => error.never_left(),
            StateTrouble::Refused { status, .. } => NOT_UP.contains(status),
            _ => false,
        }
    }
}
