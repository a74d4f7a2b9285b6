//! The API key: how it is sent, and how it is kept from being printed.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use progenitor_client::{ClientHooks, ClientInfo as _, OperationInfo};
use reqwest::header::{HeaderName, HeaderValue};

use crate::client::{Client, Error};
use crate::contract;
use crate::transport::SetupError;

/// An API key. `Debug` and `Display` show only the environment that it belongs to.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(HeaderValue);

impl Key {
    /// Creates a key, without the white space around it that files and variables often have.
    ///
    /// # Errors
    /// The key is empty, or has characters that a header can't carry; the message does not repeat it.
    pub fn new(key: &str) -> Result<Self, SetupError> {
        let mut value = HeaderValue::from_str(key.trim()).map_err(|_| SetupError::Key)?;
        if value.is_empty() {
            return Err(SetupError::NoKey);
        }
        // A sensitive value stays out of the logs of the HTTP stack and out of the compression tables of HTTP/2.
        value.set_sensitive(true);
        Ok(Self(value))
    }

    /// Returns true if orders with this key spend real money, judged by its prefix.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.0.as_bytes().starts_with(contract::LIVE_KEY_PREFIX.as_bytes())
    }

    fn mask(&self) -> String {
        let known = [contract::TEST_KEY_PREFIX, contract::LIVE_KEY_PREFIX];
        let prefix = known.into_iter().find(|prefix| self.0.as_bytes().starts_with(prefix.as_bytes()));
        format!("{}***", prefix.unwrap_or_default())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.mask())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.mask())
    }
}

/// The caller of the API: what a [`Client`] carries besides its connections, so that clients with different keys share
/// one pool.
#[derive(Debug, Clone)]
pub struct Caller {
    key: Key,
    /// Status of the last answer, or 0 before the first. An unreadable body gives an error without a status, and the
    /// status then decides whether money may have moved.
    status: Arc<AtomicU16>,
}

impl From<Key> for Caller {
    fn from(key: Key) -> Self {
        Self { key, status: Arc::new(AtomicU16::new(0)) }
    }
}

impl Caller {
    /// Returns the same caller with a status of its own, for one call.
    pub(crate) fn fresh(&self) -> Self {
        self.key.clone().into()
    }

    /// Returns the key.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// Returns the status of the last answer, if there was one.
    #[must_use]
    pub fn last_status(&self) -> Option<u16> {
        Some(self.status.load(Ordering::Relaxed)).filter(|status| *status != 0)
    }
}

impl ClientHooks<Caller> for Client {
    async fn pre<E>(&self, request: &mut reqwest::Request, _: &OperationInfo) -> Result<(), Error<E>> {
        let headers = request.headers_mut();
        // progenitor sends this header for dropshot servers; the API does not document it.
        headers.remove("api-version");
        headers.insert(HeaderName::from_static(contract::KEY_HEADER), self.inner().key.0.clone());
        Ok(())
    }

    async fn post<E>(
        &self,
        result: &reqwest::Result<reqwest::Response>,
        _: &OperationInfo,
    ) -> Result<(), Error<E>> {
        let status = result.as_ref().map_or(0, |response| response.status().as_u16());
        self.inner().status.store(status, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_shows_the_secret() {
        for (key, shown) in [
            ("netconnect_live_s3cret", "netconnect_live_***"),
            ("netconnect_test_s3cret\n", "netconnect_test_***"),
            ("s3cret", "***"),
        ] {
            let key = Key::new(key).unwrap();
            assert_eq!(key.to_string(), shown);
            let caller = Caller::from(key.clone());
            for text in [format!("{key:?}"), format!("{caller:#?}"), format!("{:?}", key.0)] {
                assert!(!text.contains("s3cret"), "{text}");
            }
        }
    }

    #[test]
    fn refuses_what_no_header_can_carry_without_repeating_it() {
        for key in ["", "  ", "s3cret\u{7}", "s3\ncret"] {
            let error = Key::new(key).unwrap_err().to_string();
            assert!(!error.contains("cret"), "{error}");
        }
    }
}
