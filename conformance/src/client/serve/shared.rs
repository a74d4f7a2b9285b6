//! The state that all connections of a front share: its configuration and the recorder.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use tokio::task::JoinSet;

use super::message::{Request, Response};
use super::recorder::Recorder;
use crate::client::history::{Answer, Exchange, Place, Sent};
use crate::client::scenario::{Ground, Trouble};
use crate::secret::Redactor;

/// The configuration of a front.
#[derive(Debug)]
pub(crate) struct Way {
    /// The address of the sandbox.
    pub(crate) upstream: SocketAddr,
    /// The method and the path of a purchase.
    pub(crate) purchase: (String, String),
    /// The disturbances of requests.
    pub(crate) troubles: Vec<Trouble>,
    /// How the front can be reached.
    pub(crate) ground: Ground,
    /// Masks keys in the recording.
    pub(crate) redactor: Redactor,
    /// True if connections stay open for further requests.
    pub(crate) keep_alive: bool,
}

/// The state that all connections of a front share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) way: Way,
    pub(super) recorder: Recorder,
    /// The address that redirects lead to.
    pub(super) elsewhere: SocketAddr,
    /// Requests that the front answered as a timed-out gateway, and that still have to reach the sandbox.
    pub(super) late: Mutex<JoinSet<()>>,
}

impl Shared {
    /// Returns a request as it is recorded, with keys masked.
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

    /// Returns an answer as it is recorded, with keys masked in its body.
    pub(super) fn answer(&self, response: &Response, sent: Sent) -> Answer {
        Answer {
            at_us: self.recorder.now_us(),
            status: response.status,
            headers: response
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), self.masked(value)))
                .collect(),
            body: self.masked(&response.text()),
            sent,
        }
    }

    /// Runs a future in the background, independent of any connection.
    pub(super) fn later(&self, what: impl Future<Output = ()> + Send + 'static) {
        self.late.lock().unwrap_or_else(PoisonError::into_inner).spawn(what);
    }

    /// Waits until no background request is left.
    pub(super) async fn settled(&self) {
        let late = std::mem::take(&mut *self.late.lock().unwrap_or_else(PoisonError::into_inner));
        late.join_all().await;
    }

    /// Returns the record of bytes that are not a request.
    pub(super) fn nonsense(&self, bytes: &[u8]) -> Exchange {
        let text = String::from_utf8_lossy(bytes).into_owned();
        Exchange { at_us: self.recorder.now_us(), body: self.masked(&text), ..Exchange::default() }
    }

    /// Returns a text with keys masked.
    pub(super) fn masked(&self, text: &str) -> String {
        self.way.redactor.redact_text(text).unwrap_or_else(|| text.to_owned())
    }
}
