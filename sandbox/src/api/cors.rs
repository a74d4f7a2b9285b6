//! Pages of other origins (the Fetch standard, "CORS protocol"): a partner's page may call a sandbox on its own machine.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};

use crate::http::routes::{Route, Routes};

/// How long a browser remembers what it may send, in seconds.
const REMEMBERED: &str = "600";

/// The answer to a browser that asks what it may send, if that is what this is.
pub(super) fn preflight(routes: &Routes, parts: &Parts) -> Option<Response<Body>> {
    let asks = parts.method == Method::OPTIONS
        && parts.headers.contains_key(header::ORIGIN)
        && parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    // No path takes this method, so the routes name what each does take.
    let Route::WrongMethod(allowed) = routes.find(parts.method.as_str(), parts.uri.path()) else {
        return None;
    };
    if !asks {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    allow(&mut response);
    let headers = response.headers_mut();
    if let Ok(allowed) = HeaderValue::from_str(&allowed) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, allowed.clone());
        headers.insert(header::ALLOW, allowed);
    }
    if let Some(wanted) = parts.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(REMEMBERED));
    Some(response)
}

/// Lets a page read an answer. Keys travel in a header of their own, so nothing of a browser's goes with a request by itself.
pub(super) fn allow(response: &mut Response<Body>) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers
        .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after, x-request-id"));
}
