//! Connections that requests share, and the cases in which each request has one of its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::{Either, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connect::Connector;
use crate::bounds;

/// The number of connections that broke before an answer arrived after which none is used twice. A server that closes
/// connections without notice (RFC 9112, 9.6) would otherwise go on losing requests that are sent on a connection
/// while it is being closed.
const MOST_BROKEN: u32 = 5;

/// A chunk of a body that is sent in chunks.
pub(super) type Chunk = Result<Frame<Bytes>, std::convert::Infallible>;
type Chunks = StreamBody<futures::stream::BoxStream<'static, Chunk>>;
/// What is sent: a complete body, or one in chunks.
pub(super) type Body = Either<Full<Bytes>, Chunks>;
/// A client with its connections.
pub(super) type Pool = legacy::Client<Connector, Body>;

/// The connections to one server.
#[derive(Debug, Clone)]
pub(super) struct Pools {
    connector: Connector,
    usual: Pool,
    /// The client that uses a new connection for each request.
    alone: Pool,
    /// The number of connections that broke before an answer arrived.
    broken: Arc<AtomicU32>,
    /// For each letter case that a header's name is sent in, a client that writes it in that way.
    spelled: Arc<Mutex<BTreeMap<String, Pool>>>,
    /// Whether the header of every key is sent in the documented letter case.
    documented: Arc<AtomicBool>,
}

impl Pools {
    /// Returns the pools of this connector, without any connection yet.
    pub(super) fn new(connector: &Connector, http2: bool) -> Self {
        Self {
            connector: connector.clone(),
            usual: builder().http2_only(http2).build(connector.clone()),
            alone: builder().http2_only(http2).pool_max_idle_per_host(0).build(connector.clone()),
            broken: Arc::default(),
            spelled: Arc::default(),
            documented: Arc::default(),
        }
    }

    /// Returns the client for a request without special needs.
    pub(super) fn usual(&self) -> Pool {
        let breaks = self.broken.load(Ordering::Relaxed) >= MOST_BROKEN;
        if breaks { self.alone() } else { self.usual.clone() }
    }

    /// Returns the client that uses a new connection for each request.
    pub(super) fn alone(&self) -> Pool {
        self.alone.clone()
    }

    /// Takes note that a connection broke before an answer arrived.
    pub(super) fn note_broken(&self) {
        self.broken.fetch_add(1, Ordering::Relaxed);
    }

    /// From now on, sends the header of every key in the documented letter case, each on a connection of its own.
    pub(super) fn spell_as_documented(&self) {
        self.documented.store(true, Ordering::Relaxed);
    }

    /// Returns true if the header of every key is sent in the documented letter case.
    pub(super) fn is_documented(&self) -> bool {
        self.documented.load(Ordering::Relaxed)
    }

    /// Returns the client for a request with a header whose name must be sent exactly as given.
    pub(super) fn spelled(&self, name: &str) -> Pool {
        let mut pools = self.spelled.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || builder().pool_max_idle_per_host(0).build(self.connector.spelling(name));
        pools.entry(name.to_owned()).or_insert_with(new).clone()
    }
}

fn builder() -> legacy::Builder {
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .http1_max_headers(bounds::HEADERS)
        .http1_max_buf_size(bounds::HEAD)
        // RFC 9112, 5.2: a client reads the fold in a folded header line as spaces.
        .http1_allow_obsolete_multiline_headers_in_responses(true);
    builder
}
