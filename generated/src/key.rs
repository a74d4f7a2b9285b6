//! The key: how it is sent, and why it can't be printed.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use progenitor_client::{ClientHooks, ClientInfo as _, OperationInfo};
use reqwest::header::{HeaderName, HeaderValue};

use crate::client::{Client, Error};
use crate::contract;
use crate::transport::SetupError;

/// An API key. Neither `Debug` nor `Display` shows more of it than the environment that it belongs to.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(HeaderValue);

impl Key {
    /// Takes a key, without the white space around it that files and variables often end in.
    ///
    /// # Errors
    /// It is empty, or has characters that can't stand in a header; the message does not repeat it.
    pub fn new(key: &str) -> Result<Self, SetupError> {
        let mut value = HeaderValue::from_str(key.trim()).map_err(|_| SetupError::Key)?;
        if value.is_empty() {
            return Err(SetupError::NoKey);
        }
        // Keeps it out of logs of the HTTP stack and out of HTTP/2's compression tables.
        value.set_sensitive(true);
        Ok(Self(value))
    }

    /// Whether orders under this key spend real money, as far as its prefix tells.
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

/// Who calls: what a [`Client`] carries beside its connections, so that clients of many keys share one pool.
#[derive(Debug, Clone)]
pub struct Caller {
    key: Key,
    /// Status of the last answer, 0 before one came. A body that can't be read makes an error without a status, and
    /// whether money moved is then a question of the status.
    status: Arc<AtomicU16>,
}

impl From<Key> for Caller {
    fn from(key: Key) -> Self {
        Self { key, status: Arc::new(AtomicU16::new(0)) }
    }
}

impl Caller {
    /// The same caller with a status of its own, for one call.
    pub(crate) fn fresh(&self) -> Self {
        self.key.clone().into()
    }

    /// Its key.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// Status of the last answer, if one came.
    #[must_use]
    pub fn last_status(&self) -> Option<u16> {
        Some(self.status.load(Ordering::Relaxed)).filter(|status| *status != 0)
    }
}

impl ClientHooks<Caller> for Client {
    async fn pre<E>(&self, request: &mut reqwest::Request, _: &OperationInfo) -> Result<(), Error<E>> {
        let headers = request.headers_mut();
        // progenitor sends it for dropshot servers; this API documents no such header.
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
