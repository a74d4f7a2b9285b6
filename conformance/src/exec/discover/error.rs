//! The reasons why a server can't be judged, each with what was sent, what was received, and what to do about it.

use super::connection;
use crate::exec::http::SendError;
use crate::exec::states::{StateError, StateTrouble};
use crate::hint::hint;
use crate::history::RefusedAccount;
use crate::sut::Target;

/// The reasons why a server can't be judged.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// No connection was established.
    #[error("{target} can't be reached: {error}. {}", connection::remedy(.error))]
    Unreachable {
        /// The base URL.
        target: String,
        /// The error of the transport.
        #[source]
        error: SendError,
    },
    /// Connections are established, but no request is answered.
    #[error("{target} can't be reached: {}", unanswered(.target, .asked, .error))]
    NoAnswer {
        /// The base URL.
        target: String,
        /// The request, as `GET /path`.
        asked: String,
        /// The error of the transport.
        #[source]
        error: SendError,
    },
    /// A proxy answers in place of the server, which does not.
    #[error(
        "{target} is not up yet, or what stands behind its proxy is not: {asked} gives {status}{excerpt}. Run again once \
         it answers, or with --wait SECONDS"
    )]
    NotUp {
        /// The base URL.
        target: String,
        /// The request.
        asked: String,
        /// The status.
        status: u16,
        /// The beginning of the answer, if it has a body.
        excerpt: String,
    },
    /// The proxy that requests go through asks for credentials.
    #[error(
        "the proxy before {target} wants user and password: {asked} gives {status}. --proxy \
         http://USER:PASSWORD@HOST:PORT gives them"
    )]
    ProxyCredentials {
        /// The base URL.
        target: String,
        /// The request.
        asked: String,
        /// The status.
        status: u16,
    },
    /// The port speaks TLS, but the URL does not say so.
    #[error("{target} wants TLS: {asked} gives {status}{excerpt}. Let the URL begin with https://")]
    WantsTls {
        /// The base URL.
        target: String,
        /// The request.
        asked: String,
        /// The status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// The server asks for a client certificate in an HTTP answer, after the TLS handshake.
    #[error(
        "{target} refuses this side, since it wants a client certificate that it trusts: {asked} gives {status}{excerpt}. \
         Give one with --client-cert and --client-key"
    )]
    WantsCertificate {
        /// The base URL.
        target: String,
        /// The request.
        asked: String,
        /// The status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// A system in front of the server asks for credentials of its own.
    #[error(
        "{target} is behind a door of its own: {asked} gives {status} and asks for credentials ({scheme}). Put them into \
         the URL, as in https://USER:PASSWORD@HOST, where the scheme is Basic, or add them with --header; else judge it \
         from inside"
    )]
    Door {
        /// The base URL.
        target: String,
        /// The request.
        asked: String,
        /// The status.
        status: u16,
        /// The authentication scheme that it asks for.
        scheme: String,
    },
    /// A system in front of the server refuses requests of this machine or this program.
    #[error(
        "something in front of {target} keeps requests out: {asked} gives {status} and a page for people{excerpt}. Let \
         this machine through (requests name themselves `conformance`; --header adds what it wants to see), or judge the \
         server from inside"
    )]
    Firewall {
        /// The base URL.
        target: String,
        /// The request.
        asked: String,
        /// The status.
        status: u16,
        /// The beginning of the page.
        excerpt: String,
    },
    /// The API is at another address, or a login page stands before it.
    #[error("{target} sends requests elsewhere: {asked} gives {status} to {location}. {}", moved(.target, .asked, .location))]
    Moved {
        /// The base URL.
        target: String,
        /// The request.
        asked: String,
        /// The status.
        status: u16,
        /// The target of the redirect.
        location: String,
    },
    /// What answers is not this API.
    #[error(
        "{target} answers, but not as this API: {asked} gives {status} and HTML{excerpt}. Is the URL the API's base URL?"
    )]
    NotTheApi {
        /// The base URL.
        target: String,
        /// The request.
        asked: String,
        /// The status.
        status: u16,
        /// The beginning of the page.
        excerpt: String,
    },
    /// No path of the API exists.
    #[error("{target} has no path of this API: {}, as paths do that surely do not exist. {remedy}", .asked.join(", "))]
    NoSuchPaths {
        /// The base URL.
        target: String,
        /// The requests, each with its status.
        asked: Vec<String>,
        /// What to do about the URL.
        remedy: String,
    },
    /// Every key is refused.
    #[error("no key can be used at {target}: {}. {CHECK_KEYS}", told(.refused))]
    NoUsableKey {
        /// The base URL.
        target: String,
        /// The answers that each key got.
        refused: Vec<RefusedAccount>,
    },
    /// The server has no such operator or package.
    #[error(
        "{target} has no {what} `{id}`: {asked} gives {status}. Is it an id of this server, and of the environment that the key is of?"
    )]
    NoSuchId {
        /// The base URL.
        target: String,
        /// `operator` or `package`.
        what: &'static str,
        /// The id that was named.
        id: String,
        /// The request, as `GET /path`.
        asked: String,
        /// The status.
        status: u16,
    },
    /// The operator sells other products, but not this one.
    #[error("operator `{operator}` of {target} has no product `{id}`{}", hint(.id, &.listed.iter().map(String::as_str).collect::<Vec<_>>()))]
    NotListed {
        /// The base URL.
        target: String,
        /// The product that was named.
        id: String,
        /// The operator.
        operator: String,
        /// The products that the operator has.
        listed: Vec<String>,
    },
    /// It is unknown what a product or a package belongs to.
    #[error(
        "nothing at {target} says what {what} `{id}` belongs to: name one operator and one product with it (--operator ID \
         --product ID), or write an accounts file that tells which belongs to which"
    )]
    Homeless {
        /// The base URL.
        target: String,
        /// `product` or `package`.
        what: &'static str,
        /// The id that was named.
        id: String,
    },
    /// The target refuses the key of an account that the provider states made.
    #[error(
        "the provider states at {states} made an account that {target} does not know: {}. Do both belong to the same \
         server, with the same database?",
        .refused.readings()
    )]
    StatesElsewhere {
        /// The URL of the handler of provider states.
        states: String,
        /// The base URL.
        target: String,
        /// The answers that the account's key got.
        refused: RefusedAccount,
    },
    /// A provider state failed.
    #[error("{0}{remedy}", remedy = of_states(.0))]
    State(#[from] StateError),
}

