//! Records what a client sends: one JSON line per request with its response, to be judged by `conformance client
//! judge`.
//!
//! This server's keys are masked, so a mask outside the key's header shows that a key was sent there.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, Response, Version, header};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use spec::contract::KeyScheme;

use crate::http::accept::Handler;
use crate::mask;

/// The version of the format; the reader refuses other versions.
const FORMAT: u32 = 1;
/// The text that replaces a key.
const MASK: &str = "***";
/// The maximum size of a body in bytes; larger ones are recorded as empty.
const LARGEST: usize = 64 << 20;

/// A file that receives a line for each answered request.
#[derive(Debug)]
pub(crate) struct Recorder {
    path: PathBuf,
    file: Mutex<File>,
    start: Instant,
    requests: AtomicU64,
    key: KeyScheme,
}

impl Recorder {
    /// Creates the file, replacing an existing one.
    ///
    /// # Errors
    /// Returns an error if the file can't be written.
    pub(crate) fn create(path: &Path, key: &KeyScheme) -> io::Result<Self> {
        let mut file = File::create(path)?;
        let head = json!({"kind": "client", "format": FORMAT, "scenario": "recorded by the sandbox"});
        writeln!(file, "{head}")?;
        Ok(Self {
            path: path.to_owned(),
            file: Mutex::new(file),
            start: Instant::now(),
            requests: AtomicU64::new(0),
            key: key.clone(),
        })
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn write(&self, line: &Value) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writeln!(file, "{line}") {
            eprintln!("sandbox: a request can't be recorded in {}: {error}", self.path.display());
        }
    }

    /// Masks everything in a text that begins like a key.
    fn masked(&self, text: &str) -> String {
        mask::keys(&self.key, text, |_| MASK.to_owned())
    }

    fn headers(&self, headers: &HeaderMap) -> Value {
        let text = |value: &header::HeaderValue| self.masked(&String::from_utf8_lossy(value.as_bytes()));
        let shown = |name: &str, value: &header::HeaderValue| match text(value) {
            // The value of the key's header is always secret. The word `another` marks a value that is not a key of
            // this server.
            other if name.eq_ignore_ascii_case(&self.key.header) && other != MASK => {
                format!("another {MASK}")
            }
            masked => masked,
        };
        headers.iter().map(|(name, value)| json!([name.as_str(), shown(name.as_str(), value)])).collect()
    }
}

/// A request that is recorded when dropped, even if its response never comes because the connection is cut.
struct Pending {
    recorder: Arc<Recorder>,
    line: Value,
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.recorder.write(&self.line);
    }
}

/// Wraps a handler so that each request is recorded with its response. Paths that begin with `/_` are not part of the
/// API.
pub(crate) fn recording(recorder: Recorder, inner: Handler) -> Handler {
    let recorder = Arc::new(recorder);
    Arc::new(move |connection, request| {
        if request.uri().path().starts_with("/_") {
            return inner(connection, request);
        }
        let (recorder, inner) = (recorder.clone(), inner.clone());
        Box::pin(record(recorder, request, move |request| inner(connection, request)))
    })
}

async fn record(
    recorder: Arc<Recorder>,
    request: Request<Body>,
    answer: impl FnOnce(Request<Body>) -> BoxFuture<'static, Response<Body>>,
) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let at_us = recorder.now_us();
    let body = to_bytes(body, LARGEST).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    let target = parts.uri.path_and_query().map_or("/", |it| it.as_str());
    let mut pending = Pending {
        line: json!({
            "kind": "exchange",
            "at_us": at_us,
            "connection": recorder.requests.fetch_add(1, Ordering::Relaxed) + 1,
            "method": parts.method.as_str(),
            "target": recorder.masked(target),
            "minor_version": u8::from(parts.version != Version::HTTP_10),
            "headers": recorder.headers(&parts.headers),
            "body": recorder.masked(&text),
            "utf8": std::str::from_utf8(&body).is_ok(),
        }),
        recorder: recorder.clone(),
    };
    // Responses are recorded uncompressed, so that the recording can be read.
    parts.headers.remove(header::ACCEPT_ENCODING);
    let (parts, body) = answer(Request::from_parts(parts, Body::from(body))).await.into_parts();
    let body: Bytes = to_bytes(body, LARGEST).await.unwrap_or_default();
    pending.line["answer"] = json!({
        "at_us": recorder.now_us(),
        "status": parts.status.as_u16(),
        "headers": recorder.headers(&parts.headers),
        "body": recorder.masked(&String::from_utf8_lossy(&body)),
    });
    Response::from_parts(parts, Body::from(body))
}
