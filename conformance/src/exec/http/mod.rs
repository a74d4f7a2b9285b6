//! The HTTP client, for the target and for its provider states: HTTP/1.1, or HTTP/2 for a server that accepts nothing
//! else.
//!
//! Nothing is sent twice: no redirect is followed, no request is repeated once a byte of it may have left, and no
//! proxy from the environment is used, so that none sees a key. A connection carries one request at a time, so that
//! orders which are sent at once overlap on the wire and not only in a multiplexer (over HTTP/2 they share one, as
//! the server wants it). What RFC 9110 and RFC 9112 allow a server to do is understood: interim answers, chunked and
//! close-delimited bodies, folded header lines, content codings that were not asked for.

mod causes;
mod coding;
mod connect;
mod pools;
mod route;
mod spelling;
#[cfg(test)]
mod tests;
mod tls;
mod wait;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{Stream, StreamExt as _};
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHORIZATION,
    USER_AGENT,
};
use http_body_util::{BodyExt as _, Either, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::capture_connection;
use url::Url;

use self::causes::{BoxError, find, innermost, noted};
use self::connect::Connector;
use self::pools::{Body, Chunk, Pools};
pub(in crate::exec) use self::route::PROXY_CREDENTIALS;
pub(crate) use self::route::ProxyError;
use self::route::Route;
pub(crate) use self::tls::SetupError;
use self::wait::Wait;
use crate::bounds;
use crate::history::{self, Response, Transport};
use crate::plan::key::KeyHeader;
use crate::sut::access::{Access, ExtraHeader};

/// The number of bytes of a chunk of a body that is sent in chunks.
const CHUNK: usize = 16;

/// The pause before each piece of a body that is sent in pieces.
const PIECE_PAUSE: Duration = Duration::from_millis(20);

/// The time after which a connection that is not established is given up.
const LONGEST_CONNECT: Duration = Duration::from_secs(10);

const AGENT: &str = concat!("conformance/", env!("CARGO_PKG_VERSION"));

/// A request that is ready to be sent.
#[derive(Debug)]
pub(crate) struct OutboundRequest<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The complete URL.
    pub url: &'a str,
    /// The headers besides the key and those that this client adds to every request.
    pub headers: &'a [(String, String)],
    /// The key and its header, if one is sent.
    pub key: Option<&'a KeyHeader>,
    /// The body.
    pub body: &'a [u8],
    /// How the body is transmitted.
    pub transport: Transport,
}

/// The reasons why there is no response. The library's errors only say where they stand in the chain of causes, so
/// the message is that of the innermost one; the chain is kept in the variant.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// HTTP can't express this request, or not for this address.
    #[error("{what} can't be sent: {error}")]
    Unsendable {
        /// The part of the request.
        what: String,
        /// The reason.
        #[source]
        error: http::Error,
    },
    /// No connection was established, or it was closed before the request was written.
    #[error("{}", unconnected(.0))]
    Unconnected(legacy::Error),
    /// No connection was established in time.
    #[error("no connection within {} s", .0.as_secs_f32())]
    ConnectTimeout(Duration),
    /// The server ended the TLS connection.
    #[error("{error}")]
    Tls {
        /// The error of TLS.
        error: Box<rustls::Error>,
        /// Whether that was before anything of the request was sent.
        never_left: bool,
    },
    /// The request was sent, and the response was not complete in time.
    #[error("no answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    /// What was received is not HTTP.
    #[error("{}", innermost(.0.as_ref()))]
    Garbled(BoxError),
    /// The connection broke before the response was complete.
    #[error("{}", innermost(.0.as_ref()))]
    Broken(BoxError),
    /// The same over HTTP/2: a server that does not speak it ends the connection in many ways.
    #[error("HTTP/2 was broken off: {}", innermost(.0.as_ref()))]
    Http2(BoxError),
}

impl SendError {
    /// Returns true if the request certainly had no effect, since it was never sent.
    #[must_use]
    pub(crate) fn never_left(&self) -> bool {
        match self {
            Self::Unsendable { .. } | Self::Unconnected(_) | Self::ConnectTimeout(_) => true,
            Self::Tls { never_left, .. } => *never_left,
            _ => false,
        }
    }

    /// Returns the error of TLS, if TLS is what failed.
    #[must_use]
    pub(crate) fn tls(&self) -> Option<&rustls::Error> {
        // A server may refuse our certificate after our side of the handshake, so that reading the answer fails.
        let error: &(dyn std::error::Error + 'static) = match self {
            Self::Unconnected(error) => error,
            Self::Broken(error) | Self::Http2(error) => error.as_ref(),
            Self::Tls { error, .. } => return Some(error),
            _ => return None,
        };
        let chain = std::iter::successors(Some(error), |it| it.source());
        chain.filter_map(|it| it.downcast_ref()).find_map(causes::tls)
    }

