//! The console: a page at `/` for a person, who sees accounts, orders and requests as they change, and the contract as a
//! page to read. Nothing of it comes from outside, and it is no part of the contract.
//!
//! The files are the same for everybody and say nothing of this server. What does is told by [`live`], to whom the doors
//! let in.

mod live;
mod news;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};
use spec::Contract;
use tokio::sync::{Semaphore, watch};

use super::answered::{Answered, refused};
use crate::app::App;
use crate::seen::Log;
use live::Live;

/// Pages that are told of changes at the same time.
const WATCHERS: usize = 16;

/// What nothing but its own files may do on the page (Content Security Policy, level 3).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The contract's renderer writes styles of its own.
const RENDERER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const EVENTS: &str = "text/event-stream";

/// A file that is part of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct File {
    path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    /// Whether it is compressed by gzip, which every browser undoes.
    packed: bool,
}

macro_rules! file {
    ($path:literal, $kind:expr, $file:literal) => {
        File {
            path: $path,
            kind: $kind,
            bytes: include_bytes!(concat!("../../../console/", $file)),
            packed: false,
        }
    };
    ($path:literal, $kind:expr, $file:literal, packed) => {
        File { packed: true, ..file!($path, $kind, $file) }
    };
}

/// Where the contract's renderer is, which takes styles of its own.
const RENDERED: &str = "/_console/contract";

const FILES: [File; 13] = [
    file!("/", HTML, "index.html"),
    file!("/_console/frame.css", CSS, "frame.css"),
    file!("/_console/console.css", CSS, "console.css"),
    file!("/_console/console.js", SCRIPT, "console.js"),
    file!("/_console/view.js", SCRIPT, "view.js"),
    file!("/_console/stream.js", SCRIPT, "stream.js"),
    file!("/_console/order.js", SCRIPT, "order.js"),
    file!("/_console/snippets.js", SCRIPT, "snippets.js"),
    file!("/_console/contract", HTML, "contract.html"),
    file!("/_console/contract.js", SCRIPT, "contract.js"),
    file!("/_console/swagger-ui.css", CSS, "swagger-ui/swagger-ui.css.gz", packed),
    file!("/_console/swagger-ui-bundle.js", SCRIPT, "swagger-ui/swagger-ui-bundle.js.gz", packed),
    file!("/_console/swagger-ui-bundle.js.LICENSE.txt", TEXT, "swagger-ui/swagger-ui-bundle.js.LICENSE.txt"),
];

/// Where a path leads in the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// To a file, which everybody may have.
    File(File),
    /// To the contract as a document, which everybody may have.
    Document,
    /// To what happens on this server.
    Events,
}

/// What the console is served with.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    /// The contract as a document that names this server.
    document: Arc<str>,
    watchers: Arc<Semaphore>,
}

impl Console {
    /// The console of a server below a base path.
    pub(crate) fn new(contract: &Contract, base: &str) -> Self {
        let mut document = contract.document().clone();
        if let Value::Object(document) = &mut document {
            let url = if base.is_empty() { "/" } else { base };
            let here = json!([{"url": url, "description": "This sandbox: nothing costs real money."}]);
            document.insert("servers".into(), here);
        }
        Self { document: document.to_string().into(), watchers: Arc::new(Semaphore::new(WATCHERS)) }
    }

    /// Where a path leads.
    pub(crate) fn find(path: &str) -> Option<Room> {
        match path {
            "/openapi.json" => Some(Room::Document),
            "/_console/events" => Some(Room::Events),
            _ => FILES.iter().find(|file| file.path == path).map(|file| Room::File(*file)),
        }
    }

    /// A file.
    pub(crate) fn file(file: File) -> Response<Body> {
        let mut response = safe(file.kind, Body::from(file.bytes));
        let headers = response.headers_mut();
        if file.packed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if file.kind == HTML {
            let policy = if file.path == RENDERED { RENDERER_POLICY } else { POLICY };
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        }
        response
    }

    /// The contract as a document.
    pub(crate) fn document(&self) -> Response<Body> {
        safe("application/json", Body::from(self.document.to_string()))
    }

    /// What happens on this server, as it happens.
    ///
    /// # Errors
    /// Too many look already.
    pub(crate) fn events(
        &self,
        server: (Arc<App>, Arc<Log>),
        url: &str,
        stopped: watch::Receiver<bool>,
    ) -> Result<Response<Body>, Answered> {
        let Ok(place) = self.watchers.clone().try_acquire_owned() else {
            return Err(refused(StatusCode::SERVICE_UNAVAILABLE, "too many pages look already"));
        };
        let live = Live::new(server, url.to_owned(), stopped, place);
        Ok(safe(EVENTS, Body::from_stream(live.stream())))
    }
}

/// An answer that is what it says it is, is asked for anew each time, and tells nobody where it was read.
fn safe(kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
