//! What every connection of a front shares: how the way is, and where it is recorded.

use std::net::SocketAddr;
use std::sync::Arc;

use super::message::Request;
use super::recorder::Recorder;
use crate::client::history::{Exchange, Place};
use crate::client::scenario::{Ground, Trouble};
use crate::secret::Redactor;

/// What a front needs to know.
#[derive(Debug)]
pub(crate) struct Way {
    /// The sandbox.
    pub(crate) upstream: SocketAddr,
    /// Method and path of the purchase.
    pub(crate) purchase: (String, String),
    /// What happens to requests.
    pub(crate) troubles: Vec<Trouble>,
    /// How it is reached.
    pub(crate) ground: Ground,
    /// Masks the keys in what is recorded.
    pub(crate) redactor: Redactor,
    /// Whether connections are kept open for a further request.
    pub(crate) keep_alive: bool,
}

/// What every connection of a front shares.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) way: Way,
    pub(super) recorder: Arc<Recorder>,
    /// Where redirects lead.
    pub(super) elsewhere: SocketAddr,
}

impl Shared {
    /// A request as it is recorded, without keys.
    pub(super) fn recorded(&self, request: &Request, place: Place, connection: u64) -> Exchange {
        let text = String::from_utf8(request.body.clone());
        let utf8 = text.is_ok();
        let body = text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Exchange {
            place,
            connection,
            at_us: self.recorder.now_us(),
            method: request.method.clone(),
            target: self.masked(&request.target),
            minor_version: request.minor_version,
            headers: request.headers.iter().map(|(name, value)| (name.clone(), self.masked(value))).collect(),
            body: self.masked(&body),
            utf8,
            served: false,
            ..Exchange::default()
        }
    }

    /// What came and is no request.
    pub(super) fn nonsense(&self, bytes: &[u8]) -> Exchange {
        let text = String::from_utf8_lossy(bytes).into_owned();
        Exchange { at_us: self.recorder.now_us(), body: self.masked(&text), ..Exchange::default() }
    }

    /// A text without keys.
    pub(super) fn masked(&self, text: &str) -> String {
        self.way.redactor.redact_text(text).unwrap_or_else(|| text.to_owned())
    }
}