impl DiscoverError {
    /// Returns true if the target could not be reached as this API, rather than being configured wrongly on our side.
    #[must_use]
    pub(crate) fn unreachable(&self) -> bool {
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

    /// Returns true if no connection to another machine was established, for which a missing proxy may be the reason.
    #[must_use]
    pub(crate) fn may_need_proxy(&self) -> bool {
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
    // If it is the same path at another address, what stands before it there is the base URL.
    match location.strip_suffix(path).map(|it| it.trim_end_matches('/')) {
        Some(base) if base.contains("://") && base != target => format!("Give that address: --url {base}"),
        _ => "If that is a login, judge the server from inside; if it is where the API is, give that address"
            .to_owned(),
    }
}

/// The status of a path that a server does not have.
const NOTHING_THERE: u16 = 404;

/// Returns what to do if provider states get no answer.
fn of_states(error: &StateError) -> String {
    match &error.trouble {
        StateTrouble::Unanswered(error) if error.never_left() || error.tls().is_some() => {
            format!(". {}", connection::remedy(error))
        }
        _ if error.unreachable() => {
            ". It is not up yet, or what stands behind its proxy is not: run again once it answers".to_owned()
        }
        StateTrouble::Refused { status, .. } if *status == NOTHING_THERE => {
            ". Is it the URL of the handler itself? The sandbox has its own at /_states".to_owned()
        }
        _ => String::new(),
    }
}
