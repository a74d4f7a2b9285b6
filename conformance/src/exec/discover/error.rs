//! Why a server can't be judged: what was asked, what came, and what to do about it.

use crate::exec::http::SendError;
use crate::exec::states::StateError;
use crate::history::RefusedKey;

/// Why a server can't be judged.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// No connection came about.
    #[error("{target} can't be reached: {error}. {}", unconnected(.error))]
    Unreachable {
        /// Base URL.
        target: String,
        /// What the transport says.
        #[source]
        error: SendError,
    },
    /// Connections come about, and no answer to any request.
    #[error("{target} can't be reached: {}", unanswered(.asked, .error))]
    NoAnswer {
        /// Base URL.
        target: String,
        /// What was asked: `GET /path`.
        asked: String,
        /// What the transport says.
        #[source]
        error: SendError,
    },
    /// A proxy answers for a server that does not.
    #[error(
        "{target} is not up yet, or what stands behind its proxy is not: {asked} gives {status}{excerpt}. Run again once \
         it answers"
    )]
    NotUp {
        /// Base URL.
        target: String,
        /// What was asked.
        asked: String,
        /// Status.
        status: u16,
        /// How the answer begins, if it has a body.
        excerpt: String,
    },
    /// Something in front of the server wants credentials of its own.
    #[error(
        "{target} is behind a door of its own: {asked} gives {status} and asks for credentials ({scheme}). Put them into \
         the URL, as in https://user:password@host, where the scheme is Basic; else judge it from inside"
    )]
    Door {
        /// Base URL.
        target: String,
        /// What was asked.
        asked: String,
        /// Status.
        status: u16,
        /// The scheme that it asks for.
        scheme: String,
    },
    /// Something in front of the server forbids this machine, or this program, to ask.
    #[error(
        "something in front of {target} keeps requests out: {asked} gives {status} and a page for people{excerpt}. Let \
         this machine through (requests name themselves `conformance`), or judge the server from inside"
    )]
    Firewall {
        /// Base URL.
        target: String,
        /// What was asked.
        asked: String,
        /// Status.
        status: u16,
        /// How the page begins.
        excerpt: String,
    },
    /// The API is elsewhere, or a login stands before it.
    #[error("{target} sends requests elsewhere: {asked} gives {status} to {location}. {}", moved(.target, .location))]
    Moved {
        /// Base URL.
        target: String,
        /// What was asked.
        asked: String,
        /// Status.
        status: u16,
        /// Where it points.
        location: String,
    },
    /// Something answers that is not this API.
    #[error(
        "{target} answers, but not as this API: {asked} gives {status} and HTML{excerpt}. Is the URL the API's base URL?"
    )]
    NotTheApi {
        /// Base URL.
        target: String,
        /// What was asked.
        asked: String,
        /// Status.
        status: u16,
        /// How the page begins.
        excerpt: String,
    },
    /// No path of the API is there.
    #[error("{target} has no path of this API: {}, as paths do that surely do not exist. {remedy}", .asked.join(", "))]
    NoSuchPaths {
        /// Base URL.
        target: String,
        /// What was asked and what came.
        asked: Vec<String>,
        /// What to do about the URL.
        remedy: String,
    },
    /// Every key is refused.
    #[error("no key can be used at {target}: {}. {CHECK_KEYS}", told(.refused))]
    NoUsableKey {
        /// Base URL.
        target: String,
        /// What each was answered.
        refused: Vec<RefusedKey>,
    },
    /// The key of an account that provider states made is refused.
    #[error(
        "the provider states at {states} made an account that {target} does not know: {}. Do both belong to the same \
         server, with the same database?",
        .refused.readings()
    )]
    StatesElsewhere {
        /// Handler of the provider states.
        states: String,
        /// Base URL.
        target: String,
        /// What its key was answered.
        refused: RefusedKey,
    },
    /// A provider state.
    #[error(transparent)]
    State(#[from] StateError),
}

impl DiscoverError {
    /// Whether the target could not be reached as this API, rather than being set up wrongly on our side.
    #[must_use]
    pub fn unreachable(&self) -> bool {
        match self {
            Self::NoUsableKey { .. } | Self::StatesElsewhere { .. } => false,
            Self::State(error) => error.unreachable(),
            _ => true,
        }
    }
}

const CHECK_KEYS: &str = "A key is refused so that is expired, mistyped or of another environment: check that it is whole \
                          and belongs to this server; an account whose key must be refused says `revoked = true`";

fn told(refused: &[RefusedKey]) -> String {
    refused.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn unconnected(error: &SendError) -> String {
    match error.tls() {
        Some(rustls::Error::InvalidCertificate(_)) => {
            "This machine does not trust its certificate: SSL_CERT_FILE names other roots of trust".to_owned()
        }
        Some(_) => {
            "It does not speak TLS as this program does: should the URL begin with http://?".to_owned()
        }
        None => "Is the server running, and is the URL right?".to_owned(),
    }
}

fn unanswered(asked: &str, error: &SendError) -> String {
    match error {
        SendError::Garbled(_) => format!(
            "what it answers to {asked} is not HTTP ({error}). Is it the right port, and should the URL begin with https://?"
        ),
        SendError::Timeout(_) => format!(
            "it takes connections, and gives {error} to {asked}. Is the server still starting, or does it wait for \
             something itself?"
        ),
        _ => format!(
            "it closes connections without an answer to {asked} ({error}). Is it the right port, and should the URL begin \
             with https://?"
        ),
    }
}

fn moved(target: &str, location: &str) -> String {
    let secure = target.replacen("http://", "https://", 1);
    if secure != *target && location.starts_with(&secure) {
        return format!("Give that address: {secure}");
    }
    "If that is a login, judge the server from inside; if it is where the API is, give that address"
        .to_owned()
}
