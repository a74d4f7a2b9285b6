//! Sending one request and recording what came of it: never redirected, never retried, every key masked.

use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::wire;
use crate::history::{Answer, Bytes, Lost, LostHow, Response, Transport};
use crate::secret::Redactor;

/// Answers longer than this are cut in the history.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// Why no request can be made at all.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client can't be set up: {0}")]
pub struct ClientError(#[from] reqwest::Error);

/// A pool of connections to one server.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    timeout: Duration,
    start: Instant,
}

/// A request ready to go, with its key.
#[derive(Debug)]
pub struct Ready<'a> {
    /// Method.
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// Headers, the key's among them.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: &'a [u8],
    /// How it goes over the wire.
    pub transport: Transport,
    /// Whether header names must keep their letter case.
    pub exact: bool,
}

/// What came and when.
#[derive(Debug)]
pub struct Timed {
    /// When it was sent, microseconds since the start of the run.
    pub sent_us: u64,
    /// When it was complete or given up.
    pub done_us: u64,
    /// What came.
    pub answer: Answer,
}

/// What every client of ours has in common: nothing is sent a second time, neither on a redirect nor by the library, and no
/// proxy of the environment gets to see a key.
pub(super) fn careful(timeout: Duration) -> reqwest::ClientBuilder {
    // Only fails where a provider is installed already, which is as good.
    _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .timeout(timeout)
}

impl Client {
    /// Prepares connections; nothing is sent yet.
    ///
    /// # Errors
    /// The TLS set-up of this machine is of no use.
    pub fn new(base: Url, timeout: Duration) -> Result<Self, ClientError> {
        let http = careful(timeout)
            // One connection per request under way: races overlap on the wire and not only in a multiplexer.
            .http1_only()
            .connect_timeout(timeout.min(Duration::from_secs(10)))
            .user_agent(concat!("conformance/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, base, timeout, start: Instant::now() })
    }

    /// Microseconds since the client was made.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Base URL.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.base
    }

    fn url(&self, path: &str) -> Result<Url, String> {
        let text = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        Url::parse(&text).map_err(|error| format!("{path}: {error}"))
    }

    /// Sends a request once.
    pub async fn send(&self, ready: Ready<'_>, redactor: &Redactor) -> Timed {
        let sent_us = self.now_us();
        let answer = match ready.transport {
            Transport::Pipelined if self.base.scheme() != "http" => {
                Answer::Unsent("pipelining is only tried over plain HTTP".into())
            }
            Transport::Pipelined => wire::exact(&self.base, &ready, self.timeout).await,
            // The library writes all names in small letters; over TLS that is the only other letter case tried.
            Transport::Plain if ready.exact && self.base.scheme() == "http" => {
                wire::exact(&self.base, &ready, self.timeout).await
            }
            Transport::Plain | Transport::Chunked => self.plain(&ready).await,
        };
        Timed { sent_us, done_us: self.now_us(), answer: mask(answer, redactor) }
    }

    async fn plain(&self, ready: &Ready<'_>) -> Answer {
        let url = match self.url(ready.path) {
            Ok(url) => url,
            Err(why) => return Answer::Unsent(why),
        };
        let Ok(method) = reqwest::Method::from_bytes(ready.method.as_bytes()) else {
            return Answer::Unsent(format!("`{}` is not a method", ready.method));
        };
        let mut headers = HeaderMap::new();
        for (name, value) in &ready.headers {
            let pair = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok());
            let Some((name, value)) = pair else {
                return Answer::Unsent(format!("header `{name}` can't be sent"));
            };
            headers.append(name, value);
        }
        let mut request = self.http.request(method, url).headers(headers);
        request = match ready.transport {
            Transport::Chunked => {
                let chunks: Vec<Result<Vec<u8>, std::io::Error>> =
                    ready.body.chunks(16).map(|it| Ok(it.to_vec())).collect();
                request.body(reqwest::Body::wrap_stream(futures::stream::iter(chunks)))
            }
            _ if ready.method == "GET" => request,
            _ => request.body(ready.body.to_vec()),
        };
        match request.send().await {
            Ok(response) => receive(response).await,
            Err(error) => lost(&error),
        }
    }
}

async fn receive(response: reqwest::Response) -> Answer {
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let mut response = response;
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = LONGEST_BODY.saturating_sub(body.len());
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if room == 0 {
                    break;
                }
            }
            Ok(None) => break,
            Err(error) => return lost(&error),
        }
    }
    Answer::Response(Response { status, headers, body: Bytes(body), held_key: false })
}

/// Whether a request can have had an effect: not where no connection came about.
fn lost(error: &reqwest::Error) -> Answer {
    let mut detail = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        detail = inner.to_string();
        source = inner.source();
    }
    if error.is_connect() || error.is_builder() {
        return Answer::Unsent(detail);
    }
    let how = if error.is_timeout() {
        LostHow::Timeout
    } else if detail.contains("invalid HTTP") || detail.contains("parse") {
        LostHow::Garbled
    } else {
        LostHow::Reset
    };
    Answer::Lost(Lost { how, detail })
}

fn mask(answer: Answer, redactor: &Redactor) -> Answer {
    match answer {
        Answer::Response(mut response) => {
            if let Some(masked) = redactor.redact(&response.body.0) {
                response.body = Bytes(masked);
                response.held_key = true;
            }
            for (_, value) in &mut response.headers {
                if let Some(masked) = redactor.redact_text(value) {
                    *value = masked;
                    response.held_key = true;
                }
            }
            Answer::Response(response)
        }
        Answer::Lost(mut lost) => {
            if let Some(masked) = redactor.redact_text(&lost.detail) {
                lost.detail = masked;
            }
            Answer::Lost(lost)
        }
        unsent => unsent,
    }
}
