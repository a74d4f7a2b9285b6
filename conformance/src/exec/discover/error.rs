//! Why a server can't be judged: what was asked, what came, and what to do about it.

use super::connection;
use crate::exec::http::SendError;
use crate::exec::states::{StateError, StateTrouble};
use crate::hint::hint;
use crate::history::RefusedAccount;
use crate::sut::Target;

/// Why a server can't be judged.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// No connection came about.
    #[error("{target} can't be reached: {error}. {}", connection::remedy(.error))]
    Unreachable {
        /// Base URL.
        target: String,
        /// What the transport says.
        #[source]
        error: SendError,
    },
    /// Connections come about, and no answer to any request.
    #[error("{target} can't be reached: {}", unanswered(.target, .asked, .error))]
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
         it answers, or with --wait SECONDS"
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
    /// The proxy that requests go through wants credentials.
    #[error(
        "the proxy before {target} wants user and password: {asked} gives {status}. --proxy \
         http://USER:PASSWORD@HOST:PORT gives them"
    )]
    ProxyCredentials {
        /// Base URL.
        target: String,
        /// What was asked.
        asked: String,
        /// Status.
        status: u16,
    },
    /// The port speaks TLS, and the URL does not.
    #[error("{target} wants TLS: {asked} gives {status}{excerpt}. Let the URL begin with https://")]
    WantsTls {
        /// Base URL.
        target: String,
        /// What was asked.
        asked: String,
        /// Status.
        status: u16,
        /// How the answer begins.
        excerpt: String,
    },
    /// The server asks for a client certificate above TLS.
    #[error(
        "{target} refuses this side, since it wants a client certificate that it trusts: {asked} gives {status}{excerpt}. \
         Give one with --client-cert and --client-key"
    )]
    WantsCertificate {
        /// Base URL.
        target: String,
        /// What was asked.
        asked: String,
        /// Status.
        status: u16,
        /// How the answer begins.
        excerpt: String,
    },
    /// Something in front of the server wants credentials of its own.
    #[error(
        "{target} is behind a door of its own: {asked} gives {status} and asks for credentials ({scheme}). Put them into \
         the URL, as in https://USER:PASSWORD@HOST, where the scheme is Basic, or add them with --header; else judge it \
         from inside"
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
         this machine through (requests name themselves `conformance`; --header adds what it wants to see), or judge the \
         server from inside"
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
    #[error("{target} sends requests elsewhere: {asked} gives {status} to {location}. {}", moved(.target, .asked, .location))]
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
        refused: Vec<RefusedAccount>,
    },
    /// The server knows no such operator or package.
    #[error(
        "{target} has no {what} `{id}`: {asked} gives {status}. Is it an id of this server, and of the environment that the key is of?"
    )]
    NoSuchId {
        /// Base URL.
        target: String,
        /// Operator or package.
        what: &'static str,
        /// What was named.
        id: String,
        /// What was asked: `GET /path`.
        asked: String,
        /// What came.
        status: u16,
    },
    /// The operator sells other products.
    #[error("operator `{operator}` of {target} has no product `{id}`{}", hint(.id, &.listed.iter().map(String::as_str).collect::<Vec<_>>()))]
    NotListed {
        /// Base URL.
        target: String,
        /// The product that was named.
        id: String,
        /// The operator.
        operator: String,
        /// Products that it has.
        listed: Vec<String>,
    },
    /// What a product or a package belongs to is not known.
    #[error(
        "nothing at {target} says what {what} `{id}` belongs to: name one operator and one product with it (--operator ID \
         --product ID), or write an accounts file that tells which belongs to which"
    )]
    Homeless {
        /// Base URL.
        target: String,
        /// Product or package.
        what: &'static str,
        /// What was named.
        id: String,
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
        refused: RefusedAccount,
    },
    /// A provider state.
    #[error("{0}{remedy}", remedy = of_states(.0))]
    State(#[from] StateError),
}

impl DiscoverError {
    /// Whether the target could not be reached as this API, rather than being set up wrongly on our side.
    #[must_use]
    pub fn unreachable(&self) -> bool {
        match self {
            Self::NoUsableKey { .. }
            | Self::StatesElsewhere { .. }
            | Self::NoSuchId { .. }
            | Self::NotListed { .. }
            | Self::Homeless { .. } => false,
            Self::State(error) => error.unreachable(),
            _ => true,
        }
    }

    /// Whether a host of somewhere else got no connection, which may be for want of a proxy.
    #[must_use]
    pub fn may_need_proxy(&self) -> bool {
        let (url, error) = match self {
            Self::Unreachable { target, error } => (target, error),
            Self::State(StateError { url, trouble: StateTrouble::Unanswered(error), .. }) => (url, error),
            _ => return false,
        };
        let elsewhere = url::Url::parse(url).is_ok_and(|url| !Target::new(url).is_loopback());
        elsewhere && error.never_left() && error.tls().is_none() && error.proxy().is_none()
    }
}

const CHECK_KEYS: &str = "A key is refused so that is expired, mistyped or of another environment: check that it is whole \
                          and belongs to this server; an account whose key must be refused says `revoked = true`";

fn told(refused: &[RefusedAccount]) -> String {
    refused.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn unanswered(target: &str, asked: &str, error: &SendError) -> String {
    match error {
        SendError::Broken(_) if target.starts_with("https://") => format!(
            "it closes connections without an answer to {asked} ({error}). Is it the right port? Servers that want a client \
             certificate (--client-cert) may do so too"
        ),
        SendError::Http2(_) => format!(
            "it does not answer {asked} over HTTP/2 ({error}). Does it speak HTTP/2 there? Without --http2 it is asked over HTTP/1.1"
        ),
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

fn moved(target: &str, asked: &str, location: &str) -> String {
    let path = asked.rsplit(' ').next().unwrap_or_default();
    // The same path elsewhere: what stands before it is the base URL.
    match location.strip_suffix(path).map(|it| it.trim_end_matches('/')) {
        Some(base) if base.contains("://") && base != target => format!("Give that address: --url {base}"),
        _ => "If that is a login, judge the server from inside; if it is where the API is, give that address"
            .to_owned(),
    }
}

/// What to do where provider states get no answer.
fn of_states(error: &StateError) -> String {
    match &error.trouble {
        StateTrouble::Unanswered(error) if error.never_left() || error.tls().is_some() => {
            format!(". {}", connection::remedy(error))
        }
        _ if error.unreachable() => {
            ". It is not up yet, or what stands behind its proxy is not: run again once it answers".to_owned()
        }
        _ => String::new(),
    }
}