    /// Returns the error of the proxy, if the proxy is what failed.
    #[must_use]
    pub(crate) fn proxy(&self) -> Option<&ProxyError> {
        let Self::Unconnected(error) = self else { return None };
        find(error)
    }

    fn unsendable(what: impl Into<String>, error: impl Into<http::Error>) -> Self {
        Self::Unsendable { what: what.into(), error: error.into() }
    }

    fn of(error: legacy::Error) -> Self {
        let cause = find::<hyper::Error>(&error);
        if error.is_connect() || cause.is_some_and(hyper::Error::is_canceled) {
            return Self::Unconnected(error);
        }
        match cause.is_some_and(hyper::Error::is_parse) {
            true => Self::Garbled(error.into()),
            false => Self::Broken(error.into()),
        }
    }

    fn of_body(error: hyper::Error) -> Self {
        // The library reports an invalid chunk length and the like as invalid data.
        let bad = |it: &std::io::Error| {
            matches!(it.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput)
        };
        match error.is_parse() || find(&error).is_some_and(bad) {
            true => Self::Garbled(error.into()),
            false => Self::Broken(error.into()),
        }
    }
}

/// Returns why there is no connection. The error of a proxy says more than that of the system.
fn unconnected(error: &legacy::Error) -> String {
    find::<ProxyError>(error).map_or_else(|| innermost(error), ToString::to_string)
}

/// A client with its connections.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    connector: Connector,
    pools: Pools,
    /// Whether HTTP/2 is used, in which the names of headers are always in lower case.
    http2: bool,
    wait: Arc<Wait>,
    /// The number of bytes of a body that are read.
    most: usize,
    /// The headers that are added to every request.
    extra: HeaderMap,
}

/// Returns a URL in the form in which requests are sent to it: user and password go into a header.
pub(super) fn without_credentials(url: &Url) -> String {
    let mut url = url.clone();
    _ = url.set_password(None);
    _ = url.set_username("");
    url.into()
}

/// Returns the headers that are added to every request to a server: the credentials in its URL, and those that its
/// gateway wants.
fn extra(url: &Url, headers: &[ExtraHeader]) -> HeaderMap {
    let mut extra = HeaderMap::new();
    for header in headers {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        if let (Ok(name), Ok(mut value)) = (name, HeaderValue::from_str(header.value.expose())) {
            value.set_sensitive(true);
            extra.append(name, value);
        }
    }
    if let (Some(credentials), false) = (route::credentials(url), extra.contains_key(AUTHORIZATION)) {
        extra.insert(AUTHORIZATION, credentials);
    }
    extra
}

impl Http {
    /// Returns a client for a server that waits this long for an answer; nothing is sent yet. `headers` are added to
    /// every request, as are user and password of the URL.
    ///
    /// # Errors
    /// Returns an error if TLS can't be set up on this machine, or not as the flags ask.
    pub(crate) fn new(
        url: &Url,
        access: &Access,
        headers: &[ExtraHeader],
        timeout: Duration,
    ) -> Result<Self, SetupError> {
        let tls = tls::config(&access.trust)?;
        let http2 = access.http2;
        let connector = Connector::new(tls, Route::new(access), timeout.min(LONGEST_CONNECT), http2);
        let pools = Pools::new(&connector, http2);
        let extra = extra(url, headers);
        let most = bounds::ANSWER + bounds::BEYOND;
        let wait = Arc::new(Wait::new(timeout));
        Ok(Self { connector, pools, http2, wait, most, extra })
    }

