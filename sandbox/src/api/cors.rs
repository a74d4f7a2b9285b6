//! Allows pages of other origins (the CORS protocol of the Fetch standard), so that a partner's page can call a sandbox
//! on the same machine.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};

use crate::http::routes::{Route, Routes};

/// How long a browser may cache a preflight response, in seconds.
const REMEMBERED: &str = "600";

/// Returns the response to a preflight request, or `None` if the request is not one.
pub(super) fn preflight(routes: &Routes, parts: &Parts) -> Option<Response<Body>> {
    let asks = parts.method == Method::OPTIONS
        && parts.headers.contains_key(header::ORIGIN)
        && parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    // No path supports OPTIONS, so the routes return the methods that the path does support.
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

/// Allows a page to read the response. This is safe because keys are sent in a header that no browser adds by itself.
pub(super) fn allow(response: &mut Response<Body>) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers
        .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after, x-request-id"));
}
