//! Connections: shared between clients, without redirects and retries.

use std::time::Duration;

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Time to establish a connection.
    pub connect: Duration,
    /// Time for a whole call. If it is too short for a purchase, the outcome stays unknown, so be generous.
    pub call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), call: Duration::from_secs(60) }
    }
}

/// Why a client could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// There is no key.
    #[error("no API key: set {variable}", variable = crate::KEY_VARIABLE)]
    NoKey,
    /// The key has characters that a header can't carry.
    #[error("the API key has characters that can't be sent; copy it again")]
    Key,
    /// There is no base URL.
    #[error("no base URL: set {variable}", variable = crate::URL_VARIABLE)]
    NoUrl,
    /// The base URL can't be used.
    #[error("base URL `{url}`: {reason}")]
    Url {
        /// The URL as given.
        url: String,
        /// What is wrong with the URL.
        reason: String,
    },
    /// The HTTP client could not be set up, for example because of the TLS set-up of this machine.
    #[error("the HTTP client could not be set up: {0}")]
    Transport(#[source] reqwest::Error),
}

/// Creates a connection pool for clients with any number of keys.
///
/// It follows no redirects, since one could send a purchase to a place that nobody named, and it sends nothing twice.
///
/// # Errors
/// The HTTP client can't be set up, for example because of the TLS set-up of this machine.
pub fn transport(timeouts: Timeouts) -> Result<reqwest::Client, SetupError> {
    // reqwest is built without a TLS provider, since its default one needs a C toolchain and minutes to build. If the
    // application has already installed a provider, installing this one fails, and the application's is kept.
    _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.call)
        .user_agent(concat!("buy-bulk/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(SetupError::Transport)
}