    /// Returns the same client with another limit on the bytes that are read of a body.
    #[must_use]
    pub(crate) fn reading(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// From now on, sends the header of every key in the documented letter case, for a server that knows it in no other.
    pub(crate) fn spell_as_documented(&self) {
        self.pools.spell_as_documented();
    }

    /// Returns true if the header of every key is sent in the documented letter case.
    pub(crate) fn spells_as_documented(&self) -> bool {
        self.pools.is_documented()
    }

    /// Sends a request once.
    ///
    /// # Errors
    /// Returns an error if the request can't be sent, or if no complete response arrives.
    pub(crate) async fn send(&self, request: &OutboundRequest<'_>) -> Result<Response, SendError> {
        let exact = |it: &&KeyHeader| it.exact || self.spells_as_documented();
        let pool = match request.key.filter(|it| exact(it) && !self.http2) {
            Some(key) => self.pools.spelled(&key.name),
            // Many servers send a body after HEAD, which would stand before the next answer of the connection.
            None if request.method == "HEAD" => self.pools.alone(),
            None => self.pools.usual(),
        };
        let mut prepared = prepare(request)?;
        self.add(&mut prepared);
        let connection = capture_connection(&mut prepared);
        let exchange =
            async { receive(pool.request(prepared).await.map_err(SendError::of)?, self.most).await };
        let (start, limit) = (Instant::now(), self.wait.limit());
        let answer = tokio::time::timeout(limit, exchange).await.unwrap_or_else(|_| {
            let connected = connection.connection_metadata().is_some();
            Err(if connected { SendError::Timeout } else { SendError::ConnectTimeout }(limit))
        });
        match &answer {
            Ok(_) => self.wait.answered(start.elapsed()),
            Err(SendError::Timeout(_)) => self.wait.was_in_vain(),
            Err(_) => {}
        }
        if matches!(answer, Err(SendError::Broken(_))) && !self.http2 {
            self.pools.note_broken();
        }
        let answer = answer.map_err(|error| match error {
            SendError::Broken(error) | SendError::Garbled(error) if self.http2 => SendError::Http2(error),
            // The connection was established, and the server closed it after the HTTP/2 preface.
            SendError::Unconnected(error) if self.http2 && !error.is_connect() => {
                SendError::Http2(error.into())
            }
            other => other,
        });
        answer.map_err(|error| match noted(&connection) {
            Some(tls) if error.tls().is_none() => {
                SendError::Tls { never_left: error.never_left(), error: tls.into() }
            }
            _ => error,
        })
    }

    /// Adds the headers of every request, and the credentials for a proxy that reads the request.
    fn add(&self, request: &mut http::Request<Body>) {
        for name in self.extra.keys() {
            // A header of the plan takes precedence over one that is added; the defaults of this client do not.
            if ![ACCEPT, USER_AGENT].contains(name) && request.headers().contains_key(name) {
                continue;
            }
            request.headers_mut().remove(name);
            for value in self.extra.get_all(name) {
                request.headers_mut().append(name, value.clone());
            }
        }
        let route = self.connector.route();
        if let (true, Some(credentials)) = (route.is_read_by_proxy(request.uri()), route.credentials()) {
            request.headers_mut().insert(PROXY_AUTHORIZATION, credentials.clone());
        }
    }
}

/// Converts a request for the library.
fn prepare(request: &OutboundRequest<'_>) -> Result<http::Request<Body>, SendError> {
    let uri = http::Uri::try_from(request.url).map_err(|it| SendError::unsendable("the URL", it))?;
    let method = http::Method::from_bytes(request.method.as_bytes());
    let method = method.map_err(|it| SendError::unsendable(format!("method `{}`", request.method), it))?;
    let mut headers = HeaderMap::new();
    let key = request.key.map(|it| (it.name.as_str(), it.key.expose()));
    let given = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in given.chain(key) {
        let what = || format!("header `{name}`");
        let header =
            HeaderName::from_bytes(name.as_bytes()).map_err(|it| SendError::unsendable(what(), it))?;
        let mut value = HeaderValue::from_str(value).map_err(|it| SendError::unsendable(what(), it))?;
        value.set_sensitive(key.is_some_and(|(key, _)| key == name));
        headers.append(header, value);
    }
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(AGENT));
    let body = match request.transport {
        Transport::Chunked => {
            let frame = |it: &[u8]| Ok(Frame::data(Bytes::copy_from_slice(it)));
            let frames: Vec<Chunk> = request.body.chunks(CHUNK).map(frame).collect();
            Either::Right(StreamBody::new(futures::stream::iter(frames).boxed()))
        }
        Transport::Pieces => {
            headers.insert(CONTENT_LENGTH, request.body.len().into());
            Either::Right(StreamBody::new(pieces(request.body).boxed()))
        }
        Transport::Plain => {
            // RFC 9110, 8.6: a method that defines a meaning for a body sends the length, of an empty body as well.
            if method != http::Method::GET {
                headers.insert(CONTENT_LENGTH, request.body.len().into());
            }
            Either::Left(Full::new(Bytes::copy_from_slice(request.body)))
        }
    };
    let mut prepared = http::Request::new(body);
    *prepared.method_mut() = method;
    *prepared.uri_mut() = uri;
    *prepared.headers_mut() = headers;
    Ok(prepared)
}

/// Returns a body in three pieces with a pause before each, so that the head and the earlier pieces arrive before it.
fn pieces(body: &[u8]) -> impl Stream<Item = Chunk> + Send + 'static {
    let size = body.len().div_ceil(3).max(1);
    let pieces: Vec<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
    futures::stream::iter(pieces).then(|piece| async move {
        tokio::time::sleep(PIECE_PAUSE).await;
        Ok(Frame::data(piece))
    })
}

/// Reads a response to its end, or up to `most` bytes of its body.
async fn receive(response: http::Response<Incoming>, most: usize) -> Result<Response, SendError> {
    let (head, mut incoming) = response.into_parts();
    let (mut body, mut cut) = (Vec::new(), false);
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame.map_err(SendError::of_body)?.into_data() else { continue };
        let room = most - body.len();
        body.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            cut = true;
            break;
        }
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
    let mut response = Response {
        status: head.status.as_u16(),
        headers: headers.collect(),
        body: history::Bytes(body),
        held_key: false,
        cut,
    };
    coding::undo(&mut response, most);
    Ok(response)
}
