//! Connections: made once, never redirected, never retried.

use std::time::Duration;

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection to stand.
    pub connect: Duration,
    /// For a whole call. Too short a wait for a purchase leaves open whether it happened, so be generous.
    pub call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), call: Duration::from_secs(60) }
    }
}

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// There is no key.
    #[error("no API key: set {variable}", variable = crate::KEY_VARIABLE)]
    NoKey,
    /// The key can't stand in a header.
    #[error("the API key has characters that can't be sent; copy it again")]
    Key,
    /// There is no base URL.
    #[error("no base URL: set {variable}", variable = crate::URL_VARIABLE)]
    NoUrl,
    /// The base URL is of no use.
    #[error("base URL `{url}`: {reason}")]
    Url {
        /// As it was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The TLS set-up of this machine is of no use.
    #[error("the HTTP client could not be set up: {0}")]
    Transport(#[source] reqwest::Error),
}

/// A connection pool for clients of any number of keys.
///
/// It follows no redirect, since that would send a purchase to a place that nobody named, and sends nothing twice.
///
/// # Errors
/// The TLS set-up of this machine is of no use.
pub fn transport(timeouts: Timeouts) -> Result<reqwest::Client, SetupError> {
    // reqwest is built without a TLS provider of its own, since its default one needs a C toolchain and minutes. An
    // application that has installed another provider keeps it: that is the only way that this can fail.
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
