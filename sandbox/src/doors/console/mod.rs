//! The console: a page at `/` where a person sees accounts, orders and requests as they change, and can read the
//! contract. It loads nothing from other servers, and is not part of the contract.
//!
//! The files are the same for every server and contain nothing about this one. The data of this server is sent by
//! [`live`] to pages that have access.

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

/// The maximum number of pages that receive events at the same time.
const WATCHERS: usize = 16;

/// Restricts the page to its own files (Content Security Policy, level 3).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The policy for the renderer of the contract, which adds inline styles.
const RENDERER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const EVENTS: &str = "text/event-stream";

/// A file that is embedded in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct File {
    path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    /// Whether the file is compressed with gzip, which every browser supports.
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

/// The path of the contract's renderer, which needs its own policy.
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

/// The kinds of resources of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// A public file.
    File(File),
    /// The contract as a public document.
    Document,
    /// The events of this server.
    Events,
}

/// The data that the console is served from.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    /// The contract as a document whose only server is this one.
    document: Arc<str>,
    watchers: Arc<Semaphore>,
}

impl Console {
    /// Creates the console of a server below a base path.
    pub(crate) fn new(contract: &Contract, base: &str) -> Self {
        let mut document = contract.document().clone();
        if let Value::Object(document) = &mut document {
            let url = if base.is_empty() { "/" } else { base };
            let here = json!([{"url": url, "description": "This sandbox: nothing costs real money."}]);
            document.insert("servers".into(), here);
        }
        Self { document: document.to_string().into(), watchers: Arc::new(Semaphore::new(WATCHERS)) }
    }

    /// Returns the resource of a path.
    pub(crate) fn find(path: &str) -> Option<Room> {
        match path {
            "/openapi.json" => Some(Room::Document),
            "/_console/events" => Some(Room::Events),
            _ => FILES.iter().find(|file| file.path == path).map(|file| Room::File(*file)),
        }
    }

    /// Returns the response with a file.
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

    /// Returns the response with the contract as a document.
    pub(crate) fn document(&self) -> Response<Body> {
        safe("application/json", Body::from(self.document.to_string()))
    }

    /// Returns the response that streams the events of this server.
    ///
    /// # Errors
    /// Returns a refusal if too many pages receive events already.
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

/// Creates a response whose media type must not be guessed, that is not cached, and whose address is not sent to other
/// sites.
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
