//! Renders an answer as the response that hyper sends.

use axum::body::{Body, Bytes};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use futures::stream;

use crate::answer::{Answer, JSON};
use crate::http::gzip;
use crate::http::negotiation::accepts_gzip;
use crate::json::Spelling;
use crate::rules::freedoms::Freedoms;

/// How the response to one request is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    spelling: Spelling,
    media_type: &'static str,
    chunked: bool,
    gzip: bool,
    close: bool,
}

impl Manner {
    /// Returns the manner for these freedoms and a client with these headers.
    pub(crate) fn of(freedoms: &Freedoms, client: &HeaderMap) -> Self {
        let wire = &freedoms.wire;
        Self {
            spelling: freedoms.shown.spelling,
            media_type: wire.media_type,
            chunked: wire.chunked,
            gzip: wire.gzip && accepts_gzip(client),
            close: wire.close,
        }
    }
}

/// Renders an answer; `shown` receives a copy of the body if one is wanted.
pub(crate) fn render(answer: Answer, manner: Manner, shown: Option<&mut Vec<u8>>) -> Response {
    let mut headers = HeaderMap::new();
    let mut put = |name: HeaderName, value| _ = headers.insert(name, HeaderValue::from_static(value));
    if let Some(kind) = answer.content_type {
        put(header::CONTENT_TYPE, if kind == JSON { manner.media_type } else { kind });
    }
    let text = || answer.body.to_text(manner.spelling);
    let mut bytes = match (answer.bytes, answer.encode) {
        (Some(bytes), _) => bytes,
        (None, Some(encode)) => encode(&text()),
        (None, None) => text().into_bytes(),
    };
    if answer.malformed {
        bytes.truncate(bytes.len() / 2);
    }
    if let Some(shown) = shown {
        shown.clone_from(&bytes);
    }
    if manner.gzip {
        bytes = gzip::store(&bytes);
        put(header::CONTENT_ENCODING, "gzip");
        put(header::VARY, "accept-encoding");
    }
    if manner.close {
        put(header::CONNECTION, "close");
    }
    let body = if answer.cut.is_some() {
        let half = bytes[..bytes.len() / 2].to_vec();
        let broken = Err(std::io::Error::other("cut"));
        Body::from_stream(stream::iter([Ok(half), broken]))
    } else if manner.chunked {
        put(header::TRANSFER_ENCODING, "Chunked");
        let parts: Vec<_> =
            bytes.chunks(64).map(|part| Ok::<_, std::io::Error>(Bytes::copy_from_slice(part))).collect();
        Body::from_stream(stream::iter(parts))
    } else {
        Body::from(bytes)
    };
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(*name), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = headers;
    response
}
